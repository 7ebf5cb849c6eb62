using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>The collection of all tests that change how wide the lanes are or how many threads work: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Machine
{
    internal const string Name = "machine";

    /// <summary>Without the instruction a fused multiply-add is a library call a hundred times slower; big sizes shrink then.</summary>
    internal static bool IsSlow => !Fma.IsSupported && !AdvSimd.IsSupported;

    /// <summary>The lane widths that differ on this processor, widest first.</summary>
    internal static int[] Widths { get; } =
    [
        .. Vector512.IsHardwareAccelerated ? [512] : Array.Empty<int>(),
        .. Vector256.IsHardwareAccelerated ? [256] : Array.Empty<int>(),
        .. Vector128.IsHardwareAccelerated ? [128] : Array.Empty<int>(),
        32,
    ];

    /// <summary>Runs at one width and number of threads.</summary>
    internal static T With<T>(int width, int threads, Func<T> run)
    {
        var (oldWidth, oldThreads) = (Simd.Limit, Threads.Limit);
        (Simd.Limit, Threads.Limit) = (width, threads);
        try
        {
            return run();
        }
        finally
        {
            (Simd.Limit, Threads.Limit) = (oldWidth, oldThreads);
        }
    }

    /// <summary>Asserts that every width, and 2 and 4 threads, give the bits that the widest gives on one thread.</summary>
    internal static void AssertSameBits(string what, Func<float[][]> run)
    {
        var expected = With(Widths[0], 1, run);
        foreach (var width in Widths[1..]) Compare(width, 1);
        foreach (var threads in (int[])[2, 4]) Compare(Widths[0], threads);

        void Compare(int width, int threads)
        {
            var got = With(width, threads, run);
            for (var i = 0; i < expected.Length; i++)
                Expect.Bits(expected[i], got[i], $"{what}, array {i}, {width} bits on {threads} threads");
        }
    }
}
