namespace TinyJepa.Nn;

/// <summary>What is added to the tokens of a sequence so that their positions can be told apart.</summary>
public enum PositionalEncoding
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A learned vector for every position (Dosovitskiy et al. 2021, eq. 1).</summary>
    Learned,

    /// <summary>
    /// A fixed vector of sines and cosines for every position (Vaswani et al. 2017, §3.5). Even a sequence of one token can need it: attention and MLP
    /// see normalised tokens, so tokens that differ in length only look the same to them unless a vector of fixed length is added.
    /// </summary>
    SinCos,
}

/// <summary>The vectors of <see cref="PositionalEncoding.SinCos"/>.</summary>
static class SinCosEncoding
{
    const float Log10000 = 9.21034037f;

    /// <summary>sin(k/10000^(2i/dim)) at 2i and its cosine at 2i + 1 for position k (Vaswani et al. 2017, §3.5).</summary>
    /// <returns>[length, dim]</returns>
    internal static float[] Of(int length, int dim)
    {
        // Computed with tensors: their functions give the same bits on every machine, the system's may not.
        using var scope = Scope.Begin();
        var pairs = (dim + 1) / 2;
        var frequencies = Tensor.From([.. Enumerable.Range(0, pairs).Select(i => -Log10000 * 2 * i / dim)], [pairs], Backend.Cpu).Exp().ToArray();
        var angles = Tensor.From([.. Enumerable.Range(0, length * pairs).Select(at => at / pairs * frequencies[at % pairs])], [length * pairs], Backend.Cpu);
        var (sin, cos) = (angles.Sin().ToArray(), angles.Cos().ToArray());

        var values = new float[length * dim];
        for (var at = 0; at < values.Length; at++) values[at] = (at % dim % 2 == 0 ? sin : cos)[at / dim * pairs + at % dim / 2];
        return values;
    }
}
