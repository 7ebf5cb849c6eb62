using TinyJepa.IO;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Fuzz;

/// <summary>A run whose parameters all equal its step, so that a torn checkpoint shows.</summary>
sealed class CheckpointWriter
{
    readonly Parameters _p = new(seed: 1);

    internal CheckpointWriter(string folder)
    {
        Weights = _p.Create("weights", [100_000], Init.Zero);
        Checkpoint = new Checkpoint(folder, keep: 2).Add("model", _p).Add("adam", new Adam(_p)).Add("rng", new Rng(1));
    }

    internal Checkpoint Checkpoint { get; }

    internal Tensor Weights { get; }

    internal static int Run(string folder)
    {
        var run = new CheckpointWriter(folder);
        for (var step = run.Checkpoint.Resume()?.Step ?? 0; ; run.Checkpoint.Save(step)) run.Weights.Span.Fill(++step);
    }
}
