using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// Rectangles that slide over images of [height, width, channels], zero outside the image. A row of a rectangle is one contiguous segment of the
/// image, so horizontal sizes are counted in floats and the channels need no loop of their own.
/// </summary>
unsafe struct Windows
{
    /// <summary>Floats that a copy may write past the end of a window.</summary>
    internal const int Overrun = 16;

    internal float* Image, End;                          // the first image, and the end of the last
    internal int Height, RowFloats;                      // of an image
    internal int Rows, Columns;                          // how many windows down and across an image
    internal int StepY, StepX;                           // between neighbouring windows
    internal int FirstY, FirstX;                         // the corner of the first window; negative with padding
    internal int Taps, TapFloats;                        // rows of a window and floats in each

    internal readonly int Depth => Taps * TapFloats;

    /// <summary>Whether the windows are the rows of a matrix as they lie, one after the other through all images: nothing needs copying.</summary>
    internal readonly bool AreRows => Taps == 1 && FirstY == 0 && FirstX == 0
        && StepY == 1 && Rows == Height && TapFloats <= StepX && (long)StepX * Columns == RowFloats;

    /// <summary>Where the row of a copied window begins: not a multiple of 512 bytes apart, because such rows compete for few sets of the cache.</summary>
    internal static int Distance(int floats)
    {
        var distance = IntegerMath.RoundUp(floats + Overrun, 16);
        return distance % 128 == 0 ? distance + 16 : distance;
    }

    /// <summary>Copies the elements <paramref name="from"/> to <paramref name="to"/> of some windows, each to a row of the target.</summary>
    /// <param name="position">The first window, counted through all images.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">The first element of each window.</param>
    /// <param name="to">The end of the elements.</param>
    /// <param name="target">Rows with room for <see cref="Overrun"/> more floats.</param>
    /// <param name="targetRow">The distance of its rows.</param>
    [MethodImpl(Kernel.NoInline)]
    internal readonly void Copy<V>(int position, int count, int from, int to, float* target, int targetRow) where V : struct, ILanes<V>
    {
        if (to == from) return;
        int column = position % Columns, row = position / Columns % Rows;
        var image = Image + (long)(position / Columns / Rows) * Height * RowFloats;
        // Columns whose windows lie inside the image from left to right.
        var inside = FirstX >= 0 ? 0 : (StepX - 1 - FirstX) / StepX;
        var outside = RowFloats < TapFloats + FirstX ? 0 : Math.Min(Columns, (RowFloats - TapFloats - FirstX) / StepX + 1);
        var whole = from == 0 && to == Depth;
        while (count > 0)
        {
            var y = FirstY + row * StepY;
            var source = image + (long)y * RowFloats + FirstX + column * StepX;
            var run = 0;
            if (whole && column >= inside && column < outside && y >= 0 && y + Taps <= Height)
            {
                run = Math.Min(count, outside - column);
                if (source + (long)(Taps - 1) * RowFloats + (run - 1) * StepX + TapFloats + Overrun > End) run = 0;
            }

            if (run > 0)
            {
                Inside<V>(source, run, target, targetRow);
            }
            else
            {
                run = 1;
                One<V>(image, y, FirstX + column * StepX, from, to, target);
            }

            count -= run;
            target += (long)run * targetRow;
            if ((column += run) < Columns) continue;
            column = 0;
            if (++row < Rows) continue;
            row = 0;
            image += (long)Height * RowFloats;
        }
    }

    /// <summary>
    /// Copies the image's rows under some rows of windows, from the first window's left edge to the last one's right edge, with zeros outside the image.
    /// </summary>
    /// <param name="image">Which image.</param>
    /// <param name="row">The first row of windows.</param>
    /// <param name="count">How many.</param>
    /// <param name="target">Rows with room for <see cref="Overrun"/> more floats.</param>
    /// <param name="targetRow">The distance of its rows.</param>
    [MethodImpl(Kernel.NoInline)]
    internal readonly void CopyRows<V>(int image, int row, int count, float* target, int targetRow) where V : struct, ILanes<V>
    {
        var first = Image + (long)image * Height * RowFloats;
        var length = (Columns - 1) * StepX + TapFloats;
        int y = FirstY + row * StepY, end = y + (count - 1) * StepY + Taps;
        for (; y < end; y++, target += targetRow)
        {
            if ((uint)y < (uint)Height) Clipped<V>(first + (long)y * RowFloats, FirstX, length, target);
            else Clear<V>(target, length);
        }
    }

    /// <summary>Neighbouring windows inside the image, with room after them: whole packs, row by row of the windows.</summary>
    [MethodImpl(Kernel.Inline)]
    readonly void Inside<V>(float* source, int run, float* target, int targetRow) where V : struct, ILanes<V>
    {
        for (var tap = 0; tap < Taps; tap++, source += RowFloats, target += TapFloats)
        {
            float* s = source, t = target;
            if (TapFloats <= 16)
            {
                for (var i = 0; i < run; i++, s += StepX, t += targetRow) V.Store(V.Load(s), t);
            }
            else
            {
                for (var i = 0; i < run; i++, s += StepX, t += targetRow)
                    for (var at = 0; at < TapFloats; at += 16)
                        V.Store(V.Load(s + at), t + at);
            }
        }
    }

    /// <summary>Any window, or part of one.</summary>
    [MethodImpl(Kernel.Inline)]
    readonly void One<V>(float* image, int y, int x, int from, int to, float* target) where V : struct, ILanes<V>
    {
        int tap = from / TapFloats, skip = from - tap * TapFloats;
        for (var at = from; at < to; tap++, skip = 0)
        {
            var length = Math.Min(TapFloats - skip, to - at);
            if ((uint)(y + tap) < (uint)Height) Clipped<V>(image + (long)(y + tap) * RowFloats, x + skip, length, target);
            else Clear<V>(target, length);
            at += length;
            target += length;
        }
    }

    /// <summary>A segment of an image's row, zero outside. Whole packs are written left to right: each overwrites what the last wrote past its end.</summary>
    [MethodImpl(Kernel.Inline)]
    readonly void Clipped<V>(float* row, int x, int length, float* target) where V : struct, ILanes<V>
    {
        int low = Math.Clamp(-x, 0, length), high = Math.Clamp(RowFloats - x, low, length);
        Clear<V>(target, low);
        var source = row + x;
        if (source + high + Overrun <= End)
        {
            for (var i = low; i < high; i += 16) V.Store(V.Load(source + i), target + i);
        }
        else
        {
            for (var i = low; i < high; i++) target[i] = source[i];
        }

        Clear<V>(target + high, length - high);
    }

    [MethodImpl(Kernel.Inline)]
    static void Clear<V>(float* target, int length) where V : struct, ILanes<V>
    {
        for (var i = 0; i < length; i += 16) V.Store(V.Broadcast(0f), target + i);
    }
}
