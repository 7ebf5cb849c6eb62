using System.Text;
using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

/// <summary>Whatever a page sends is a command, or refused in one sentence.</summary>
public sealed class LiveCommandTests
{
    [Theory]
    [InlineData("[]", "A message must be one JSON object.")]
    [InlineData("{", "A message must be one JSON object.")]
    [InlineData("{}", "A message must say what to \"do\".")]
    [InlineData("""{"do":"on"}""", "\"on\" must be true or false.")]
    [InlineData("""{"do":"on","on":1}""", "\"on\" must be true or false.")]
    [InlineData("""{"do":"number","fps":61}""", "\"fps\" must be a whole number from 2 to 60.")]
    [InlineData("""{"do":"number","fps":2.5}""", "\"fps\" must be a whole number from 2 to 60.")]
    [InlineData("""{"do":"number"}""", "\"fps\" must be a whole number from 2 to 60.")]
    [InlineData("""{"do":"\ud800"}""", "A message must be plain text.")]
    public void ABrokenMessage_IsRefusedInASentence(string message, string problem) => Assert.Equal(problem, Obey(message));

    [Theory]
    [InlineData("""{"do":"on","on":true}""", "True")]
    [InlineData("""{"do":"on","on":false}""", "False")]
    [InlineData("""{"do":"number","fps":60}""", "60")]
    public void ASoundMessage_ReachesTheCommand(string message, string argument) => Assert.Equal(argument, Obey(message));

    static string? Obey(string message) => LiveCommand.Obey(Encoding.UTF8.GetBytes(message), command => command.Verb == "on"
        ? command.On.ToString() : command.Number("fps", 2, 60).ToString(System.Globalization.CultureInfo.InvariantCulture));
}
