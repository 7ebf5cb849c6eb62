using TinyJepa.Kernels;
using TinyJepa.Nn;

namespace TinyJepa.Tests;

public sealed class ActivationTests
{
    static readonly (string Name, Activation Activation, Func<Tensor, Tensor> Op)[] s_all =
    [
        ("Identity", Activation.Identity, x => x),
        ("Relu", Activation.Relu, x => x.Relu()),
        ("Gelu", Activation.Gelu, x => x.Gelu()),
        ("GeluTanh", Activation.GeluTanh, x => x.GeluTanh()),
        ("Silu", Activation.Silu, x => x.Silu()),
        ("Tanh", Activation.Tanh, x => x.Tanh()),
        ("Sigmoid", Activation.Sigmoid, x => x.Sigmoid()),
        ("a formula of the caller", Activation.Of(new Scaled(3f)), x => x.Map(new Scaled(3f))),
    ];

    public static TheoryData<string> Names => [.. s_all.Select(each => each.Name)];

    [Fact]
    public void EveryActivation_IsTested() =>
        Assert.Equal(typeof(Activation).GetProperties().Select(property => property.Name).Order(), s_all[..^1].Select(each => each.Name).Order());

    /// <summary>Alone, and inside a linear layer, an activation has the bits of the operation after the layer; so have all gradients.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Activation_HasTheBitsOfTheOperation_AloneAndInALinearLayer(string name)
    {
        var (_, activation, op) = s_all.Single(each => each.Name == name);
        var expected = Train((x, w, b) => op(x.Linear(w, b)));
        Compare(expected, Train((x, w, b) => activation.Apply(x.Linear(w, b))));
        Compare(expected, Train((x, w, b) => x.Linear(w, b, activation)));

        void Compare(float[][] expected, float[][] got)
        {
            for (var i = 0; i < expected.Length; i++) Expect.Bits(expected[i], got[i], $"{name}, array {i}");
        }
    }

    [Fact]
    public void Layers_ApplyTheActivationTheyAreGiven()
    {
        using var scope = Scope.Begin();
        var x = Random([2, 5, 12], 1);
        Parameters p = new(seed: 1), q = new(seed: 1);
        var block = new TransformerBlock(p, 12, 3, 20, activation: Activation.Identity);
        _ = new TransformerBlock(q, 12, 3, 20);
        var attended = x + Attention(x);
        var hidden = Norm("layernorm_after").Forward(attended).Linear(q.Entry("intermediate.dense.weight").Value, q.Entry("intermediate.dense.bias").Value);
        Expect.Bits(hidden.LinearAdd(q.Entry("output.dense.weight").Value, q.Entry("output.dense.bias").Value, attended).ToArray(), block.Forward(x).ToArray(), "transformer block");

        var network = new FeedForward(new Parameters(seed: 2), 12, 20, activation: Activation.Tanh);
        var alike = new FeedForward(new Parameters(seed: 2), 12, 20, activation: Activation.Of(new TanhOp.Formula()));
        var other = new FeedForward(new Parameters(seed: 2), 12, 20);
        Expect.Bits(alike.Forward(x).ToArray(), network.Forward(x).ToArray(), "feed-forward network");
        Assert.NotEqual(other.Forward(x).ToArray(), network.Forward(x).ToArray());

        var vit = new Vit(new Parameters(seed: 3), s_vit with { Activation = Activation.GeluTanh });
        var exact = new Vit(new Parameters(seed: 3), s_vit);
        var images = Random([2, 8, 8, 3], 2);
        Expect.Near([.. exact.Forward(images).ToArray().Select(value => (double)value)], vit.Forward(images).ToArray(), _ => 1e-3, "vision transformer");
        Assert.NotEqual(exact.Forward(images).ToArray(), vit.Forward(images).ToArray());

        Tensor Attention(Tensor x) => new MultiHeadAttention(new Parameters(seed: 1)["attention"], 12, 3).Forward(Norm("layernorm_before").Forward(x));

        LayerNorm Norm(string name) => new(new Parameters()[name], 12, 1e-12f);
    }

    static readonly VitConfig s_vit = new() { ImageSize = 8, PatchSize = 4, Dim = 12, Depth = 2, Heads = 3, MlpDim = 20 };

    /// <summary>The result and the gradients of x, weight and bias.</summary>
    static float[][] Train(Func<Tensor, Tensor, Tensor, Tensor> forward)
    {
        using var tape = Tape.Begin();
        Tensor x = tape.Watch(Random([37, 53], 1)), w = tape.Watch(Random([29, 53], 2)), b = tape.Watch(Random([29], 3));
        var y = forward(x, w, b);
        tape.Backward(y.Multiply(Random([37, 29], 4)).Sum());
        return [y.ToArray(), tape.Gradient(x).ToArray(), tape.Gradient(w).ToArray(), tape.Gradient(b).ToArray()];
    }

    static Tensor Random(Shape shape, int seed)
    {
        var x = Tensor.Empty(shape);
        new Rng(seed).FillUniform(x.Span, -1f, 1f);
        return x;
    }

    /// <summary>y = scale·x², a formula with a field.</summary>
    readonly struct Scaled(float scale) : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => V.Broadcast(scale) * x * x;

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(2f * scale) * x;
    }
}
