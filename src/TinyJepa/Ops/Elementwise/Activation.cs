using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>
/// An elementwise function as a value, for layers that take one. A linear layer applies it while its outputs are still in the cache:
/// <c>x.Linear(weight, bias, Activation.Silu)</c> has the bits of <c>x.Linear(weight, bias).Silu()</c> and is faster.
/// </summary>
/// <example><code>
/// var encoder = new Mlp(p["encoder"], [512, 256, 32], Activation.Relu);
/// var own = Activation.Of(new Cube());             // struct Cube : IUnary
/// </code></example>
public abstract class Activation
{
    Activation()
    {
    }

    /// <summary>y = x: no activation.</summary>
    public static Activation Identity { get; } = new None();

    /// <summary>y = max(x, 0).</summary>
    public static Activation Relu { get; } = Of(new ReluOp.Formula());

    /// <summary>y = x·Φ(x), the exact GELU: PyTorch's default form.</summary>
    public static Activation Gelu { get; } = Of(new GeluOp.Formula());

    /// <summary>The tanh approximation of GELU: PyTorch's <c>approximate="tanh"</c>.</summary>
    public static Activation GeluTanh { get; } = Of(new GeluTanhOp.Formula());

    /// <summary>y = x·σ(x), also called swish.</summary>
    public static Activation Silu { get; } = Of(new SiluOp.Formula());

    /// <summary>y = tanh(x).</summary>
    public static Activation Tanh { get; } = Of(new TanhOp.Formula());

    /// <summary>y = σ(x) = 1/(1 + exp(−x)).</summary>
    public static Activation Sigmoid { get; } = Of(new SigmoidOp.Formula());

    /// <summary>An activation from a formula. Loops are compiled for the formula's type, so make one activation and use it many times.</summary>
    /// <param name="formula">The function and its derivative. Implement <see cref="Export.IExportedUnary"/> too if models are exported to ONNX.</param>
    /// <typeparam name="F">The formula's struct.</typeparam>
    public static Activation Of<F>(F formula) where F : unmanaged, IUnary => new Mapped<F>(formula);

    /// <summary>Applies the activation to every element.</summary>
    /// <param name="x">Any shape.</param>
    /// <returns>A tensor of x's shape; x itself for <see cref="Identity"/>.</returns>
    public abstract Tensor Apply(Tensor x);

    /// <summary>f(x·Wᵀ + bias), see <see cref="LinearOp"/>.</summary>
    internal abstract Tensor Linear(Tensor x, Tensor weight, Tensor? bias);

    sealed class None : Activation
    {
        public override Tensor Apply(Tensor x) => x;

        internal override Tensor Linear(Tensor x, Tensor weight, Tensor? bias) => x.Linear(weight, bias);
    }

    sealed class Mapped<F>(F formula) : Activation where F : unmanaged, IUnary
    {
        public override Tensor Apply(Tensor x) => x.Map(formula);

        internal override Tensor Linear(Tensor x, Tensor weight, Tensor? bias) => LinearOp.Activated(x, weight, bias, formula);
    }
}
