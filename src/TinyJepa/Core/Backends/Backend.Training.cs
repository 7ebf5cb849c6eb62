using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>What only training does: SIGReg's statistic, the norm of a gradient, Adam's step.</summary>
public abstract partial class Backend
{
    /// <summary>
    /// statistics[slice, start + j] = Σₖ Wₖ·|mean over samples of exp(i·tₖ·u) − φₖ|² of column j, tₖ = k·spacing (Epps &amp; Pulley 1983); then,
    /// if it is needed, u becomes scale times the statistic's gradient with respect to u.
    /// </summary>
    /// <param name="u">[slices·samples, directions]</param>
    /// <param name="slices">How many batches of samples lie behind one another.</param>
    /// <param name="spacing">The distance of the knots.</param>
    /// <param name="targets">φₖ</param>
    /// <param name="weights">Wₖ</param>
    /// <param name="statistics">[slices, all directions]</param>
    /// <param name="start">The column of the statistics that u's first one has.</param>
    /// <param name="scale">Multiplies the gradient.</param>
    /// <param name="gradient">Whether u is overwritten.</param>
    public virtual void EppsPulley(
        Tensor u, int slices, float spacing, ReadOnlySpan<float> targets, ReadOnlySpan<float> weights, Tensor statistics, int start, float scale, bool gradient)
    {
        using var scope = Scope.Begin();
        int samples = u.Shape[0] / slices, directions = u.Shape[1];
        Tensor sum = Tensor.Zeros([slices, directions], this), mean = Tensor.Empty([slices, directions], this), square = Tensor.Empty(mean.Shape, this);
        Tensor wave = Tensor.Empty(u.Shape, this), other = Tensor.Empty(u.Shape, this), du = Tensor.Zeros(gradient ? u.Shape : [0, directions], this);
        for (var k = 0; k < targets.Length; k++)
        {
            for (var part = 0; part < 2; part++)                          // the cosines less φₖ, then the sines
            {
                var sine = part == 1;
                Map(new Compositions.Wave(k * spacing, sine), u, wave);
                Fill(mean, sine ? 0f : -targets[k]);
                Sum(wave, slices, samples, directions, 1f / samples, mean, accumulate: true);
                Zip(new Compositions.Product(), mean, mean, square);
                Add(square, weights[k], sum, accumulate: true);
                if (!gradient) continue;
                // ∂/∂u of (mean cos tu − φ)² is −2t/B·(…)·sin tu, and of (mean sin tu)² it is 2t/B·(…)·cos tu.
                Map(new Compositions.Wave(k * spacing, !sine), u, wave);
                Broadcast(mean, slices, samples, directions, 2f * scale / samples * weights[k] * k * spacing * (sine ? 1f : -1f), other, accumulate: false);
                Zip(new Compositions.Product(), wave, other, wave);
                Add(wave, 1f, du, accumulate: true);
            }
        }

        CopyRows(sum, 0, directions, statistics, start, statistics.Shape[1], slices, directions, accumulate: false);
        if (gradient) Copy(du, u);
    }

    /// <summary>norm = √Σ x² over some segments of a flat block of gradients; one element, which the program need not wait for.</summary>
    /// <param name="gradients">The block.</param>
    /// <param name="segments">Where each segment starts, and how many elements it has.</param>
    /// <param name="norm">[]</param>
    public virtual void GradientNorm(Tensor gradients, ReadOnlySpan<(int Start, int Count)> segments, Tensor norm)
    {
        using var scope = Scope.Begin();
        Fill(norm, 0f);
        foreach (var (start, count) in segments)
        {
            Tensor part = View(gradients, [count], start), squares = Tensor.Empty([count], this);
            Zip(new Compositions.Product(), part, part, squares);
            Sum(squares, 1, count, 1, 1f, norm, accumulate: true);
        }

        Map(new Compositions.Root(), norm, norm);
    }

    /// <summary>
    /// One step of Adam (Kingma &amp; Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov &amp; Hutter 2019, algorithm 2) over a segment
    /// of flat blocks. It runs to its end even if the thread's work is cancelled.
    /// </summary>
    /// <param name="weight">The parameters.</param>
    /// <param name="gradient">Their gradients, in the same layout.</param>
    /// <param name="m">The first moments.</param>
    /// <param name="v">The second moments.</param>
    /// <param name="start">The segment's first element.</param>
    /// <param name="count">How many elements it has.</param>
    /// <param name="rates">The constants of this step.</param>
    /// <param name="norm">The norm of the whole gradient, []; null where nothing is clipped.</param>
    /// <param name="maxNorm">The gradient is multiplied by min(1, maxNorm/(norm + 1e-6)).</param>
    public virtual void AdamStep(
        Tensor weight, Tensor gradient, Tensor m, Tensor v, int start, int count, in AdamRates rates, Tensor? norm, float maxNorm)
    {
        using var whole = Threads.CancelOn(CancellationToken.None);
        using var scope = Scope.Begin();
        Tensor w = View(weight, [count], start), mean = View(m, [count], start), square = View(v, [count], start);
        Tensor g = Tensor.Empty([count], this), direction = Tensor.Empty([count], this);
        Copy(View(gradient, [count], start), g);
        if (norm is { } length)
        {
            var factor = Tensor.Empty([], this);
            Map(new Compositions.ClipFactor(maxNorm), length, factor);
            Zip(new Compositions.Product(), g, factor, g);
        }

        Zip(new Compositions.Lerp(rates.Mean), mean, g, mean);
        Zip(new Compositions.AdamSquare(rates), square, g, square);
        Zip(new Compositions.AdamDirection(rates), mean, square, direction);
        Zip(new Compositions.AdamMove(rates), w, direction, w);
    }
}
