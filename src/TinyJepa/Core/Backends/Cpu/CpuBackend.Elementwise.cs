using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>Each output from the inputs at the same place.</summary>
sealed unsafe partial class CpuBackend
{
    public override void Add(Tensor x, float scale, Tensor y, bool accumulate)
    {
        using var at = new Operands();
        var n = y.Length;
        Cores.Run(new Elementwise.Add(at[x], scale, at[y], accumulate, n), Elementwise.Chunks(n));
    }

    public override void AddScaled(Tensor x, Tensor scale, Tensor y, bool accumulate)
    {
        using var at = new Operands();
        var n = y.Length;
        Cores.Run(new Elementwise.Add(at[x], *at[scale], at[y], accumulate, n), Elementwise.Chunks(n));
    }

    public override void Lerp(Tensor x, float rate, Tensor y)
    {
        using var at = new Operands();
        var n = y.Length;
        Cores.Complete(new Elementwise.Lerp(at[x], rate, at[y], n), Elementwise.Chunks(n));
    }

    public override void Map<F>(F f, Tensor x, Tensor y)
    {
        using var at = new Operands();
        var n = y.Length;
        Cores.Run(new Elementwise.Map<F>(f, at[x], at[y], n), Elementwise.Chunks(n));
    }

    public override void MapBackward<F>(F f, Tensor x, Tensor y, Tensor dy, GradientTarget dx)
    {
        using var at = new Operands();
        var n = y.Length;
        Cores.Run(new Elementwise.MapBackward<F>(f, at[x], at[y], at[dy], at[dx.Tensor], dx.Accumulate, n), Elementwise.Chunks(n));
    }

    public override void Zip<F>(F f, Tensor a, Tensor b, Tensor y)
    {
        using var at = new Operands();
        var n = y.Length;
        using var repeated = new Repeated(at[b], b.Length, n);
        Cores.Run(new Elementwise.Zip<F>(f, at[a], repeated.Start, repeated.Period, at[y], n), Elementwise.Chunks(n));
    }

    public override void ZipBackward<F>(F f, bool ofB, Tensor a, Tensor b, Tensor y, Tensor dy, GradientTarget d)
    {
        using var at = new Operands();
        var n = y.Length;
        using var repeated = new Repeated(at[b], b.Length, n);
        var kernel = new Elementwise.ZipBackward<F>(
            f, ofB, at[a], repeated.Start, repeated.Period, at[y], at[dy], at[d.Tensor], d.Accumulate, n);
        Cores.Run(kernel, Elementwise.Chunks(n));
    }

    public override void FillUniform(Tensor y, ulong key, long position, float low, float high) => Rng.FillUniform(key, position, Span(y), low, high);

    public override void FillNormal(Tensor y, ulong key, long position, float mean, float std) => Rng.FillNormal(key, position, Span(y), mean, std);

    /// <summary>A right operand that repeats, laid out to a useful length while a kernel runs.</summary>
    readonly ref struct Repeated
    {
        readonly Scratch.Block _block;

        internal Repeated(float* b, int period, int n)
        {
            var length = Elementwise.TileLength(period, n);
            Start = b;
            Period = period;
            if (length == 0) return;
            _block = new Scratch.Block(length);
            Start = _block.Pointer;
            Period = length;
            Elementwise.Tile(b, period, Start, length);
        }

        internal float* Start { get; }

        internal int Period { get; }

        public void Dispose() => _block.Dispose();
    }
}
