using System.Buffers.Binary;
using TinyJepa.Samples;
using TinyJepa.Samples.BouncingBall;

namespace TinyJepa.Tests.Samples;

/// <summary>What a tab with a ball receives and may send.</summary>
public sealed class BallSessionTests : IAsyncLifetime
{
    readonly LiveTrainer<LiveBall> _trainer = TinyBall.Trainer();
    LiveServer _server = null!;

    public async Task InitializeAsync() => _server = await TinyBall.ServeAsync(_trainer);

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        _trainer.Dispose();
    }

    [Fact]
    public async Task ATab_IsToldEverything()
    {
        await using var client = await LiveClient.OpenAsync(_server);
        var model = await client.TextAsync("model");
        Assert.Equal(_trainer.Current.Model.Hash, model.GetProperty("hash").GetString());
        Assert.Equal(16, model.GetProperty("stds").GetArrayLength());
        var cloud = await client.BinaryAsync(2);
        Assert.Equal(8 + 8 * BinaryPrimitives.ReadUInt16LittleEndian(cloud.AsSpan(4)), cloud.Length);
        var curves = await client.TextAsync("curves");
        Assert.Equal([0, 1], curves.GetProperty("curves").EnumerateArray().Select(c => c.GetProperty("seed").GetInt32()));
        var frame = (await client.FrameAsync()).Bytes;
        Assert.Equal(Wire.FrameLength, frame.Length);
        var (seen, truth) = (BinaryPrimitives.ReadSingleLittleEndian(frame.AsSpan(12)), BinaryPrimitives.ReadSingleLittleEndian(frame.AsSpan(16)));
        Assert.InRange(seen - truth, -0.4f, 0.4f);
        Assert.InRange(truth, 0, 3);
    }

    [Fact]
    public async Task AKick_IsMarkedOnItsFrame_EvenWhileTimeStandsStill()
    {
        await using var client = await LiveClient.OpenAsync(_server);
        await client.SendAsync("""{"do":"pause","on":true}""");
        await client.TextAsync("state", s => s.GetProperty("paused").GetBoolean());
        await client.SendAsync("""{"do":"kick"}""");
        var frame = (await client.FrameAsync(f => f.Bytes[1] == 1)).Bytes;
        Assert.InRange(BinaryPrimitives.ReadSingleLittleEndian(frame.AsSpan(20)), 2, 7);
    }

    /// <summary>The bounds and arguments that are this page's own.</summary>
    [Theory]
    [InlineData("""{"do":"speed","fps":61}""", "\"fps\" must be a whole number from 2 to 60.")]
    [InlineData("""{"do":"speed","fps":1}""", "\"fps\" must be a whole number from 2 to 60.")]
    [InlineData("""{"do":"pause"}""", "\"on\" must be true or false.")]
    [InlineData("""{"do":"rests","on":1}""", "\"on\" must be true or false.")]
    public async Task AWrongArgument_IsRefusedInASentence(string message, string problem)
    {
        await using var client = await LiveClient.OpenAsync(_server);
        await client.SendAsync(message);
        Assert.Equal(problem, (await client.TextAsync("error")).GetProperty("message").GetString());
    }

    [Fact]
    public async Task Rests_AndSpeed_AreKept()
    {
        await using var client = await LiveClient.OpenAsync(_server);
        await client.SendAsync("""{"do":"rests","on":true}""");
        await client.SendAsync("""{"do":"speed","fps":60}""");
        await client.SendAsync("""{"do":"throw"}""");
        await client.TextAsync("state", s => s.GetProperty("rests").GetBoolean() && s.GetProperty("fps").GetInt32() == 60);
    }

    [Fact]
    public async Task ACommand_ThatDoesNotExist_IsRefused()
    {
        await using var client = await LiveClient.OpenAsync(_server);
        await client.SendAsync("""{"do":"fly"}""");
        Assert.Equal("There is no such command.", (await client.TextAsync("error")).GetProperty("message").GetString());
    }

    [Fact]
    public async Task Retraining_EndsInTheSameBits()
    {
        var first = _trainer.Current;
        Assert.True(_trainer.TryStart());
        await LiveServerTests.UntilAsync(() => !_trainer.Progress.Running);
        Assert.Null(_trainer.Progress.Failure);
        Assert.Equal(first.Model.Hash, _trainer.Current.Model.Hash);
        Assert.True(_trainer.Current.Same);
    }

    [Fact]
    public void AThrow_EndsAfterTenSeconds_AndTheWindowIsAlwaysFull()
    {
        var scene = new BallScene(seed: 1, TinyBall.Single);
        var times = Enumerable.Range(0, 450).Select(_ =>
        {
            scene.Tick(_trainer.Current.Model);
            return scene.Time;
        }).ToArray();
        Assert.Equal(8, times.Min());
        Assert.Equal(199, times.Max());
        Assert.Equal(3, times.Count(time => time == 8));
    }
}
