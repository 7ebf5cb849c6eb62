using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace TinyJepa.Kernels;

/// <summary>Columns become rows. Elements are only moved, so the bits are the same whatever instructions a machine uses.</summary>
static unsafe class Transpose
{
    /// <summary>target[k·targetRow + j] = source[j·sourceRow + k] for j &lt; rows and k &lt; columns.</summary>
    internal static void Run(float* source, nint sourceRow, int rows, int columns, float* target, nint targetRow)
    {
        // In strips of the source's columns whose part of the target stays in the first-level cache while all rows pass.
        const int strip = 64;
        for (var k = 0; k < columns; k += strip)
        {
            // A row continues for a few lines only, too few for the hardware's prefetcher: the next strip is prefetched while this one is moved.
            if (k + strip < columns)
                for (var j = 0; j < rows; j++)
                    for (var line = 0; line < strip; line += 16)
                        Simd.Prefetch(source + j * sourceRow + k + strip + line);
            Strip(source + k, sourceRow, rows, Math.Min(strip, columns - k), target + k * targetRow, targetRow);
        }
    }

    static void Strip(float* source, nint sourceRow, int rows, int columns, float* target, nint targetRow)
    {
        var j = 0;
        for (; j + 8 <= rows; j += 8)
        {
            var k = Simd.HasAvx ? Eights(source + j * sourceRow, sourceRow, columns, target + j, targetRow) : 0;
            if (Simd.HasSse && columns - k >= 4)
            {
                FourRows(source + j * sourceRow + k, sourceRow, columns - k, target + j + k * targetRow, targetRow);
                k += FourRows(source + (j + 4) * sourceRow + k, sourceRow, columns - k, target + j + 4 + k * targetRow, targetRow);
            }

            for (; k < columns; k++)
                for (var i = j; i < j + 8; i++)
                    target[k * targetRow + i] = source[i * sourceRow + k];
        }

        if (j + 4 <= rows && Simd.HasSse)
        {
            var k = FourRows(source + j * sourceRow, sourceRow, columns, target + j, targetRow);
            for (; k < columns; k++)
                for (var i = j; i < j + 4; i++)
                    target[k * targetRow + i] = source[i * sourceRow + k];
            j += 4;
        }

        for (; j < rows; j++)
            for (var k = 0; k < columns; k++)
                target[k * targetRow + j] = source[j * sourceRow + k];
    }

    /// <summary>Squares of eight: halves of rows are joined while they are loaded, then shuffled in two rounds. Returns the columns done.</summary>
    [MethodImpl(Kernel.NoInline)]
    static int Eights(float* source, nint row, int columns, float* target, nint targetRow)
    {
        var k = 0;
        for (; k + 8 <= columns; k += 8)
        {
            var s = source + k;
            Vector256<float> a0 = Halves(s, row), a1 = Halves(s + row, row), a2 = Halves(s + 2 * row, row), a3 = Halves(s + 3 * row, row);
            Vector256<float> b0 = Halves(s + 4, row), b1 = Halves(s + row + 4, row), b2 = Halves(s + 2 * row + 4, row), b3 = Halves(s + 3 * row + 4, row);
            var t = target + k * targetRow;
            Store4x4(a0, a1, a2, a3, t, targetRow);
            Store4x4(b0, b1, b2, b3, t + 4 * targetRow, targetRow);
        }

        return k;
    }

    /// <summary>Squares of four, for what the squares of eight leave over. Returns the columns done.</summary>
    [MethodImpl(Kernel.NoInline)]
    static int FourRows(float* source, nint row, int columns, float* target, nint targetRow)
    {
        var k = 0;
        for (; k + 4 <= columns; k += 4)
        {
            var s = source + k;
            Vector128<float> r0 = Vector128.Load(s), r1 = Vector128.Load(s + row), r2 = Vector128.Load(s + 2 * row), r3 = Vector128.Load(s + 3 * row);
            Vector128<float> low01 = Sse.UnpackLow(r0, r1), high01 = Sse.UnpackHigh(r0, r1), low23 = Sse.UnpackLow(r2, r3), high23 = Sse.UnpackHigh(r2, r3);
            var t = target + k * targetRow;
            Sse.MoveLowToHigh(low01, low23).Store(t);
            Sse.MoveHighToLow(low23, low01).Store(t + targetRow);
            Sse.MoveLowToHigh(high01, high23).Store(t + 2 * targetRow);
            Sse.MoveHighToLow(high23, high01).Store(t + 3 * targetRow);
        }

        return k;
    }

    /// <summary>Four floats of a row in the lower half, four of the row four further down in the upper half.</summary>
    [MethodImpl(Kernel.Inline)]
    static Vector256<float> Halves(float* s, nint row) => Avx.InsertVector128(Vector128.Load(s).ToVector256Unsafe(), Vector128.Load(s + 4 * row), 1);

    [MethodImpl(Kernel.Inline)]
    static void Store4x4(Vector256<float> r0, Vector256<float> r1, Vector256<float> r2, Vector256<float> r3, float* t, nint targetRow)
    {
        Vector256<float> low01 = Avx.UnpackLow(r0, r1), high01 = Avx.UnpackHigh(r0, r1), low23 = Avx.UnpackLow(r2, r3), high23 = Avx.UnpackHigh(r2, r3);
        Avx.Shuffle(low01, low23, 0x44).Store(t);
        Avx.Shuffle(low01, low23, 0xEE).Store(t + targetRow);
        Avx.Shuffle(high01, high23, 0x44).Store(t + 2 * targetRow);
        Avx.Shuffle(high01, high23, 0xEE).Store(t + 3 * targetRow);
    }
}
