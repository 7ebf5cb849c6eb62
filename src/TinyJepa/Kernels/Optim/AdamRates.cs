namespace TinyJepa.Kernels;

/// <summary>The constants of one step of Adam with decoupled weight decay.</summary>
/// <param name="Mean">1 − β₁</param>
/// <param name="Square">1 − β₂</param>
/// <param name="Beta2">β₂</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="Step">lr/(1 − β₁ᵗ)</param>
/// <param name="Correction">1/√(1 − β₂ᵗ)</param>
/// <param name="Decay">1 − lr·λ</param>
public readonly record struct AdamRates(float Mean, float Square, float Beta2, float Epsilon, float Step, float Correction, float Decay);
