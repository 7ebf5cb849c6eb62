using TinyJepa.Samples.DvdLogo;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Optim;

/// <summary>A training step finds everything it needs in its pools: in steady state neither the caller nor a worker allocates a byte.</summary>
[Collection(Machine.Name)]
public sealed class AllocationTests(ITestOutputHelper output)
{
    const int WarmUp = 20, Steps = 50;

    static readonly DvdSequences s_clips = DvdWorld.MakeSequences(count: 8, length: 24);

    static readonly Recipe s_predicting = new() { Name = "predicting", Steps = int.MaxValue / 4, Clips = 32 };
    static readonly Recipe s_alongside = s_predicting with { Name = "alongside", DecoderSteps = 0, Starts = 4, Horizon = 5, ScaleFree = true, CoolDown = 1f };
    static readonly Recipe s_drawing = new() { Name = "drawing", Steps = 0, DecoderSteps = int.MaxValue / 4, Clips = 64 };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void PredictingStep_AllocatesNothing(int threads) => AssertNothing(s_predicting, threads);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void StepWithADecoderAlongside_AllocatesNothing(int threads) => AssertNothing(s_alongside, threads);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void DrawingStep_AllocatesNothing(int threads) => AssertNothing(s_drawing, threads);

    void AssertNothing(Recipe recipe, int threads)
    {
        if (Machine.IsSlow) return;                                  // the same managed code, only a hundred times slower
        var (mine, everyone) = Machine.With(512, threads, () =>
        {
            var training = new DvdTraining(recipe, s_clips, seed: 1);
            for (var step = 0; step < WarmUp; step++) training.Step();
            // A collection started elsewhere takes the thread's half-used allocation block and counts it as allocated: the quietest of three.
            var mine = long.MaxValue;
            for (var window = 0; window < 3 && mine != 0; window++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                for (var step = 0; step < Steps; step++) training.Step();
                mine = Math.Min(mine, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            // The test host's timers allocate now and then, on threads of their own: the quietest step of many counts.
            var everyone = long.MaxValue;
            for (var step = 0; step < Steps && everyone != 0; step++)
            {
                var before = GC.GetTotalAllocatedBytes(precise: true);
                training.Step();
                everyone = Math.Min(everyone, GC.GetTotalAllocatedBytes(precise: true) - before);
            }

            return (mine, everyone);
        });
        output.WriteLine($"{recipe.Name}, {threads} threads: {mine} bytes on the training thread, in {Steps} steps, {everyone} on all threads in one");
        Assert.Equal(0, mine);
        Assert.Equal(0, everyone);
    }

}
