using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>The four realisations of <see cref="ILanes{V}"/> are one: bit for bit, on any bits, each operation as its scalar meaning.</summary>
public sealed unsafe class LanesTests
{
    static readonly float[] Special =
    [
        0f, -0f, 1f, -1f, 0.5f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, -float.NaN, float.Epsilon, -float.Epsilon,
        1.17549435e-38f, -1.17549435e-38f, 1.17549421e-38f, float.MaxValue, float.MinValue, 16777216f, 1e-30f, 3e38f,
    ];

    public static TheoryData<string> Operations =>
        ["+", "-", "*", "/", "negate", "fma", "sqrt", "min", "max", "max native", "less", "select", "and", "or", "xor", "add bits", "to float", "broadcast", "broadcast bits", "shift left", "shift right",
         "xor of three", "multiply even", "odd to even", "even to odd", "join low", "join high", "shift right signed", "clamp", "select less", "largest", "sum"];

    [Theory]
    [MemberData(nameof(Operations))]
    public void Realisations_AgreeWithTheScalarMeaning(string operation)
    {
        var random = new Random(17);
        var (a, b, c) = (new float[16], new float[16], new float[16]);
        for (var round = 0; round < (Machine.IsSlow ? 400 : 4000); round++)
        {
            foreach (var input in (float[][])[a, b, c])
                for (var i = 0; i < 16; i++)
                    input[i] = Draw(random, round);
            if (round % 5 == 0) a.AsSpan(4, 8).CopyTo(b.AsSpan(4));                       // equal operands
            if (operation == "sum" && round % 2 == 0) Array.ForEach(Enumerable.Range(0, 16).ToArray(), i => a[i] = random.NextSingle() - 0.5f);

            var expected = Meaning(operation, a, b, c, round % 32);
            Compare(operation, expected, Run<LanesScalar>(operation, a, b, c, round % 32), "scalar");
            Compare(operation, expected, Run<Lanes128x4>(operation, a, b, c, round % 32), "4 × 128");
            Compare(operation, expected, Run<Lanes256x2>(operation, a, b, c, round % 32), "2 × 256");
            Compare(operation, expected, Run<Lanes512>(operation, a, b, c, round % 32), "512");
            if (!AcrossLanes(operation)) CompareFour(operation, expected, a, b, c, round % 32);
        }
    }

    /// <summary>Four packs at once: the same sixteen elements in each of them.</summary>
    static void CompareFour(string operation, float[] expected, float[] a, float[] b, float[] c, int count)
    {
        float[] four = RunElements<Lanes512x4>(operation, [.. a, .. a, .. a, .. a], [.. b, .. b, .. b, .. b], [.. c, .. c, .. c, .. c], count);
        for (var i = 0; i < four.Length; i += 16) Compare(operation, expected, four[i..(i + 16)], $"4 × 512, pack {i / 16}");
    }

    static bool AcrossLanes(string operation) =>
        operation is "sum" or "largest" or "multiply even" or "odd to even" or "even to odd" or "join low" or "join high";

    static float Draw(Random random, int round) => (round % 4) switch
    {
        0 => BitConverter.Int32BitsToSingle((int)random.NextInt64(int.MinValue, int.MaxValue + 1L)),
        1 => Special[random.Next(Special.Length)],
        2 => (random.NextSingle() - 0.5f) * 8,
        _ => random.Next(2) == 0 ? Special[random.Next(Special.Length)] : MathF.ScaleB(random.NextSingle() - 0.5f, random.Next(-140, 128)),
    };

    /// <summary>The same bits; a NaN that arithmetic made may carry any payload, since processors choose different ones.</summary>
    static void Compare(string operation, float[] expected, float[] got, string realisation)
    {
        var bitwise = operation is "and" or "or" or "xor" or "select" or "negate" or "add bits" or "broadcast" or "broadcast bits" or "shift left" or "shift right" or "less"
            or "xor of three" or "multiply even" or "odd to even" or "even to odd" or "join low" or "join high" or "shift right signed" or "select less";
        if (!bitwise)
            for (var i = 0; i < expected.Length; i++)
                if (float.IsNaN(expected[i]) && float.IsNaN(got[i])) got[i] = expected[i];
        Expect.Bits(expected, got, $"{operation} on {realisation}");
    }

    static float[] Run<V>(string operation, float[] a, float[] b, float[] c, int count) where V : struct, ILanes<V>
    {
        if (!AcrossLanes(operation)) return RunElements<V>(operation, a, b, c, count);
        var y = new float[a.Length];
        fixed (float* pa = a, pb = b, py = y)
        {
            V va = V.Load(pa), vb = V.Load(pb);
            if (operation == "sum") return [V.Sum(va)];
            if (operation == "largest") return [V.Largest(va)];
            V.Store(operation switch
            {
                "multiply even" => V.MultiplyEven(va, vb),
                "odd to even" => V.OddToEven(va),
                "even to odd" => V.EvenToOdd(va),
                "join low" => V.JoinLow(va, vb),
                "join high" => V.JoinHigh(va, vb),
                _ => throw new ArgumentException(operation),
            }, py);
        }

        return y;
    }

    static float[] RunElements<V>(string operation, float[] a, float[] b, float[] c, int count) where V : struct, IPack<V>
    {
        var y = new float[a.Length];
        fixed (float* pa = a, pb = b, pc = c, py = y)
        {
            V va = V.Load(pa), vb = V.Load(pb), vc = V.Load(pc);
            V.Store(operation switch
            {
                "+" => va + vb,
                "-" => va - vb,
                "*" => va * vb,
                "/" => va / vb,
                "negate" => -va,
                "fma" => V.Fma(va, vb, vc),
                "sqrt" => V.Sqrt(va),
                "min" => V.Min(va, vb),
                "max" => V.Max(va, vb),
                "max native" => V.MaxNative(V.Broadcast(0.25f), va),
                "less" => V.Less(va, vb),
                "select" => V.Select(va, vb, vc),
                "and" => V.And(va, vb),
                "or" => V.Or(va, vb),
                "xor" => V.Xor(va, vb),
                "add bits" => V.AddBits(va, vb),
                "to float" => V.ToFloat(va),
                "broadcast" => V.Broadcast(a[3]),
                "broadcast bits" => V.BroadcastBits(Bits(a[3])),
                "shift left" => V.ShiftLeft(va, count),
                "shift right" => V.ShiftRight(va, count),
                "xor of three" => V.Xor(va, vb, vc),
                "shift right signed" => V.ShiftRightSigned(va, count),
                "clamp" => V.Clamp(va, V.Broadcast(-1.5f), V.Broadcast(0.25f)),
                "select less" => V.SelectLess(va, vb, vc, va),
                _ => throw new ArgumentException(operation),
            }, py);
        }

        return y;
    }

    static float[] Meaning(string operation, float[] a, float[] b, float[] c, int count)
    {
        if (operation == "sum") return [Tree([.. a])];
        if (operation == "largest") return [a.Aggregate(MathF.Max)];
        return [.. Enumerable.Range(0, 16).Select(i => operation switch
        {
            "+" => a[i] + b[i],
            "-" => a[i] - b[i],
            "*" => a[i] * b[i],
            "/" => a[i] / b[i],
            "negate" => Float(Bits(a[i]) ^ int.MinValue),
            "fma" => MathF.FusedMultiplyAdd(a[i], b[i], c[i]),
            "sqrt" => MathF.Sqrt(a[i]),
            "min" => MathF.Min(a[i], b[i]),
            "max" => MathF.Max(a[i], b[i]),
            "max native" => MathF.Max(0.25f, a[i]),
            "less" => Float(a[i] < b[i] ? -1 : 0),
            "select" => Float((Bits(a[i]) & Bits(b[i])) | (~Bits(a[i]) & Bits(c[i]))),
            "and" => Float(Bits(a[i]) & Bits(b[i])),
            "or" => Float(Bits(a[i]) | Bits(b[i])),
            "xor" => Float(Bits(a[i]) ^ Bits(b[i])),
            "add bits" => Float(Bits(a[i]) + Bits(b[i])),
            "to float" => Bits(a[i]),
            "broadcast" or "broadcast bits" => a[3],
            "shift left" => Float(Bits(a[i]) << count),
            "xor of three" => Float(Bits(a[i]) ^ Bits(b[i]) ^ Bits(c[i])),
            "multiply even" => Float((int)((ulong)(uint)Bits(a[i & ~1]) * (uint)Bits(b[i & ~1]) >> (i % 2 * 32))),
            "odd to even" => i % 2 == 0 ? a[i + 1] : 0f,
            "even to odd" => i % 2 == 0 ? 0f : a[i - 1],
            "join low" => i % 4 < 2 ? a[i] : b[i - 2],
            "join high" => i % 4 < 2 ? a[i + 2] : b[i],
            "shift right signed" => Float(Bits(a[i]) >> count),
            "clamp" => float.IsNaN(a[i]) ? a[i] : Math.Clamp(a[i], -1.5f, 0.25f),
            "select less" => a[i] < b[i] ? c[i] : a[i],
            _ => Float((int)((uint)Bits(a[i]) >> count)),
        })];
    }

    /// <summary>The one fixed tree: the upper half is added to the lower until one is left.</summary>
    static float Tree(float[] x) => x.Length == 1 ? x[0] : Tree([.. x[..(x.Length / 2)].Zip(x[(x.Length / 2)..], (low, high) => low + high)]);

    static int Bits(float x) => BitConverter.SingleToInt32Bits(x);

    static float Float(int bits) => BitConverter.Int32BitsToSingle(bits);
}
