using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>
/// The claim of <see cref="Gemm"/>, bit for bit: every output starts from C, the bias or zero and is one chain of fused multiply-adds
/// over k in order. Up to four rows against a transposed B are dot products instead: 16 chains, lane by lane, met in the one fixed tree.
/// </summary>
[Collection(Machine.Name)]
public sealed unsafe class GemmTests
{
    static readonly int[] Sizes = [1, 2, 5, 6, 7, 16, 31, 32, 33, 48, 49, 100, 257, 513, 1100];

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Outputs_AreOneChainOverK(bool transposeA, bool transposeB)
    {
        var random = new Random(41);
        var (products, largest) = Machine.IsSlow ? (60, 150_000L) : (150, 4_000_000L);
        for (var done = 0; done < products;)
        {
            int m = Pick(), n = Pick(), k = random.Next(30) == 0 ? 0 : Pick();
            if ((long)m * n * k > largest) continue;
            AssertChain(new Case(m, n, k, transposeA, transposeB, random.Next(3), 1 + random.Next(12) / 10 * 2, random.Next(2) * 3));
            done++;
        }

        int Pick() => Sizes[random.Next(Sizes.Length)];
    }

    /// <summary>Several blocks of k (512), of rows (48) and of columns (512), whole and ragged, with every start.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Outputs_AreOneChainOverK_AcrossBlocks(bool transposeA, bool transposeB)
    {
        var (m, n, k) = Machine.IsSlow ? (7, 33, 1100) : (100, 1100, 1100);
        foreach (var start in (int[])[0, 1, 2]) AssertChain(new Case(m, n, k, transposeA, transposeB, start, 1, 0));
        if (!Machine.IsSlow) AssertChain(new Case(257, 513, 513, transposeA, transposeB, 1, 1, 5));
    }

    [Fact]
    public void EmptyProducts_GiveTheirStart()
    {
        foreach (var start in (int[])[0, 1, 2])
            foreach (var (m, n, k) in (ReadOnlySpan<(int, int, int)>)[(7, 33, 0), (6, 32, 0), (0, 5, 3), (5, 0, 3)])
                foreach (var transposed in (bool[])[false, true])
                    AssertChain(new Case(m, n, k, transposed, transposed, start, 1, 0));
        AssertChain(new Case(7, 5, 33, true, false, 0, 1, 0));                        // and leave the scratch memory usable
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Bits_AreTheSame_AtEveryWidthAndOnAnyThreads(bool transposeA, bool transposeB)
    {
        foreach (var (m, n, k, batch) in (ReadOnlySpan<(int, int, int, int)>)[(33, 49, 100, 1), (97, 131, 200, 1), (50, 70, 600, 1), (31, 33, 48, 5)])
        {
            if (Machine.IsSlow && m * n * k > 500_000) continue;
            var one = new Case(m, n, k, transposeA, transposeB, 1, batch, 1);
            Machine.AssertSameBits($"{one}", () => [one.Run().Result()]);
        }
    }

    /// <summary>Whether columns of A are read in place or copied into tiles is a matter of the processor's taste, not of the result.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Outputs_AreOneChainOverK_WhereverColumnsAreRead(bool inPlace)
    {
        var old = Simd.ReadsColumnsInPlace;
        Simd.ReadsColumnsInPlace = inPlace;
        try
        {
            foreach (var (m, n, k) in (ReadOnlySpan<(int, int, int)>)[(28, 65, 3), (57, 97, 131), (100, 131, 600), (29, 70, 1)])
                for (var gap = 0; gap < 4; gap += 3)
                    AssertChain(new Case(m, n, k, true, false, gap % 2, 1, gap));
            AssertChain(new Case(64, 512, 33, true, false, 1, 1, 448));                  // columns 2 KB apart
        }
        finally
        {
            Simd.ReadsColumnsInPlace = old;
        }
    }

    /// <summary>Nor is what is prefetched, in products of more than 6 MB.</summary>
    [Fact]
    public void Outputs_AreOneChainOverK_FromFarAway()
    {
        if (Machine.IsSlow) return;
        AssertChain(new Case(1100, 1433, 1, false, false, 0, 1, 0));
        AssertChain(new Case(700, 2000, 5, false, true, 0, 1, 3));
        AssertChain(new Case(40, 20, 30_000, true, false, 0, 1, 0));
    }

    /// <summary>Nor is whether a single pack of columns is computed at 512 bits or in halves.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Outputs_AreOneChainOverK_InHalvesOrNot(bool halves)
    {
        var old = Simd.Halves512;
        Simd.Halves512 = halves;
        try
        {
            foreach (var (m, n, k) in (ReadOnlySpan<(int, int, int)>)[(28, 16, 3), (57, 9, 131), (100, 48, 600), (29, 43, 1)])
                foreach (var transpose in (ReadOnlySpan<bool>)[false, true])
                    AssertChain(new Case(m, n, k, false, transpose, 1, 1, 3));
        }
        finally
        {
            Simd.Halves512 = old;
        }
    }

    static void AssertChain(Case one)
    {
        var got = one.Run().Result();
        Expect.Bits(one.Chain(), got, $"{one}");
    }

    /// <summary>One product or a batch of them, in memory whose rows lie <paramref name="Gap"/> further apart than they must.</summary>
    /// <param name="M">Rows of C.</param>
    /// <param name="N">Columns of C.</param>
    /// <param name="K">Terms of a sum.</param>
    /// <param name="TransposeA">A is stored [k, m].</param>
    /// <param name="TransposeB">B is stored [n, k].</param>
    /// <param name="Start">0: from zero, 1: from the bias, 2: from C.</param>
    /// <param name="Batch">How many.</param>
    /// <param name="Gap">Floats between rows.</param>
    sealed record Case(int M, int N, int K, bool TransposeA, bool TransposeB, int Start, int Batch, int Gap)
    {
        int RowA => (TransposeA ? M : K) + Gap;

        int RowB => (TransposeB ? K : N) + Gap;

        int RowC => N + Gap;

        int SizeA => (TransposeA ? K : M) * RowA;

        int SizeB => (TransposeB ? N : K) * RowB;

        int SizeC => M * RowC;

        Block A { get; } = Block.Random(Math.Max(1, Batch * Math.Max((TransposeA ? K : M) * ((TransposeA ? M : K) + Gap), 1)), 1);

        Block B { get; } = Block.Random(Math.Max(1, Batch * Math.Max((TransposeB ? N : K) * ((TransposeB ? K : N) + Gap), 1)), 2);

        Block Bias { get; } = Block.Random(N, 3);

        internal Block Run()
        {
            var c = Block.Random(Batch * SizeC, 4);
            var product = new Gemm.Product
            {
                M = M, N = N, K = K,
                A = A.Pointer, ARow = TransposeA ? 1 : RowA, AStep = TransposeA ? RowA : 1,
                B = B.Pointer, BRow = RowB, BTransposed = TransposeB,
                C = c.Pointer, CRow = RowC,
                Bias = Start == 1 ? Bias.Pointer : null, Accumulate = Start == 2,
            };
            Gemm.Run(product, new Identity(), Batch, SizeA, SizeB, SizeC);
            return c;
        }

        internal float[] Chain()
        {
            var c = Block.Random(Batch * SizeC, 4).Span.ToArray();
            for (var batch = 0; batch < Batch; batch++)
            {
                Span<float> a = A.Span[(batch * SizeA)..], b = B.Span[(batch * SizeB)..], y = c.AsSpan(batch * SizeC);
                var dots = M <= 4 && K >= 16 && TransposeB && (!TransposeA || RowA == 1);
                if (TransposeB) b = dots ? Rows(b) : Transposed(b);
                var rowB = TransposeB ? N : RowB;
                for (var i = 0; i < M; i++)
                {
                    var row = y.Slice(i * RowC, N);
                    if (Start == 0) row.Clear();
                    if (Start == 1) Bias.Span.CopyTo(row);
                    if (dots)
                    {
                        for (var j = 0; j < N; j++) row[j] += Dot(a.Slice(i * (TransposeA ? 1 : RowA), K), b[(j * K)..], K);
                        continue;
                    }

                    for (var k = 0; k < K; k++)
                    {
                        var x = a[TransposeA ? k * RowA + i : i * RowA + k];
                        var z = b.Slice(k * rowB, N);
                        for (var j = 0; j < row.Length; j++) row[j] = MathF.FusedMultiplyAdd(x, z[j], row[j]);
                    }
                }
            }

            return c;
        }

        float[] Rows(Span<float> b)
        {
            var y = new float[N * K];
            for (var j = 0; j < N; j++) b.Slice(j * RowB, K).CopyTo(y.AsSpan(j * K));
            return y;
        }

        static float Dot(Span<float> a, Span<float> b, int k)
        {
            Span<float> lanes = stackalloc float[16];
            for (var i = 0; i < k; i++) lanes[i % 16] = MathF.FusedMultiplyAdd(a[i], b[i], lanes[i % 16]);
            for (var half = 8; half > 0; half /= 2)
                for (var i = 0; i < half; i++)
                    lanes[i] += lanes[i + half];
            return lanes[0];
        }

        float[] Transposed(Span<float> b)
        {
            var y = new float[K * N];
            for (var k = 0; k < K; k++)
                for (var j = 0; j < N; j++)
                    y[k * N + j] = b[j * RowB + k];
            return y;
        }

        public override string ToString() => $"{M} × {N} × {K}{(TransposeA ? ", Aᵀ" : "")}{(TransposeB ? ", Bᵀ" : "")}, start {Start}, batch {Batch}, gap {Gap}";
    }
}
