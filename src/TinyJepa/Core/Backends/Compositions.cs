using System.Runtime.CompilerServices;
using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>
/// The formulas that backends compose their fused primitives of. They have no derivatives: the gradient of a fused primitive is a primitive of
/// its own.
/// </summary>
static class Compositions
{
    /// <summary>a·b</summary>
    internal readonly struct Product : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a * b;
    }

    /// <summary>a + b</summary>
    internal readonly struct Sum : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a + b;
    }

    /// <summary>a − b</summary>
    internal readonly struct Difference : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a - b;
    }

    /// <summary>a + rate·(b − a)</summary>
    internal readonly struct Lerp(float rate) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => V.Fma(V.Broadcast(rate), b - a, a);
    }

    /// <summary>1/√(x + ε)</summary>
    internal readonly struct InverseStd(float epsilon) : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => V.Broadcast(1f) / V.Sqrt(x + V.Broadcast(epsilon));
    }

    /// <summary>1/√x, and 0 for 0.</summary>
    internal readonly struct InverseLength : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> =>
            V.SelectLess(V.Broadcast(0f), x, V.Broadcast(1f) / V.Sqrt(x), V.Broadcast(0f));
    }

    /// <summary>√x</summary>
    internal readonly struct Root : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V> => V.Sqrt(x);
    }

    /// <summary>cos(scale·x) or sin(scale·x)</summary>
    internal readonly struct Wave(float scale, bool sine) : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V x) where V : struct, IFloats<V>
        {
            Functions.SinCos(x * V.Broadcast(scale), out var sin, out var cos);
            return sine ? sin : cos;
        }
    }

    /// <summary>min(1, most/(norm + 1e-6)): what a gradient of that norm is multiplied by when it is clipped.</summary>
    internal readonly struct ClipFactor(float most) : IUnaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V norm) where V : struct, IFloats<V> => V.Min(V.Broadcast(1f), V.Broadcast(most) / (norm + V.Broadcast(1e-6f)));
    }

    /// <summary>β₂·v + (1 − β₂)·g²: Adam's second moment.</summary>
    internal readonly struct AdamSquare(AdamRates rates) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V v, V g) where V : struct, IFloats<V> => V.Fma(V.Broadcast(rates.Square) * g, g, V.Broadcast(rates.Beta2) * v);
    }

    /// <summary>m/(√v·correction + ε): Adam's direction.</summary>
    internal readonly struct AdamDirection(AdamRates rates) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V m, V v) where V : struct, IFloats<V> =>
            m / V.Fma(V.Sqrt(v), V.Broadcast(rates.Correction), V.Broadcast(rates.Epsilon));
    }

    /// <summary>decay·w − step·d: Adam's step along a direction.</summary>
    internal readonly struct AdamMove(AdamRates rates) : IBinaryFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public V Value<V>(V w, V d) where V : struct, IFloats<V> => V.Fma(V.Broadcast(-rates.Step), d, w * V.Broadcast(rates.Decay));
    }
}
