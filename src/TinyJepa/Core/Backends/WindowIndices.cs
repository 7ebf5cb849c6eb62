namespace TinyJepa;

/// <summary>Which pixels the windows of a convolution or pooling read, as row numbers for <see cref="Backend.Gather"/>.</summary>
sealed class WindowIndices
{
    /// <param name="x">[batch, height, width, channels]</param>
    /// <param name="kernel">Pixels of a window.</param>
    /// <param name="stride">Pixels from window to window.</param>
    /// <param name="padding">Zero rows and columns around the image.</param>
    /// <param name="y">[batch, outHeight, outWidth, …]</param>
    internal WindowIndices(in Shape x, (int Height, int Width) kernel, (int Height, int Width) stride, (int Height, int Width) padding, in Shape y)
    {
        (Count, Taps, Outside) = (y[0] * y[1] * y[2], kernel.Height * kernel.Width, x[0] * x[1] * x[2]);
        Pixels = new int[checked(Count * Taps)];
        var next = 0;
        for (var window = 0; window < Count; window++)
        {
            int column = window % y[2], row = window / y[2] % y[1], image = window / y[2] / y[1];
            for (var tap = 0; tap < Taps; tap++)
            {
                int i = row * stride.Height + tap / kernel.Width - padding.Height, j = column * stride.Width + tap % kernel.Width - padding.Width;
                var inside = (uint)i < (uint)x[1] && (uint)j < (uint)x[2];
                Pixels[next++] = inside ? (image * x[1] + i) * x[2] + j : Outside;
            }
        }
    }

    /// <summary>How many windows.</summary>
    internal int Count { get; }

    /// <summary>Pixels of a window.</summary>
    internal int Taps { get; }

    /// <summary>Pixels of all images, and so the number of the one behind them: what a tap outside an image reads.</summary>
    internal int Outside { get; }

    /// <summary>[windows, taps]</summary>
    internal int[] Pixels { get; }
}
