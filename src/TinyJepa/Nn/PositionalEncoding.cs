namespace TinyJepa.Nn;

/// <summary>What is added to the tokens of a sequence to tell its places apart.</summary>
public enum PositionalEncoding
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A learned vector for every place (Dosovitskiy et al. 2021, eq. 1).</summary>
    Learned,

    /// <summary>
    /// A fixed vector of sines and cosines for every place (Vaswani et al. 2017, §3.5). Even a single token may need one: what a block's attention and
    /// network read of a token is normalised, so tokens of the same direction look alike to them until something that does not grow is added.
    /// </summary>
    SinCos,
}

/// <summary>The fixed vectors.</summary>
static class SinCosEncoding
{
    const float Log10000 = 9.21034037f;

    /// <summary>sin(k/10000^(2i/dim)) at 2i and its cosine at 2i + 1 for place k (Vaswani et al. 2017, §3.5).</summary>
    /// <returns>[places, dim]</returns>
    internal static float[] Of(int places, int dim)
    {
        // By tensors, whose functions give the same bits on every machine, as the system's need not.
        using var scope = Scope.Begin();
        var pairs = (dim + 1) / 2;
        var frequencies = Tensor.From([.. Enumerable.Range(0, pairs).Select(i => -Log10000 * 2 * i / dim)], [pairs], Backend.Cpu).Exp().ToArray();
        var angles = Tensor.From([.. Enumerable.Range(0, places * pairs).Select(at => at / pairs * frequencies[at % pairs])], [places * pairs], Backend.Cpu);
        var (sin, cos) = (angles.Sin().ToArray(), angles.Cos().ToArray());

        var values = new float[places * dim];
        for (var at = 0; at < values.Length; at++) values[at] = (at % dim % 2 == 0 ? sin : cos)[at / dim * pairs + at % dim / 2];
        return values;
    }
}
