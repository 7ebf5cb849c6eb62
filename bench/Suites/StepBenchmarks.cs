using BenchmarkDotNet.Attributes;
using TinyJepa.Bench.Rows;

namespace TinyJepa.Bench.Suites;

/// <summary>Whole training steps and answers of models, with their allocations: the column that must say 0 B.</summary>
[MemoryDiagnoser]
public class StepBenchmarks
{
    Workload _row = null!;

    /// <summary>A row of the paired table.</summary>
    [Params("step.dvd", "step.ball", "step.ball_sigreg", "step.predictor_b128", "infer.mlp_b1", "infer.predictor_b1", "infer.vit224_b1")]
    public string Row { get; set; } = "";

    /// <summary>Builds the model.</summary>
    [GlobalSetup]
    public void Setup() => _row = Catalogue.Make(Row)!;

    /// <summary>One step or answer.</summary>
    [Benchmark]
    public void Once() => _row.Run(1);
}
