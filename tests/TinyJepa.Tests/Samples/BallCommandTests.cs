using System.Text;
using TinyJepa.Samples.BouncingBall;

namespace TinyJepa.Tests.Samples;

/// <summary>Whatever a page sends is understood or refused in one sentence.</summary>
public sealed class BallCommandTests
{
    [Theory]
    [InlineData("[]", "A message must be one JSON object.")]
    [InlineData("{", "A message must be one JSON object.")]
    [InlineData("{}", "A message must say what to \"do\".")]
    [InlineData("""{"do":"fly"}""", "There is no such command.")]
    [InlineData("""{"do":"pause"}""", "\"on\" must be true or false.")]
    [InlineData("""{"do":"rests","on":1}""", "\"on\" must be true or false.")]
    [InlineData("""{"do":"speed","fps":61}""", "\"fps\" must be a whole number from 2 to 60.")]
    [InlineData("""{"do":"\ud800"}""", "A message must be plain text.")]
    public void ABrokenMessage_IsAnsweredInASentence(string message, string answer) =>
        Assert.Equal(answer, Command.Read(Encoding.UTF8.GetBytes(message), out _));
}
