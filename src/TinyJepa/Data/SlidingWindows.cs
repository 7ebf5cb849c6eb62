namespace TinyJepa.Data;

/// <summary>
/// Windows of consecutive rows of a table: window i is rows i, i + 1, … concatenated. Windows are views of the table until a batch of them is
/// copied.
/// </summary>
/// <param name="rows">[count, width], for example all frames of all episodes, one after another.</param>
/// <param name="length">Rows per window.</param>
public sealed class SlidingWindows(Tensor rows, int length)
{
    readonly int _width = rows.Shape.Rank == 2 ? rows.Shape[1]
        : throw new ArgumentException($"Windows are cut from a table [count, width], not {rows.Shape}.", nameof(rows));

    readonly int _length = length >= 1 && length <= rows.Shape[0] ? length
        : throw new ArgumentOutOfRangeException(nameof(length), length, $"A window over {rows.Shape[0]} rows must have 1 to {rows.Shape[0]} rows.");

    /// <summary>The number of windows, overlapping ones included.</summary>
    public int Count => rows.Shape[0] - _length + 1;

    /// <summary>Copies windows into a batch.</summary>
    /// <param name="starts">The first row of every window.</param>
    /// <returns>[starts, length·width]</returns>
    /// <exception cref="ArgumentOutOfRangeException">A window would leave the table.</exception>
    public Tensor Take(ReadOnlySpan<int> starts)
    {
        foreach (var start in starts)
            if ((uint)start >= (uint)Count)
                throw new ArgumentOutOfRangeException(nameof(starts), start, $"There are {Count} windows; none begins at row {start}.");
        var y = Tensor.Empty([starts.Length, _length * _width], rows.Backend);
        rows.Backend.Gather(rows, starts, _width, _length * _width, y);
        return y;
    }
}
