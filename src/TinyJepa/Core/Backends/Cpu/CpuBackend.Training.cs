using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>What only training does.</summary>
sealed unsafe partial class CpuBackend
{
    public override void EppsPulley(
        Tensor u, int slices, float spacing, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Tensor statistics, int start, float scale, bool gradient)
    {
        using var at = new Operands();
        int samples = u.Shape[0] / slices, knots = targets.Length, padded = Kernels.EppsPulley.Padded(knots);
        using var block = new Scratch.Block(3 * (nint)padded);
        var tables = block.Pointer;
        new Span<float>(tables, 3 * padded).Clear();
        targets.CopyTo(new Span<float>(tables, padded));
        weights.CopyTo(new Span<float>(tables + padded, padded));
        for (var k = 0; k < knots; k++) tables[2 * padded + k] = weights[k] * (k * spacing) * (2f * scale / samples);

        var task = new Kernels.EppsPulley.Task
        {
            U = at[u], Samples = samples, Directions = u.Shape[1],
            Spacing = spacing, Knots = knots, Targets = tables, Weights = tables + padded, Slopes = tables + 2 * padded,
            Statistics = at[statistics] + start, StatisticsRow = statistics.Shape[1], Gradient = gradient,
        };
        Cores.Run(new Kernels.EppsPulley.Strip(task), Kernels.EppsPulley.Chunks(slices, u.Shape[1]));
    }

    /// <summary>Each segment's sum is a float, their sum a double.</summary>
    public override void GradientNorm(Tensor gradients, ReadOnlySpan<(int Start, int Count)> segments, Tensor norm)
    {
        using var at = new Operands();
        var x = at[gradients];
        var squares = 0.0;
        foreach (var (start, count) in segments) squares += SumOfSquares(x + start, count);
        *at[norm] = (float)Math.Sqrt(squares);
    }

    static float SumOfSquares(float* x, int count)
    {
        var blocks = Reduce.Blocks(count);
        using var partial = new Scratch.Block(blocks + 1);
        Cores.Run(new Reduce.SquareBlocks(x, partial.Pointer, count), blocks);
        Cores.Run(new Reduce.SumRows(partial.Pointer, partial.Pointer + blocks, 1f, false, 1, blocks), 1);
        return partial.Pointer[blocks];
    }

    public override void AdamStep(
        Tensor weight, Tensor gradient, Tensor m, Tensor v, int start, int count, in AdamRates rates, Tensor? norm, float maxNorm)
    {
        using var at = new Operands();
        var scale = norm is { } length ? MathF.Min(1f, maxNorm / (*at[length] + 1e-6f)) : 1f;
        var kernel = new AdamStep(at[weight] + start, at[gradient] + start, at[m] + start, at[v] + start, rates, scale, count);
        Cores.Complete(kernel, Elementwise.Chunks(count));
    }
}
