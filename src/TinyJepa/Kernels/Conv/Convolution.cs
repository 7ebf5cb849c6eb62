namespace TinyJepa.Kernels;

/// <summary>
/// The sizes of a two-dimensional convolution: images [batch, height, width, channels], weights [outputs, channels, kernelHeight, kernelWidth].
/// </summary>
/// <remarks>
/// All products are matrix products over windows (<see cref="Windows"/>), without an im2col matrix or a padded image. A few rows of the image are
/// copied at a time with their padding, and the overlapping windows are read there (<see cref="StripProduct"/>). With short rows, or windows that do
/// not overlap, a few windows are copied next to each other instead (<see cref="WindowProduct"/>).
/// </remarks>
readonly struct Convolution
{
    internal int Batch { get; init; }

    internal int Height { get; init; }

    internal int Width { get; init; }

    internal int Channels { get; init; }

    internal int Outputs { get; init; }

    internal int KernelHeight { get; init; }

    internal int KernelWidth { get; init; }

    internal int StrideY { get; init; }

    internal int StrideX { get; init; }

    internal int PaddingY { get; init; }

    internal int PaddingX { get; init; }

    internal int OutHeight => (Height + 2 * PaddingY - KernelHeight) / StrideY + 1;

    internal int OutWidth => (Width + 2 * PaddingX - KernelWidth) / StrideX + 1;

    /// <summary>Rows of the matrix product: windows in all images.</summary>
    internal int Positions => Batch * OutHeight * OutWidth;

    internal int Taps => KernelHeight * KernelWidth;

    /// <summary>Terms of one output: the elements of a window.</summary>
    internal int Depth => Taps * Channels;

    /// <summary>The windows of the images, one for each output position.</summary>
    internal unsafe Windows Windows(float* x) => new()
    {
        Image = x, End = x + (long)Batch * Height * Width * Channels,
        Height = Height, RowFloats = Width * Channels,
        Rows = OutHeight, Columns = OutWidth,
        StepY = StrideY, StepX = StrideX * Channels,
        FirstY = -PaddingY, FirstX = -PaddingX * Channels,
        Taps = KernelHeight, TapFloats = KernelWidth * Channels,
    };
}
