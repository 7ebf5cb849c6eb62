using System.Runtime.CompilerServices;
using TinyJepa.Export;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>y = scale·x + shift for plain floats: the arithmetic of a tensor with a float.</summary>
public static class AffineOp
{
    extension(Tensor x)
    {
        /// <summary>y = scale·x + shift, rounded once.</summary>
        public Tensor Affine(float scale, float shift) => x.Map(new Formula(scale, shift));
    }

    extension(Tensor)
    {
        /// <summary>x + c.</summary>
        public static Tensor operator +(Tensor x, float c) => x.Affine(1f, c);

        /// <summary>c + x.</summary>
        public static Tensor operator +(float c, Tensor x) => x.Affine(1f, c);

        /// <summary>x − c.</summary>
        public static Tensor operator -(Tensor x, float c) => x.Affine(1f, -c);

        /// <summary>c − x.</summary>
        public static Tensor operator -(float c, Tensor x) => x.Affine(-1f, c);

        /// <summary>c·x.</summary>
        public static Tensor operator *(Tensor x, float c) => x.Affine(c, 0f);

        /// <summary>c·x.</summary>
        public static Tensor operator *(float c, Tensor x) => x.Affine(c, 0f);

        /// <summary>−x.</summary>
        public static Tensor operator -(Tensor x) => x.Neg();
    }

    internal readonly struct Formula(float scale, float shift) : IUnary, IExportedUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => V.Fma(x, V.Broadcast(scale), V.Broadcast(shift));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(scale);

        public OnnxValue Export(OnnxValue x) => shift == 0f ? x * scale : scale == 1f ? x + shift : x * scale + shift;
    }
}
