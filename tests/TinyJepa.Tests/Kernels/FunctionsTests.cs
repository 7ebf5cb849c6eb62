using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>The error bounds that <see cref="Functions"/> states, over floats of all sizes.</summary>
public sealed unsafe class FunctionsTests
{
    const float SmallestNormal = 1.17549435e-38f;

    [Fact]
    public void Exp_IsWithin3Ulp_OfNormalResults() => AssertUlps<ExpFormula>(Math.Exp, 3, [.. Floats(-86.98f, 88.72282f), .. Floats(-1f, -0.01f), .. Floats(0.01f, 1f)]);

    [Fact]
    public void Exp_IsZeroOrInfinite_Outside()
    {
        AssertAbsolute<ExpFormula>(_ => 0, 0, Floats(float.NegativeInfinity, -86.99f));
        AssertUlps<ExpFormula>(_ => double.PositiveInfinity, 0, Floats(88.722847f, float.PositiveInfinity));
    }

    [Fact]
    public void Exp2OfNegative_IsWithin21TenthsUlp() => AssertUlps<Exp2Formula>(x => Math.Pow(2, x), 2.1, Floats(-126f, 0f));

    [Fact]
    public void Exp2OfNegative_IsZero_FarBelow() => AssertAbsolute<Exp2Formula>(_ => 0, 0, Floats(float.NegativeInfinity, -126.00001f));

    [Fact]
    public void Log_IsWithin2Ulp() => AssertUlps<LogFormula>(Math.Log, 2, [.. Floats(float.Epsilon, float.MaxValue), .. Floats(0.5f, 2f)]);

    [Fact]
    public void Sigmoid_IsWithin4Ulp() => AssertUlps<SigmoidFormula>(Oracle.Sigmoid, 4, Floats(-87f, float.PositiveInfinity));

    [Fact]
    public void Sigmoid_IsZero_FarBelow() =>
        AssertAbsolute<SigmoidFormula>(_ => 0, 0, Floats(float.NegativeInfinity, -88.722847f));

    [Fact]
    public void Tanh_IsWithin5Ulp() =>
        AssertUlps<TanhFormula>(Math.Tanh, 5, [.. Floats(float.NegativeInfinity, float.PositiveInfinity), .. Floats(0.5f, 0.75f), .. Floats(0.75f, 16f)]);

    [Fact]
    public void Erf_IsWithin4E7() =>
        AssertAbsolute<ErfFormula>(Oracle.Erf, 4e-7, [.. Floats(float.NegativeInfinity, float.PositiveInfinity), .. Floats(0.1f, 4.5f)]);

    [Fact]
    public void Erf_NeverLeavesPlusMinusOne() => Assert.InRange(Apply<ErfFormula>(Floats(2f, 6f)).Max(), 0.99f, 1f);

    [Fact]
    public void Tanh_NeverLeavesPlusMinusOne() => Assert.InRange(Apply<TanhFormula>(Floats(4f, 12f)).Max(), 0.99f, 1f);

    [Fact]
    public void NormalCdf_IsWithin25E8() =>
        AssertAbsolute<NormalCdfFormula>(NormalCdf, 2.5e-7, [.. Floats(float.NegativeInfinity, float.PositiveInfinity), .. Floats(0.1f, 7f), .. Floats(-7f, -0.1f)]);

    [Fact]
    public void GeluSlope_IsWithin25E8() =>
        AssertAbsolute<GeluSlopeFormula>(x => NormalCdf(x) + x * Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI), 2.5e-7, [.. Floats(-1e18f, 1e18f), .. Floats(0.1f, 7f), .. Floats(-7f, -0.1f)]);

    /// <summary>Far out GELU is 0 or x to the last bit, however large x.</summary>
    [Fact]
    public void NormalCdf_AndItsSlope_AreExact_FarOut()
    {
        float[] above = Floats(5.95f, float.PositiveInfinity), below = Floats(float.NegativeInfinity, -5.95f);
        foreach (var y in (float[][])[Apply<NormalCdfFormula>(above), Apply<GeluSlopeFormula>(above)]) Assert.All(y, v => Assert.Equal(1f, v));
        foreach (var y in (float[][])[Apply<NormalCdfFormula>(below), Apply<GeluSlopeFormula>(below)]) Assert.All(y, v => Assert.Equal(0f, v));
    }

    [Fact]
    public void Sin_IsWithin15E8() => AssertAbsolute<SinFormula>(Math.Sin, 1.5e-7, Angles());

    [Fact]
    public void Cos_IsWithin15E8_AndFarOutWithin25E8()
    {
        AssertAbsolute<CosFormula>(Math.Cos, 1.5e-7, [.. Angles().Where(static x => Math.Abs(x) <= 1e5f), .. Floats(95_000f, 100_000f)]);
        AssertAbsolute<CosFormula>(Math.Cos, 2.5e-7, Angles());
    }

    [Fact]
    public void SinCos_IsWithin12E8()
    {
        AssertAbsolute<SinOfBothFormula>(Math.Sin, 1.2e-7, Angles());
        AssertAbsolute<CosOfBothFormula>(Math.Cos, 1.2e-7, Angles());
    }

    [Fact]
    public void Sin_And_Cos_NeverPassOne()
    {
        Assert.All(Apply<SinFormula>(Angles()), y => Assert.InRange(y, -1f, 1f));
        Assert.All(Apply<CosFormula>(Angles()), y => Assert.InRange(y, -1f, 1f));
    }

    [Fact]
    public void Abs_And_Sign_AreExact()
    {
        var x = Floats(float.NegativeInfinity, float.PositiveInfinity);
        Expect.Bits([.. x.Select(MathF.Abs)], Apply<AbsFormula>(x), "abs");
        Expect.Bits([.. x.Select(v => (float)Math.Sign(v))], Apply<SignFormula>(x), "sign");
    }

    [Theory]
    [InlineData("exp", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("exp", float.NegativeInfinity, 0f)]
    [InlineData("exp", 0f, 1f)]
    [InlineData("exp", float.Epsilon, 1f)]
    [InlineData("exp", float.MaxValue, float.PositiveInfinity)]
    [InlineData("exp", float.MinValue, 0f)]
    [InlineData("log", 0f, float.NegativeInfinity)]
    [InlineData("log", 1f, 0f)]
    [InlineData("log", float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData("log", -float.Epsilon, float.NaN)]
    [InlineData("log", -1f, float.NaN)]
    [InlineData("log", float.NegativeInfinity, float.NaN)]
    [InlineData("sigmoid", float.PositiveInfinity, 1f)]
    [InlineData("sigmoid", float.NegativeInfinity, 0f)]
    [InlineData("sigmoid", 0f, 0.5f)]
    [InlineData("sigmoid", float.MinValue, 0f)]
    [InlineData("tanh", float.PositiveInfinity, 1f)]
    [InlineData("tanh", float.NegativeInfinity, -1f)]
    [InlineData("tanh", 0f, 0f)]
    [InlineData("tanh", float.Epsilon, float.Epsilon)]
    [InlineData("tanh", float.MinValue, -1f)]
    [InlineData("erf", float.PositiveInfinity, 1f)]
    [InlineData("erf", float.NegativeInfinity, -1f)]
    [InlineData("erf", 0f, 0f)]
    [InlineData("normal", float.PositiveInfinity, 1f)]
    [InlineData("normal", float.NegativeInfinity, 0f)]
    [InlineData("normal", 0f, 0.5f)]
    [InlineData("gelu slope", float.PositiveInfinity, 1f)]
    [InlineData("gelu slope", float.NegativeInfinity, 0f)]
    [InlineData("gelu slope", 0f, 0.5f)]
    [InlineData("sin", 0f, 0f)]
    [InlineData("sin", float.PositiveInfinity, float.NaN)]
    [InlineData("sin", 2.000001e6f, float.NaN)]
    [InlineData("sin", float.MinValue, float.NaN)]
    [InlineData("cos", 0f, 1f)]
    [InlineData("cos", float.NegativeInfinity, float.NaN)]
    [InlineData("cos", -2.000001e6f, float.NaN)]
    public void SpecialValues_AreKept(string function, float x, float expected) => Assert.Equal(expected, Apply(function, [x])[0]);

    [Fact]
    public void NegativeZero_IsZero()
    {
        foreach (var function in (string[])["exp", "log", "sigmoid", "tanh", "erf", "normal", "gelu slope", "sin", "cos"])
            Assert.Equal(Apply(function, [0f])[0], Apply(function, [-0f])[0]);
    }

    /// <summary>Whatever payload a NaN carries, the function of it is NaN: an exponent added to its bits could make it finite.</summary>
    [Theory]
    [InlineData("exp")]
    [InlineData("log")]
    [InlineData("sigmoid")]
    [InlineData("tanh")]
    [InlineData("erf")]
    [InlineData("normal")]
    [InlineData("gelu slope")]
    [InlineData("sin")]
    [InlineData("cos")]
    public void NaN_StaysNaN_WithAnyPayload(string function)
    {
        var random = new Random(3);
        float[] x = [.. Enumerable.Range(0, 10_000).Select(i => BitConverter.Int32BitsToSingle((i % 2 == 0 ? 0x7F800000 : unchecked((int)0xFF800000)) | (i < 2000 ? i + 1 : random.Next(1, 1 << 23))))];
        var y = Apply(function, x);
        for (var i = 0; i < x.Length; i++)
            if (!float.IsNaN(y[i])) Assert.Fail($"{function} of NaN 0x{BitConverter.SingleToInt32Bits(x[i]):X8} is {y[i]:R}.");
    }

    /// <summary>About a million floats from one end to the other, evenly spread over their bits, and both ends with their neighbours.</summary>
    static float[] Floats(float from, float to)
    {
        long first = Order(from), last = Order(to);
        var step = Math.Max(1, (last - first) / (Machine.IsSlow ? 20_000 : 1_000_000));
        var values = new List<float>();
        for (var i = first; i <= last; i += step) values.Add(Float(i));
        for (var i = 0; i < 40 && first + i <= last; i++)
        {
            values.Add(Float(first + i));
            values.Add(Float(last - i));
        }

        return [.. values];
    }

    static double NormalCdf(double x) => (1 + Oracle.Erf(x / Math.Sqrt(2))) / 2;

    /// <summary>Angles of all sizes up to 2·10⁶, and those nearest to multiples of π/2, where the reduction cancels most.</summary>
    static float[] Angles()
    {
        var near = Enumerable.Range(1, 100_000).Select(n => (float)(n * 12L * (Math.PI / 2)));
        return [.. Floats(-2e6f, 2e6f), .. Floats(1.95e6f, 2e6f), .. Floats(0.1f, 100f), .. near, .. Enumerable.Range(1, 1000).Select(n => (float)(n * (Math.PI / 2)))];
    }

    /// <summary>Integers in the order of the floats.</summary>
    static long Order(float x) => BitConverter.SingleToInt32Bits(x) is var bits && bits < 0 ? int.MinValue - (long)bits : bits;

    static float Float(long order) => BitConverter.Int32BitsToSingle((int)(order < 0 ? int.MinValue - order : order));

    static void AssertUlps<F>(Func<double, double> exact, double bound, float[] x) where F : unmanaged, IUnary
    {
        var y = Apply<F>(x);
        for (var i = 0; i < x.Length; i++)
        {
            var expected = exact(x[i]);
            if (Math.Abs(expected) < SmallestNormal && typeof(F) == typeof(ExpFormula)) continue;
            if (!(Expect.Ulps(expected, y[i]) <= bound)) Assert.Fail($"f({x[i]:R}) is {y[i]:R}, {Expect.Ulps(expected, y[i]):F2} ulp from {expected:R}; {bound} are allowed.");
        }
    }

    static void AssertAbsolute<F>(Func<double, double> exact, double bound, float[] x) where F : unmanaged, IUnary
    {
        var y = Apply<F>(x);
        for (var i = 0; i < x.Length; i++)
            if (!(Math.Abs(exact(x[i]) - y[i]) <= bound)) Assert.Fail($"f({x[i]:R}) is {y[i]:R}, {Math.Abs(exact(x[i]) - y[i]):G3} from {exact(x[i]):R}; {bound} are allowed.");
    }

    static float[] Apply(string function, float[] x) => function switch
    {
        "exp" => Apply<ExpFormula>(x),
        "log" => Apply<LogFormula>(x),
        "sigmoid" => Apply<SigmoidFormula>(x),
        "tanh" => Apply<TanhFormula>(x),
        "erf" => Apply<ErfFormula>(x),
        "normal" => Apply<NormalCdfFormula>(x),
        "gelu slope" => Apply<GeluSlopeFormula>(x),
        "sin" => Apply<SinFormula>(x),
        _ => Apply<CosFormula>(x),
    };

    static float[] Apply<F>(float[] x) where F : unmanaged, IUnary
    {
        var y = new float[x.Length];
        fixed (float* px = x, py = y) Cores.Run(new Elementwise.Map<F>(default, px, py, x.Length), Elementwise.Chunks(x.Length));
        return y;
    }

    readonly struct ExpFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Exp(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct Exp2Formula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Exp2OfNegative(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct LogFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Log(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct SigmoidFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Sigmoid(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct TanhFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Tanh(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct ErfFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Erf(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct NormalCdfFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.NormalCdf(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct GeluSlopeFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.GeluSlope(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct SinFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Sin(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct CosFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Cos(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct SinOfBothFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V>
        {
            Functions.SinCos(x, out var sin, out var cos);
            return sin;
        }

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct CosOfBothFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V>
        {
            Functions.SinCos(x, out var sin, out var cos);
            return cos;
        }

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct AbsFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Abs(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }

    readonly struct SignFormula : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => Functions.Sign(x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => y;
    }
}
