namespace TinyJepa.Tests;

/// <summary>The promise that steady state allocates nothing: not floats, not nodes, not records.</summary>
public sealed class MemoryTests
{
    [Fact]
    public void TrainingStep_AllocatesNothing_OnceWarm()
    {
        var model = new Model();
        AssertFree(() =>
        {
            using var tape = Tape.Begin();
            tape.Backward(model.Loss(tape));
        });
    }

    [Fact]
    public void Inference_AllocatesNothing_OnceWarm()
    {
        var model = new Model();
        AssertFree(() =>
        {
            using var scope = Scope.Begin();
            model.Forward(model.Input);
        });
    }

    [Fact]
    public void NestedScopes_AllocateNothing_OnceWarm()
    {
        var model = new Model();
        AssertFree(() =>
        {
            using var tape = Tape.Begin();
            for (var i = 0; i < 3; i++)
            {
                using var scope = Scope.Begin();
                using var inner = Scope.Begin();
                model.Forward(model.Input);
            }

            tape.Backward(model.Loss(tape));
        });
    }

    [Fact]
    public void RandomNumbers_AllocateNothing()
    {
        var rng = new Rng(1);
        var values = new float[100];
        AssertFree(() =>
        {
            rng.FillNormal(values);
            rng.FillUniform(values);
            rng.Shuffle<float>(values);
        });
    }

    static void AssertFree(Action step)
    {
        for (var i = 0; i < 50; i++) step();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) step();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>A bit of everything, large enough for several chunks and threads.</summary>
    sealed class Model
    {
        static readonly int[] Picked = [3, 1, 3];

        readonly Tensor _weight = Tensor.Full([64, 96], 0.01f), _bias = Tensor.Ones([64]), _target = Tensor.Ones([128, 64]);
        readonly Rng _rng = new(1);

        internal Tensor Input { get; } = Tensor.Full([2, 64, 96], 0.5f);

        internal Tensor Forward(Tensor x)
        {
            var h = x.Linear(_weight, _bias).Gelu().Reshape([128, 64]);
            h = h.Normalize().Dropout(0.1f, _rng) * _bias + h.Rows(0, 1).Reshape([64]);
            h = Tensor.Concat(1, h.Columns(0, 32).Silu(), h.Columns(32, 32).Tanh());
            var attention = h.Reshape([2, 64, 64]).MatMul(h.Reshape([2, 64, 64]), transposeB: true).Softmax();
            return h - attention.Permute(0, 2, 1).Reshape([128, 64]).Clamp(-1f, 1f).Maximum(h.Relu()) / 2f;
        }

        internal Tensor Loss(Tape tape)
        {
            var y = Forward(tape.Watch(Input));
            var spread = y.Variance(0).Affine(1f, 1e-4f).Sqrt().Mean();
            return (y - _target).Square().Mean() + spread * 0.1f + y.Gather(Picked).Sum(-1).Exp().Mean() + y.Transpose().RepeatRows(2).Mean();
        }
    }
}
