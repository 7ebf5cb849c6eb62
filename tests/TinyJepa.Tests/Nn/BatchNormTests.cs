using TinyJepa.Nn;

namespace TinyJepa.Tests.Nn;

public sealed class BatchNormTests
{
    static readonly string[] s_buffers = ["running_mean", "running_var", "num_batches_tracked"];

    /// <summary>Whenever the token trips, mean, variance and counter are those before the step or those after it.</summary>
    [Fact]
    public void RunningAverages_ChangeTogether_WheneverTheStepIsCancelled()
    {
        const int features = 1 << 17;
        var p = new Parameters();
        var layer = new BatchNorm(p, features);
        var x = new float[2 * features];
        var rng = new Rng(1);
        var outcomes = new int[2];
        for (var round = 0; round < 400; round++)
        {
            rng.FillNormal(x);
            float[][] before = State(p), after;
            Parameters q = new();
            var reference = new BatchNorm(q, features);
            q.CopyFrom(p);
            Step(reference, x, features, CancellationToken.None);
            after = State(q);

            using var source = new CancellationTokenSource();
            using var ready = new ManualResetEventSlim();
            var delay = round * 10;
            var canceller = new Thread(() =>
            {
                ready.Wait();
                Thread.SpinWait(delay);
                source.Cancel();
            });
            canceller.Start();
            ready.Set();
            try
            {
                Step(layer, x, features, source.Token);
            }
            catch (OperationCanceledException)
            {
            }

            canceller.Join();
            var got = State(p);
            var moved = got[2][0] == after[2][0] ? 1 : 0;
            outcomes[moved]++;
            for (var i = 0; i < s_buffers.Length; i++) Expect.Bits((moved == 1 ? after : before)[i], got[i], $"{s_buffers[i]}, round {round}");
        }

        Assert.True(outcomes.Min() > 0, $"{outcomes[0]} steps were cancelled before the update and {outcomes[1]} completed it: there must be both.");
    }

    [Fact]
    public void Recalibrate_GivesTheStatisticsOfTheBatch_WhateverTheAveragesWere()
    {
        var p = new Parameters();
        var layer = new BatchNorm(p, 3);
        p.Entry("running_mean").Value.Span.Fill(4f);
        p.Entry("running_var").Value.Span.Fill(9f);
        float[] x = [1f, 2f, 3f, 3f, 2f, 5f, 5f, 8f, 1f];
        layer.Recalibrate(() => Step(layer, x, 3, CancellationToken.None));
        Near([3, 4, 3], "running_mean");
        Near([4, 12, 4], "running_var");
        Assert.Equal([1f], p.Entry("num_batches_tracked").Value.ToArray());

        // Of two batches the later weighs 0.1/0.19, the earlier 0.09/0.19.
        var tripled = Array.ConvertAll(x, value => 3 * value);
        layer.Recalibrate(() =>
        {
            Step(layer, x, 3, CancellationToken.None);
            Step(layer, tripled, 3, CancellationToken.None);
        });
        Near([.. new double[] { 3, 4, 3 }.Select(mean => mean * (0.09 + 0.3) / 0.19)], "running_mean");
        Near([.. new double[] { 4, 12, 4 }.Select(variance => variance * (0.09 + 0.9) / 0.19)], "running_var");

        void Near(double[] expected, string name) => Expect.Near(expected, p.Entry(name).Value.ToArray(), i => 200 * Expect.Unit * (9 + expected[i]), name);
    }

    [Fact]
    public void Recalibrate_ChangesNothing_WhenTheFunctionThrowsOrNoBatchComes()
    {
        var p = new Parameters();
        var layer = new BatchNorm(p, 2);
        Step(layer, [1f, 2f, 3f, 5f], 2, CancellationToken.None);
        var before = State(p);
        Assert.Throws<TimeoutException>(() => layer.Recalibrate(() =>
        {
            Step(layer, [7f, 2f, 3f, 5f], 2, CancellationToken.None);
            throw new TimeoutException();
        }));
        var error = Assert.Throws<InvalidOperationException>(() => layer.Recalibrate(() =>
        {
            using var scope = Scope.Begin();
            layer.Forward(Tensor.Ones([2, 2]));
        }));
        Assert.Contains("while a tape is open", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, State(p));
    }

    [Fact]
    public void Recalibrate_ReachesEveryNormalisationOfAProjector()
    {
        var p = new Parameters(seed: 1);
        var projector = new Projector(p, 3, [4, 5], 2);
        var x = new float[24];
        new Rng(1).FillNormal(x);
        Tensor trained;
        using var scope = Scope.Begin();
        projector.Recalibrate(() =>
        {
            using var tape = Tape.Begin();
            projector.Forward(Tensor.From(x, [8, 3]));
        });
        using (var tape = Tape.Begin()) trained = scope.Keep(projector.Forward(Tensor.From(x, [8, 3])));
        Assert.Equal([2f, 2f], p.Entries.Where(entry => entry.Path.EndsWith("tracked", StringComparison.Ordinal)).Select(entry => entry.Value.Item));
        // The running variance is the unbiased one, √(8/7) apart in each of two normalisations.
        var served = projector.Forward(Tensor.From(x, [8, 3])).ToArray();
        for (var i = 0; i < served.Length; i++) Assert.Equal(trained.ToArray()[i], served[i], 0.3f);
    }

    static void Step(BatchNorm layer, float[] x, int features, CancellationToken token)
    {
        using var tape = Tape.Begin();
        var batch = Tensor.From(x, [x.Length / features, features]);
        using var cancellation = Threads.CancelOn(token);
        layer.Forward(batch);
    }

    static float[][] State(Parameters p) => [.. s_buffers.Select(name => p.Entry(name).Value.ToArray())];
}
