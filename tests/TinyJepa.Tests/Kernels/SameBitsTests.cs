using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>Kernels behind no operation of the table: the same bits at every width and on any threads. The rest is in <see cref="OpTests"/>.</summary>
[Collection(Machine.Name)]
public sealed unsafe class SameBitsTests
{
    [Fact]
    public void AdamStep_GivesTheSameBits() => Machine.AssertSameBits("Adam", () =>
    {
        const int n = 20_011;
        Block[] blocks = [Block.Random(n, 1), Block.Random(n, 2), Block.Random(n, 3), Block.Random(n, 4, 0f, 1f)];
        var rates = new AdamRates(0.1f, 0.001f, 0.999f, 1e-8f, 0.013f, 1.7f, 0.999f);
        Cores.Run(new AdamStep(blocks[0].Pointer, blocks[1].Pointer, blocks[2].Pointer, blocks[3].Pointer, rates, 0.5f, n), Elementwise.Chunks(n));
        return [.. blocks.Select(block => block.Result())];
    });

    [Fact]
    public void Lerp_GivesTheSameBits() => Machine.AssertSameBits("lerp", () =>
    {
        const int n = 20_011;
        var (x, y) = (Block.Random(n, 1), Block.Random(n, 2));
        Cores.Run(new Elementwise.Lerp(x.Pointer, 0.01f, y.Pointer, n), Elementwise.Chunks(n));
        return [y.Result()];
    });

    [Fact]
    public void NormalSamples_AreTheSameBits() => Machine.AssertSameBits("normal", () =>
    {
        var values = new float[10_007];
        new Rng(1).FillNormal(values, 3f, 0.5f);
        return [values];
    });

    /// <summary>The functions of floats of all sizes, not only the small ones of the table.</summary>
    [Fact]
    public void Functions_GiveTheSameBits()
    {
        var random = new Random(9);
        float[] x = [.. Enumerable.Range(0, 40_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).Where(v => !float.IsNaN(v))];
        Machine.AssertSameBits("functions", () =>
        {
            using var scope = Scope.Begin();
            var t = Tensor.From(x);
            return [.. ((Tensor[])[t.Exp(), t.Log(), t.Sigmoid(), t.Tanh(), t.Gelu(), t.GeluTanh(), t.Silu(), t.Sin(), t.Cos(), t.Relu(), t.Sqrt()])
                .Select(y => y.ToArray().Select(v => float.IsNaN(v) ? float.NaN : v).ToArray())];
        });
    }
}
