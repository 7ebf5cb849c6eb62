using TinyJepa.Samples.Embed;
using TinyJepa.Soak;
using CommandLine = TinyJepa.Samples.Embed.CommandLine;

namespace TinyJepa.Tests.Samples.Embed;

public sealed class EmbedCommandLineTests
{
    [Fact]
    public async Task Predict_PrintsThePrediction()
    {
        var (code, output, errors) = await RunAsync("predict", "--model", EmbedFiles.Model, "--input", EmbedFiles.Clip);
        Assert.Equal((0, ""), (code, errors));
        var expected = Wire.Prediction(WorldModel.Open(EmbedFiles.Model).Predict(EmbedFiles.Frames(EmbedFiles.KnockedClip())));
        Assert.Equal(System.Text.Encoding.UTF8.GetString(expected), output.TrimEnd());
    }

    [Fact]
    public async Task Help_NamesTheCommands()
    {
        var (code, output, _) = await RunAsync("--help");
        Assert.Equal(0, code);
        Assert.Contains("predict --model FILE", output, StringComparison.Ordinal);
        Assert.Contains("serve   --model FILE", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'dream' is no command.", "dream")]
    [InlineData("'predict' wants --model.", "predict")]
    [InlineData("--model wants a value.", "predict", "--model")]
    [InlineData("'--port' means nothing to 'predict'.", "predict", "--port", "1")]
    [InlineData("--model is given twice.", "predict", "--model", "a", "--model", "b")]
    public async Task Words_ThatMeanNothing_AreRefused(string sentence, params string[] words)
    {
        var (code, output, errors) = await RunAsync(words);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith(sentence, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("0x10")]
    [InlineData("65536")]
    [InlineData("-1")]
    public async Task Port_ThatIsNone_IsRefused(string port)
    {
        var (code, _, errors) = await RunAsync("serve", "--model", EmbedFiles.Model, "--port", port);
        Assert.Equal(2, code);
        Assert.StartsWith($"--port must be 0 to 65535, not '{port}'.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_ThatAreNotThere_AreNamedInASentence()
    {
        var (code, output, errors) = await RunAsync("predict", "--model", "nowhere.pt", "--input", EmbedFiles.Clip);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains("nowhere.pt", errors, StringComparison.Ordinal);
        (code, _, errors) = await RunAsync("predict", "--model", EmbedFiles.Model, "--input", "nowhere.npy");
        Assert.Equal(1, code);
        Assert.Contains("nowhere.npy", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_EndsWhenItIsStopped()
    {
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        await stop.CancelAsync();
        Assert.Equal(0, await CommandLine.RunAsync(["serve", "--model", EmbedFiles.Model, "--port", "0"], output, TextWriter.Null, stop.Token));
        Assert.StartsWith("Listening on http://127.0.0.1:", output.ToString(), StringComparison.Ordinal);
        Assert.EndsWith("Stopped.\n", output.ToString().ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    [Fact]
    public void MemoryLog_ComparesTheLastTenthWithTheSecond()
    {
        var log = new MemoryLog();
        for (var i = 0; i < 1000; i++) log.Add((i + 0.5) / 1000, i < 100 ? 50 : i == 950 ? 9999 : i < 500 ? 100 : 103);
        Assert.Equal((100, 103), (log.AfterWarmUp, log.AtTheEnd));
        Assert.Equal(3, log.DriftPercent, 1e-9);
    }

    static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] words)
    {
        using StringWriter output = new(), errors = new();
        var code = await CommandLine.RunAsync(words, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
