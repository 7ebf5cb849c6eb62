using TinyJepa.Kernels;

namespace TinyJepa.Bench.Suites;

/// <summary>Our own scalar reference.</summary>
static class Narrowed
{
    /// <summary>Does the work on lanes of plain floats.</summary>
    internal static void Run(Action work)
    {
        var before = Simd.Limit;
        Simd.Limit = 32;
        work();
        Simd.Limit = before;
    }
}
