using TinyJepa.Kernels;

namespace TinyJepa.Tests;

[Collection(Machine.Name)]
public sealed unsafe class TransposeTests
{
    [Fact]
    public void Columns_BecomeRows_AtEverySizeAndWidth()
    {
        foreach (var width in (int[])[512, 128, 32])
        {
            var old = Simd.Limit;
            Simd.Limit = width;
            try
            {
                foreach (var rows in (int[])[1, 3, 4, 5, 7, 8, 12, 13, 16, 31, 33])
                    foreach (var columns in (int[])[1, 3, 4, 7, 8, 9, 64, 65, 131])
                        AssertTransposed(rows, columns, columns + 3, rows + 2);
            }
            finally
            {
                Simd.Limit = old;
            }
        }
    }

    static void AssertTransposed(int rows, int columns, int sourceRow, int targetRow)
    {
        var source = Enumerable.Range(0, rows * sourceRow).Select(i => (float)i).ToArray();
        var target = Enumerable.Repeat(-1f, columns * targetRow).ToArray();
        fixed (float* s = source, t = target) Transpose.Run(s, sourceRow, rows, columns, t, targetRow);
        for (var k = 0; k < columns; k++)
            for (var j = 0; j < targetRow; j++)
                Assert.Equal(j < rows ? source[j * sourceRow + k] : -1f, target[k * targetRow + j]);
    }
}
