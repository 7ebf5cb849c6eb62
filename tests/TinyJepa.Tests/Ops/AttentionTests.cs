using TinyJepa.Tests.IO;

namespace TinyJepa.Tests;

/// <summary>Attention beside its lines in <see cref="OpTable"/>: PyTorch's numbers, dropout, edges and memory.</summary>
[Collection(Machine.Name)]
public sealed class AttentionTests
{
    public static TheoryData<string> Cases => [.. Fixture.Attention.Names.Select(name => name.Split('/')[0]).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Scores of several units in the last place of a number up to 50 become probabilities: 32 rounding units of the largest number.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void ValueAndGradients_MatchPyTorch(string name)
    {
        var (heads, causal) = ((int)Fixture.Attention[$"{name}/form"][0], Fixture.Attention[$"{name}/form"][1] != 0);
        using var tape = Tape.Begin();
        var x = new List<Tensor>();
        for (var i = 0; Fixture.Attention.Has($"{name}/x{i}"); i++) x.Add(tape.Watch(Fixture.Attention.Tensor($"{name}/x{i}")));
        var y = x.Count == 1 ? x[0].SelfAttention(heads, causal) : x[0].Attention(x[1], x[2], heads, causal);
        tape.Backward((y * Fixture.Attention.Tensor($"{name}/dy")).Sum());

        Compare($"{name}/y", y);
        for (var i = 0; i < x.Count; i++) Compare($"{name}/dx{i}", tape.Gradient(x[i]));

        static void Compare(string what, Tensor got)
        {
            var expected = Fixture.Attention[what];
            var largest = expected.Max(Math.Abs);
            Assert.Equal(Fixture.Attention.Shape(what), got.Shape);
            Expect.Near(expected, got.ToArray(), _ => 32 * Expect.Unit * largest, what);
        }
    }

    /// <summary>The columns of one matrix give the bits that the three operands apart give.</summary>
    [Theory]
    [InlineData(3, 64)]
    [InlineData(70, 20)]
    public void PackedOperands_GiveTheSameBits(int tokens, int dim)
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Random(1, [2, tokens, 3 * 2 * dim]));
        var parts = new Tensor[3];
        for (var part = 0; part < 3; part++) parts[part] = tape.Watch(x.Columns(part * 2 * dim, 2 * dim).Clone());
        var (packed, apart) = (x.SelfAttention(2, causal: true), parts[0].Attention(parts[1], parts[2], 2, causal: true));
        Expect.Bits(apart.Span, packed.Span, "value");

        var dy = Random(2, packed.Shape);
        tape.Backward((packed * dy).Sum() + (apart * dy).Sum());
        for (var part = 0; part < 3; part++)
            Expect.Bits(tape.Gradient(parts[part]).Span, tape.Gradient(x).Columns(part * 2 * dim, 2 * dim).Span, $"gradient {part}");
    }

    /// <summary>Few scores are kept for the backward pass, many are made again there: a long batch begins with the bits of a short one.</summary>
    [Theory]
    [InlineData(33, 90, 0f)]
    [InlineData(64, 257, 0f)]
    [InlineData(79, 70, 0.2f)]
    [InlineData(112, 130, 0f)]
    public void KeptScores_GiveTheSameBits(int queries, int keys, float dropout)
    {
        const int few = 16, dim = 36;
        var many = (1 << 21) / ((queries + 31) / 32 * 32 * keys) + 1;
        Tensor q = Random(1, [many, queries, dim]), k = Random(2, [many, keys, dim]), v = Random(3, [many, keys, dim]), dy = Random(4, q.Shape);
        Assert.True(Saved(few) > 2 * queries * few);
        Assert.Equal(2 * queries * many, Saved(many));
        var (kept, again) = (Run(few), Run(many));
        foreach (var (name, values) in kept) Expect.Bits(values, again[name].AsSpan(0, values.Length), name);

        int Saved(int batch) => Backend.Default.AttentionSavedFloats(new AttentionShape(batch, queries, keys, Heads: 1, dim, Causal: false, dropout, DropKey: 0), trains: true);

        Dictionary<string, float[]> Run(int batch)
        {
            using var tape = Tape.Begin();
            Tensor qs = tape.Watch(q.Rows(0, batch).Clone()), ks = tape.Watch(k.Rows(0, batch).Clone()), vs = tape.Watch(v.Rows(0, batch).Clone());
            var y = qs.Attention(ks, vs, 1, dropout: dropout, rng: new Rng(5));
            tape.Backward(y, dy.Rows(0, batch));
            return new() { ["y"] = y.ToArray(), ["dq"] = tape.Gradient(qs).ToArray(), ["dk"] = tape.Gradient(ks).ToArray(), ["dv"] = tape.Gradient(vs).ToArray() };
        }
    }

    /// <summary>One tensor in all three places gets the sum of the three gradients.</summary>
    [Fact]
    public void SharedOperand_GetsTheSumOfItsGradients()
    {
        using var tape = Tape.Begin();
        var x = tape.Watch(Random(3, [2, 40, 12]));
        Tensor[] parts = [tape.Watch(x.Clone()), tape.Watch(x.Clone()), tape.Watch(x.Clone())];
        var dy = Random(4, x.Shape);
        tape.Backward((x.Attention(x, x, 2) * dy).Sum() + (parts[0].Attention(parts[1], parts[2], 2) * dy).Sum());

        var expected = new double[x.Length];
        foreach (var part in parts)
            for (var i = 0; i < expected.Length; i++) expected[i] += tape.Gradient(part).Span[i];
        Expect.Near(expected, tape.Gradient(x).Span, _ => 4 * Expect.Unit * 8, "gradient");
    }

    [Fact]
    public void Constants_GetNoGradient_AndChangeNone()
    {
        using var tape = Tape.Begin();
        Tensor q = Random(5, [2, 37, 12]), k = Random(6, [2, 41, 12]), v = Random(7, [2, 41, 12]), dy = Random(8, q.Shape);
        Tensor all = tape.Watch(k), alone = tape.Watch(k);
        tape.Backward((tape.Watch(q).Attention(all, tape.Watch(v), 1) * dy).Sum() + (q.Attention(alone, v, 1) * dy).Sum());
        Expect.Bits(tape.Gradient(all).Span, tape.Gradient(alone).Span, "gradient of the keys");
    }

    [Fact]
    public void NoQueries_LeaveZeroGradients()
    {
        using var tape = Tape.Begin();
        Tensor q = tape.Watch(Tensor.Zeros([2, 0, 4])), k = tape.Watch(Random(1, [2, 3, 4])), v = tape.Watch(Random(2, [2, 3, 4]));
        var y = q.Attention(k, v, 2);
        Assert.Equal<Shape>([2, 0, 4], y.Shape);
        tape.Backward(y.Sum());
        Assert.All(tape.Gradient(k).ToArray(), g => Assert.Equal(0f, g));
        Assert.All(tape.Gradient(v).ToArray(), g => Assert.Equal(0f, g));
    }

    /// <summary>Scores of a million would overflow without the running maximum; the largest takes all.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(300)]
    public void LargeScores_AreSafe(int tokens)
    {
        using var scope = Scope.Begin();
        var x = Random(9, [1, tokens, 16]) * 1000f;
        var v = Random(10, [1, tokens, 16]);
        var y = x.Attention(x, v, 1);
        for (var i = 0; i < tokens; i++)
        {
            var winner = Enumerable.Range(0, tokens).MaxBy(j => Enumerable.Range(0, 16).Sum(d => (double)x.Span[i * 16 + d] * x.Span[j * 16 + d]));
            Expect.Bits(v.Span.Slice(winner * 16, 16), y.Span.Slice(i * 16, 16), $"token {i}");
        }
    }

    /// <summary>What is not a number spoils its row only, as in PyTorch.</summary>
    [Theory]
    [InlineData(4)]
    [InlineData(40)]
    public void NaN_SpoilsItsRowOnly(int tokens)
    {
        using var scope = Scope.Begin();
        Tensor q = Random(11, [1, tokens, 16]), k = Random(12, [1, tokens, 16]), v = Random(13, [1, tokens, 16]);
        q.Span[2 * 16 + 5] = float.NaN;
        var y = q.Attention(k, v, 1).ToArray();
        for (var i = 0; i < y.Length; i++) Assert.Equal(i / 16 == 2, float.IsNaN(y[i]));
    }

    /// <summary>Uniform probabilities and one-hot values show every probability by itself.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(64)]
    public void Dropout_ZeroesItsShare_AndKeepsTheMean(int queries)
    {
        const int keys = 96, heads = 2;
        const float rate = 0.25f;
        using var tape = Tape.Begin();
        var v = Tensor.Zeros([50, keys, heads * keys]);
        for (var batch = 0; batch < 50; batch++)
            for (var key = 0; key < keys; key++)
                for (var head = 0; head < heads; head++)
                    v.Span[((batch * keys + key) * heads + head) * keys + key] = keys;
        var y = Tensor.Zeros([50, queries, heads * keys]).Attention(Tensor.Zeros(v.Shape), v, heads, dropout: rate, rng: new Rng(1)).ToArray();

        var std = Math.Sqrt(rate * (1 - rate) / y.Length);
        Assert.InRange(y.Count(p => p == 0f) / (double)y.Length, rate - 5 * std, rate + 5 * std);
        Assert.InRange(y.Average(), 1 - 5 * std / (1 - rate), 1 + 5 * std / (1 - rate));
        Assert.All(y.Where(p => p != 0f), p => Assert.Equal(1 / (1 - rate), p, 1e-5));
    }

    [Fact]
    public void Dropout_DependsOnTheStream_AndIsOffWithoutATape()
    {
        var x = Random(14, [2, 37, 48]);
        float[] plain, first, second, again;
        using (Scope.Begin()) plain = x.SelfAttention(2, dropout: 0.5f, rng: new Rng(1)).ToArray();
        using (Scope.Begin()) Expect.Bits(x.SelfAttention(2).Span, plain, "without a tape");
        using (Tape.Begin())
        {
            var rng = new Rng(1);
            (first, second) = (x.SelfAttention(2, dropout: 0.5f, rng: rng).ToArray(), x.SelfAttention(2, dropout: 0.5f, rng: rng).ToArray());
            again = x.SelfAttention(2, dropout: 0.5f, rng: new Rng(1)).ToArray();
        }

        Expect.Bits(first, again, "the same stream");
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, plain);
    }

    [Fact]
    public void Errors_NameTheHeads()
    {
        using var scope = Scope.Begin();
        Tensor a = Tensor.Ones([2, 3, 8]), b = Tensor.Ones([2, 4, 8]);
        Assert.Contains("3 heads", Assert.Throws<ArgumentException>(() => a.Attention(b, b, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("2 heads", Assert.Throws<ArgumentException>(() => a.Attention(b, b, 2, causal: true)).Message, StringComparison.Ordinal);
        Assert.Contains("2 heads", Assert.Throws<ArgumentException>(() => a.SelfAttention(2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Attention(b, b, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.Attention(b, b, 2, dropout: 1f, rng: new Rng(1)));
        Assert.Throws<ArgumentNullException>(() => a.Attention(b, b, 2, dropout: 0.5f));
    }

    [Theory]
    [InlineData(3, 64)]
    [InlineData(70, 12)]
    public void Step_AllocatesNothing(int tokens, int dim)
    {
        var x = Random(15, [2, tokens, 3 * 2 * dim]);
        var rng = new Rng(2);
        var least = long.MaxValue;
        for (var step = 0; step < 60; step++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            using (var tape = Tape.Begin()) tape.Backward(tape.Watch(x).SelfAttention(2, causal: true, dropout: 0.1f, rng: rng).Sum());
            if (step >= 20) least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    static Tensor Random(int seed, in Shape shape) => Tensor.From(Fixture.Formula(seed, shape.Elements), shape);
}
