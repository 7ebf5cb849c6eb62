using BenchmarkDotNet.Attributes;

namespace TinyJepa.Bench;

/// <summary>The step and the operation of the paired comparison, with their allocations: the column that must say 0 B.</summary>
[MemoryDiagnoser]
public class StepBenchmarks
{
    readonly DvdStep _dvd = new();
    readonly Add16 _add = new();

    /// <summary>A training step of the logo's model, batch 256.</summary>
    [Benchmark]
    public void DvdStep() => _dvd.Run(1);

    /// <summary>64 recorded additions of 16 floats.</summary>
    [Benchmark(OperationsPerInvoke = 64)]
    public void Add16() => _add.Run(64);
}
