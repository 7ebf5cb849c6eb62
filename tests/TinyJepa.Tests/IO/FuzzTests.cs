using TinyJepa.Fuzz;

namespace TinyJepa.Tests.IO;

/// <summary>A short slice of the long run, which is: dotnet run -c Release --project tests/TinyJepa.Fuzz -- --inputs 50000000.</summary>
public sealed class FuzzTests
{
    [Theory]
    [InlineData(1, 12000)]
    [InlineData(2026, 12000)]
    public void MadeAndMutatedFiles_KeepTheReadersPromises(long seed, int inputs)
    {
        var fuzzer = new Fuzzer(seed, Directory.EnumerateFiles(Fixture.File(""), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(File.ReadAllBytes));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(10));                  // on a machine that is busy with something else
        fuzzer.Run(inputs, stop.Token);
        Assert.Empty(fuzzer.Figures.Broken);
        Assert.True(fuzzer.Figures.Accepted > fuzzer.Figures.Inputs / 20 && fuzzer.Figures.Accepted < fuzzer.Figures.Inputs, $"{fuzzer.Figures.Accepted} of {fuzzer.Figures.Inputs} accepted.");
        Assert.True(fuzzer.Figures.Paths > 100, $"{fuzzer.Figures.Paths} paths.");
    }

    [Fact]
    public void TheSameSeed_MakesTheSameInputs()
    {
        Fuzzer[] fuzzers = [.. Enumerable.Range(0, 2).Select(_ => new Fuzzer(7, [File.ReadAllBytes(Fixture.File("files/by_hand.pt"))]))];
        foreach (var fuzzer in fuzzers) fuzzer.Run(500);
        Assert.Equal(fuzzers[0].Input, fuzzers[1].Input);
        Assert.Equal((fuzzers[0].Figures.Accepted, fuzzers[0].Figures.Bytes), (fuzzers[1].Figures.Accepted, fuzzers[1].Figures.Bytes));
    }
}
