using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>The functions of a single float have the bits of the lanes.</summary>
public sealed unsafe class ScalarFunctionsTests
{
    [Fact]
    public void ExpAndCos_HaveTheBitsOfTheLanes()
    {
        float[] x = [.. Enumerable.Range(-4000, 8001).Select(i => i * 0.0251f), float.NegativeInfinity, 0f, -0f, 1e6f];
        Block exp = new(x.Length), cos = new(x.Length), source = new(x);
        Cores.Run(new Elementwise.Map<ExpFormula>(default, source.Pointer, exp.Pointer, x.Length), Elementwise.Chunks(x.Length));
        Cores.Run(new Elementwise.Map<CosFormula>(default, source.Pointer, cos.Pointer, x.Length), Elementwise.Chunks(x.Length));

        Expect.Bits(exp.Result(), [.. x.Select(Functions.Exp)], "exp");
        Expect.Bits(cos.Result(), [.. x.Select(Functions.Cos)], "cos");
    }

    readonly struct ExpFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Exp(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct CosFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V>
        {
            Functions.SinCos(x, out _, out var cos);
            return cos;
        }

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }
}
