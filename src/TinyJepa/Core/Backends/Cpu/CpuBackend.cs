using System.Numerics.Tensors;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>
/// The processor: kernels over addresses, cut into chunks by shape and run on several threads. One file a family; every primitive gets its
/// addresses from an <see cref="Operands"/>.
/// </summary>
sealed unsafe partial class CpuBackend : Backend
{
    public override string Name => "the processor";

    public override Storage Allocate(int length) => new CpuStorage(this, length);

    public override Span<float> Span(Tensor x) => StorageOf<CpuStorage>(x, out var offset).Span(offset, x.Length);

    public override void Upload(ReadOnlySpan<float> values, Tensor y) => values.CopyTo(Span(y));

    public override void Upload(ReadOnlySpan<byte> values, Tensor y) => TensorPrimitives.ConvertTruncating(values, Span(y));

    public override void Download(Tensor x, Span<float> values) => Span(x).CopyTo(values);

    public override void Copy(Tensor x, Tensor y) => Span(x).CopyTo(Span(y));

    public override void Fill(Tensor y, float value) => Span(y).Fill(value);
}
