using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>
/// One step of Adam (Kingma &amp; Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov &amp; Hutter 2019, algorithm 2), in one pass
/// over the flat block of all parameters.
/// </summary>
readonly unsafe struct AdamStep(float* weight, float* gradient, float* m, float* v, AdamStep.Rates r, int n) : IKernel
{
    /// <summary>The constants of one step.</summary>
    /// <param name="Mean">1 − β₁</param>
    /// <param name="Square">1 − β₂</param>
    /// <param name="Beta2">β₂</param>
    /// <param name="Epsilon">ε</param>
    /// <param name="Step">lr/(1 − β₁ᵗ)</param>
    /// <param name="Correction">1/√(1 − β₂ᵗ)</param>
    /// <param name="Decay">1 − lr·λ</param>
    /// <param name="GradientScale">What multiplies the gradient first.</param>
    internal readonly record struct Rates(
        float Mean, float Square, float Beta2, float Epsilon, float Step, float Correction, float Decay, float GradientScale);

    [MethodImpl(Kernel.NoInline)]
    public void Run<V>(int chunk) where V : struct, ILanes<V>
    {
        var (i, end) = (chunk * Elementwise.Chunk, Math.Min(n, (chunk + 1) * Elementwise.Chunk));
        var (beta1, beta2, epsilon) = (V.Broadcast(r.Mean), V.Broadcast(r.Beta2), V.Broadcast(r.Epsilon));
        var (rest2, step, correction) = (V.Broadcast(r.Square), V.Broadcast(-r.Step), V.Broadcast(r.Correction));
        var (decay, scale) = (V.Broadcast(r.Decay), V.Broadcast(r.GradientScale));
        for (; i + 16 <= end; i += 16)
        {
            var g = V.Load(gradient + i) * scale;
            var mean = V.Load(m + i);
            mean = V.Fma(beta1, g - mean, mean);
            var square = V.Fma(rest2 * g, g, beta2 * V.Load(v + i));
            V.Store(mean, m + i);
            V.Store(square, v + i);
            var divisor = V.Fma(V.Sqrt(square), correction, epsilon);
            V.Store(V.Fma(step, mean / divisor, V.Load(weight + i) * decay), weight + i);
        }

        for (; i < end; i++)
        {
            var g = gradient[i] * r.GradientScale;
            m[i] = MathF.FusedMultiplyAdd(r.Mean, g - m[i], m[i]);
            v[i] = MathF.FusedMultiplyAdd(r.Square * g, g, r.Beta2 * v[i]);
            var divisor = MathF.FusedMultiplyAdd(MathF.Sqrt(v[i]), r.Correction, r.Epsilon);
            weight[i] = MathF.FusedMultiplyAdd(-r.Step, m[i] / divisor, weight[i] * r.Decay);
        }
    }
}
