using TinyJepa.Models;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests.Models;

/// <summary>Training steps of a tiny LeWorldModel: the same bits at all widths and threads, and no allocation.</summary>
[Collection(Machine.Name)]
public sealed class LeWorldModelStepTests
{
    static readonly LeWorldModelConfig s_config = LeWorldModelTests.Small with { Predictor = LeWorldModelTests.Small.Predictor with { Dropout = 0.1f } };

    [Fact]
    public void Training_EndsWithTheSameBits() => Machine.AssertSameBits("weights", () =>
    {
        var training = new Training();
        for (var step = 0; step < 3; step++) training.Step();
        return [.. training.Parameters.Entries.Select(entry => entry.Value.ToArray())];
    });

    /// <summary>Besides weights and the optimiser's state, resuming needs two values, on which dropout and SIGReg's draws depend.</summary>
    [Fact]
    public void Draws_AreTakenUpAgain_FromPositionAndStep()
    {
        var (whole, again) = (new Training(), new Training());
        for (var step = 0; step < 2; step++) whole.Step();
        again.Draws = whole.Draws;
        again.Parameters.CopyFrom(whole.Parameters);
        Assert.Equal(whole.Step(), again.Step());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Step_AllocatesNothing(int threads)
    {
        if (Machine.IsSlow) return;                                  // the same managed code, only a hundred times slower
        Assert.Equal(0, Machine.With(512, threads, () =>
        {
            const int warmUp = 20, steps = 30;
            var training = new Training();
            for (var step = 0; step < warmUp; step++) training.Step();
            // A collection started elsewhere takes the thread's half-used allocation block and counts it as allocated: the quietest of three.
            var quietest = long.MaxValue;
            for (var window = 0; window < 3 && quietest != 0; window++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var step = 0; step < steps; step++) training.Step();
                quietest = Math.Min(quietest, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return quietest;
        }));
    }

    [Fact]
    public void Training_LowersTheLoss()
    {
        var training = new Training();
        var first = training.Step();
        var last = first;
        for (var step = 0; step < 60; step++) last = training.Step();
        Assert.True(last < 0.5f * first, $"{first} at first, {last} at last.");
    }

    /// <summary>The ten lines of a training loop, on a batch that stays.</summary>
    sealed class Training
    {
        readonly LeWorldModel _model;
        readonly Adam _adam;
        readonly float[] _images = new float[6 * 4 * 12 * 12 * 3], _actions = new float[6 * 3 * 6];

        readonly Rng _rng = new(2);

        internal Training()
        {
            _model = new LeWorldModel(Parameters, s_config, _rng);
            _adam = new Adam(Parameters) { LearningRate = 1e-2f, WeightDecay = 1e-3f, MaxGradientNorm = 1f };
            var rng = new Rng(3);
            rng.FillUniform(_images);
            rng.FillNormal(_actions);
        }

        internal Parameters Parameters { get; } = new(seed: 1);

        internal (long Position, long Step) Draws
        {
            get => (_rng.Position, _model.SigReg.Step);
            set => (_rng.Position, _model.SigReg.Step) = value;
        }

        internal float Step()
        {
            using var tape = Tape.Begin();
            var loss = _model.Loss(_model.Encode(Tensor.From(_images, [6, 4, 12, 12, 3])), Tensor.From(_actions, [6, 3, 6]));
            tape.Backward(loss.Total);
            _adam.Step();
            return loss.Total.Item;
        }
    }
}
