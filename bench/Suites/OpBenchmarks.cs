using BenchmarkDotNet.Attributes;
using TinyJepa.Bench.Rows;

namespace TinyJepa.Bench.Suites;

/// <summary>Single operations, forward and backward where a gradient belongs to them, against our own scalar code.</summary>
[MemoryDiagnoser]
public class OpBenchmarks
{
    Workload _row = null!;

    /// <summary>A row of the paired table.</summary>
    [ParamsSource(nameof(Names))]
    public string Row { get; set; } = "";

    /// <summary>The operations, of those sizes that scalar code finishes in a moment.</summary>
    public static IEnumerable<string> Names => ["op.add16", "map.gelu.49k", "norm.2056x192", "softmax.24x257x257", "attention.causal3", "sigreg.small", "conv.c2.b1.both"];

    /// <summary>Builds the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        TinyJepa.Threads.Limit = 1;
        _row = Catalogue.Make(Row)!;
    }

    /// <summary>The library.</summary>
    [Benchmark(Baseline = true)]
    public void Ours() => _row.Run(1);

    /// <summary>The library without vector instructions of its own.</summary>
    [Benchmark]
    public void Scalar() => Narrowed.Run(Ours);
}
