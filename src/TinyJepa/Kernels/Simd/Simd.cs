using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace TinyJepa.Kernels;

/// <summary>
/// A loop over pointers, cut into chunks by its shape alone: which thread runs a chunk, and at which lane width, never changes a bit.
/// </summary>
/// <remarks>Chunks write disjoint memory. Pointers stay valid because the caller waits for all chunks.</remarks>
interface IKernel
{
    void Run<V>(int chunk) where V : struct, ILanes<V>;
}

/// <summary>How kernels are compiled.</summary>
static class Kernel
{
    /// <summary>
    /// For methods with a loop over lanes: compiled once, at full strength, as a method of its own. Left to itself the JIT inlines hot
    /// loops into their callers by profile, runs out of inlining budget there and then calls every lane operation: 1.3 × a training step.
    /// </summary>
    internal const MethodImplOptions NoInline = MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization;

    /// <summary>For operations of lanes and parts of loops: always compiled into the method that uses them.</summary>
    internal const MethodImplOptions Inline = MethodImplOptions.AggressiveInlining;
}

/// <summary>The only code that queries the processor's features.</summary>
static class Simd
{
    /// <summary>Bits of the widest realisation in use; tests lower it to 256, 128 or 32 to force the narrower paths.</summary>
    internal static int Limit { get; set; } = 512;

    /// <summary>Whether part of a 512-bit vector can be read and written; a constant to the JIT, like the properties below.</summary>
    internal static bool MasksSixteen
    {
        [MethodImpl(Kernel.Inline)]
        get => Avx512F.IsSupported;
    }

    /// <summary>Whether part of a 256-bit vector can be.</summary>
    internal static bool MasksEight
    {
        [MethodImpl(Kernel.Inline)]
        get => Avx.IsSupported;
    }

    /// <summary>Whether elements of two 128-bit vectors can be shuffled into one.</summary>
    internal static bool ShufflesFour
    {
        [MethodImpl(Kernel.Inline)]
        get => Sse.IsSupported;
    }

    /// <summary>Whether packs are 512 bits wide.</summary>
    internal static bool Is512 => Vector512.IsHardwareAccelerated && Limit >= 512;

    internal static void Run<K>(in K kernel, int chunk) where K : struct, IKernel
    {
        if (Is512) kernel.Run<Lanes512>(chunk);
        else if (Vector256.IsHardwareAccelerated && Limit >= 256) kernel.Run<Lanes256x2>(chunk);
        else if (Vector128.IsHardwareAccelerated && Limit >= 128) kernel.Run<Lanes128x4>(chunk);
        else kernel.Run<LanesScalar>(chunk);
    }

    /// <summary>Whether elements may be moved eight at a time with AVX's shuffles.</summary>
    internal static bool HasAvx => Avx.IsSupported && Limit >= 256;

    /// <summary>Whether elements may be moved four at a time with SSE's shuffles.</summary>
    internal static bool HasSse => Sse.IsSupported && Limit >= 128;

    /// <summary>
    /// Whether columns of a matrix are best read in place. AMD's Zen 4 reads them there faster than a copy can be made (109 against
    /// 104 GFLOP/s, at 12 KB between rows 102 against 83); an Intel Xeon at half the speed of a copy (75 against 157). The bits are the same.
    /// </summary>
    internal static bool ReadsColumnsInPlace { get; set; } = IsAmd();

    /// <summary>
    /// Whether 512-bit instructions run in halves, as on AMD's Zen 4: one pack of columns then does better at 256 bits (115 against 84 GFLOP/s),
    /// elsewhere at half the speed.
    /// </summary>
    internal static bool Halves512 { get; set; } = IsAmd() && !HasWhole512();

    /// <summary>AMD's own flag for a data path of 512 bits; virtual machines hide it, so the server models of family 26 (Zen 5) are listed here.</summary>
    static bool HasWhole512()
    {
        const int extended = unchecked((int)0x80000000), performance = unchecked((int)0x8000001A), whole512 = 1 << 3;
        if ((uint)X86Base.CpuId(extended, 0).Eax >= unchecked((uint)performance) && (X86Base.CpuId(performance, 0).Eax & whole512) != 0) return true;

        var version = X86Base.CpuId(1, 0).Eax;
        int family = (version >> 20 & 0xFF) + (version >> 8 & 0xF), modelUpper = version >> 16 & 0xF;
        return family == 26 && modelUpper <= 1;
    }

    static bool IsAmd()
    {
        const int auth = 0x68747541, enti = 0x69746E65, cAmd = 0x444D4163;                  // "AuthenticAMD"
        return X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, auth, cAmd, enti);
    }

    /// <summary>Prefetches a cache line into the first level; any address is allowed.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static unsafe void PrefetchNear(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch0(address);
    }

    /// <summary>Prefetches a cache line into the second level; any address is allowed.</summary>
    [MethodImpl(Kernel.Inline)]
    internal static unsafe void Prefetch(void* address)
    {
        if (Sse.IsSupported) Sse.Prefetch1(address);
    }

    /// <summary>The realisation in use, for logs and benchmarks.</summary>
    internal static string Name
    {
        get
        {
            var probe = new Probe();
            unsafe
            {
                var name = 0;
                probe.Found = &name;
                Run(probe, 0);
                return name switch { 512 => "512", 256 => "2×256", 128 => "4×128", _ => "scalar" };
            }
        }
    }

    // Operations of the lanes that the portable vectors lack or compile to several instructions. They are integer operations: every path gives the same bits.

    [MethodImpl(Kernel.Inline)]
    internal static Vector512<float> Xor(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Avx512F.IsSupported ? Avx512F.TernaryLogic(a.AsUInt32(), b.AsUInt32(), c.AsUInt32(), 0x96).AsSingle() : a ^ b ^ c;

    [MethodImpl(Kernel.Inline)]
    internal static Vector512<float> MultiplyEven(Vector512<float> a, Vector512<float> b) => Avx512F.IsSupported
        ? Avx512F.Multiply(a.AsUInt32(), b.AsUInt32()).AsSingle()
        : Vector512.Create(MultiplyEven(a.GetLower(), b.GetLower()), MultiplyEven(a.GetUpper(), b.GetUpper()));

    [MethodImpl(Kernel.Inline)]
    internal static Vector256<float> MultiplyEven(Vector256<float> a, Vector256<float> b) => Avx2.IsSupported
        ? Avx2.Multiply(a.AsUInt32(), b.AsUInt32()).AsSingle()
        : Vector256.Create(MultiplyEven(a.GetLower(), b.GetLower()), MultiplyEven(a.GetUpper(), b.GetUpper()));

    [MethodImpl(Kernel.Inline)]
    internal static Vector128<float> MultiplyEven(Vector128<float> a, Vector128<float> b)
    {
        if (Sse2.IsSupported) return Sse2.Multiply(a.AsUInt32(), b.AsUInt32()).AsSingle();
        if (AdvSimd.IsSupported)
            return AdvSimd.MultiplyWideningLower(AdvSimd.ExtractNarrowingLower(a.AsUInt64()), AdvSimd.ExtractNarrowingLower(b.AsUInt64())).AsSingle();
        var low = Vector128.Create((ulong)uint.MaxValue);
        return ((a.AsUInt64() & low) * (b.AsUInt64() & low)).AsSingle();
    }

    [MethodImpl(Kernel.Inline)]
    internal static Vector512<float> JoinLow(Vector512<float> a, Vector512<float> b) => Avx512F.IsSupported
        ? Avx512F.UnpackLow(a.AsUInt64(), b.AsUInt64()).AsSingle()
        : Vector512.Create(JoinLow(a.GetLower(), b.GetLower()), JoinLow(a.GetUpper(), b.GetUpper()));

    [MethodImpl(Kernel.Inline)]
    internal static Vector256<float> JoinLow(Vector256<float> a, Vector256<float> b) => Avx2.IsSupported
        ? Avx2.UnpackLow(a.AsUInt64(), b.AsUInt64()).AsSingle()
        : Vector256.Create(JoinLow(a.GetLower(), b.GetLower()), JoinLow(a.GetUpper(), b.GetUpper()));

    [MethodImpl(Kernel.Inline)]
    internal static Vector128<float> JoinLow(Vector128<float> a, Vector128<float> b) => Vector128.Create(a.GetLower(), b.GetLower());

    [MethodImpl(Kernel.Inline)]
    internal static Vector512<float> JoinHigh(Vector512<float> a, Vector512<float> b) => Avx512F.IsSupported
        ? Avx512F.UnpackHigh(a.AsUInt64(), b.AsUInt64()).AsSingle()
        : Vector512.Create(JoinHigh(a.GetLower(), b.GetLower()), JoinHigh(a.GetUpper(), b.GetUpper()));

    [MethodImpl(Kernel.Inline)]
    internal static Vector256<float> JoinHigh(Vector256<float> a, Vector256<float> b) => Avx2.IsSupported
        ? Avx2.UnpackHigh(a.AsUInt64(), b.AsUInt64()).AsSingle()
        : Vector256.Create(JoinHigh(a.GetLower(), b.GetLower()), JoinHigh(a.GetUpper(), b.GetUpper()));

    [MethodImpl(Kernel.Inline)]
    internal static Vector128<float> JoinHigh(Vector128<float> a, Vector128<float> b) => Vector128.Create(a.GetUpper(), b.GetUpper());

    unsafe struct Probe : IKernel
    {
        internal int* Found;

        public readonly void Run<V>(int chunk) where V : struct, ILanes<V> =>
            *Found = typeof(V) == typeof(Lanes512) ? 512 : typeof(V) == typeof(Lanes256x2) ? 256 : typeof(V) == typeof(Lanes128x4) ? 128 : 32;
    }
}
