using TinyJepa.Samples.BouncingBall;

namespace TinyJepa.Tests.Samples;

/// <summary>The worlds obey mechanics, and the published one has its published defect.</summary>
public sealed class BallWorldTests
{
    [Fact]
    public void Flight_IsTheParabola()
    {
        var ball = new BallWorld();
        ball.Start(0, 5);
        for (var n = 1; n <= 20; n++)
        {
            ball.Step();
            var t = n * World.FrameTime;
            Assert.Equal(5 * t - World.Gravity / 2 * t * t, ball.X, 1e-12);
            Assert.Equal(5 - World.Gravity * t, ball.V, 1e-12);
        }
    }

    /// <summary>The k-th bounce comes at v₀/g·2·(1 + e + … + e^(k−1)); after it the flight is a parabola from the floor again.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(4.7)]
    [InlineData(6.9)]
    public void Bounces_ComeWhenTheyMust(double v0)
    {
        var ball = new BallWorld();
        ball.Start(0, v0);
        for (var n = 1; n <= 60; n++)
        {
            ball.Step();
            var (start, v) = (0.0, v0);
            while (start + 2 * v / World.Gravity < n * World.FrameTime) (start, v) = (start + 2 * v / World.Gravity, v * BallWorld.Restitution);
            var t = n * World.FrameTime - start;
            Assert.Equal(v * t - World.Gravity / 2 * t * t, ball.X, 1e-11);
            Assert.Equal(v - World.Gravity * t, ball.V, 1e-10);
        }
    }

    [Fact]
    public void EachPeak_Has81PercentOfTheEnergy()
    {
        var ball = new BallWorld();
        ball.Start(0, 5);
        double Energy() => World.Gravity * ball.X + ball.V * ball.V / 2;
        for (var n = 0; n < 10; n++) ball.Step();
        var before = Energy();
        Assert.Equal(1.274, before / World.Gravity, 1e-3);
        for (var n = 10; n < 30; n++) ball.Step();
        Assert.Equal(0.81 * before, Energy(), 1e-10);
    }

    [Fact]
    public void Guard_KeepsARestingBallHopping_UnlessItMayRest()
    {
        double published = 0, resting = 0;
        foreach (var rests in (bool[])[false, true])
        {
            var ball = new BallWorld { Rests = rests };
            ball.Start(0, 3);
            for (var n = 0; n < 600; n++)
            {
                ball.Step();
                Assert.True(ball.X >= 0);
                if (n < 500) continue;
                if (rests) resting = Math.Max(resting, Math.Abs(ball.V) + ball.X);
                else published = Math.Max(published, Math.Abs(ball.V));
            }
        }

        Assert.InRange(published, 0.2, 0.45);
        Assert.Equal(0, resting);
    }

    /// <summary>To the frame in which it comes to rest, the fix changes nothing.</summary>
    [Fact]
    public void Resting_ChangesNothingBefore()
    {
        BallWorld published = new(), resting = new() { Rests = true };
        published.Start(0, 6);
        resting.Start(0, 6);
        for (var n = 0; n < 170; n++)
        {
            published.Step();
            resting.Step();
            Assert.Equal(published.X, resting.X);
            Assert.Equal(published.V, resting.V);
        }
    }

    [Fact]
    public void ABall_AtRestOnTheFloor_DoesNotThrow()
    {
        var ball = new BallWorld();
        ball.Start(0, 0);
        for (var n = 0; n < 10; n++) ball.Step();
        Assert.True(double.IsFinite(ball.X + ball.V));
    }

    /// <summary>Upwards with drag k, v(t) = √(g/k)·tan(φ₀ − t·√(g·k)): the closed form that flight upwards has.</summary>
    [Fact]
    public void Drag_FollowsTheClosedForm()
    {
        const double k = 0.05;
        var ball = new BallWorld { Drag = k };
        ball.Start(0, 6);
        for (var n = 1; n <= 10; n++)
        {
            ball.Step();
            var terminal = Math.Sqrt(World.Gravity / k);
            Assert.Equal(terminal * Math.Tan(Math.Atan(6 / terminal) - n * World.FrameTime * Math.Sqrt(World.Gravity * k)), ball.V, 1e-8);
        }

        for (var n = 0; n < 1000; n++) ball.Step();
        Assert.Equal((0.0, 0.0), (ball.X, ball.V));
    }

    [Fact]
    public void Pendulum_StaysOnItsCircle_AndOnlyLosesEnergy()
    {
        var pendulum = new PendulumWorld();
        pendulum.Start(0, 1, 3);
        Span<double> state = stackalloc double[3];
        var before = double.PositiveInfinity;
        for (var n = 0; n < 200; n++)
        {
            pendulum.Step();
            pendulum.Label(state);
            Assert.Equal(1, state[0] * state[0] + state[1] * state[1], 1e-12);
            var energy = state[2] * state[2] / 2 - World.Gravity * state[0];
            Assert.True(energy < before);
            before = energy;
        }
    }

    /// <summary>A small swing is a damped sine of frequency √(g − (friction/2)²).</summary>
    [Fact]
    public void Pendulum_SwingsInItsPeriod()
    {
        const double small = 1e-4, friction = 0.1;
        var pendulum = new PendulumWorld();
        pendulum.Start(Math.Cos(small), Math.Sin(small), 0);
        Span<double> state = stackalloc double[3];
        var w = Math.Sqrt(World.Gravity - friction * friction / 4);
        for (var n = 1; n <= 100; n++)
        {
            pendulum.Step();
            pendulum.Label(state);
            var t = n * World.FrameTime;
            Assert.Equal(small * Math.Exp(-friction / 2 * t) * (Math.Cos(w * t) + friction / 2 / w * Math.Sin(w * t)), state[1], 1e-9);
        }
    }

    [Fact]
    public void Pool_HasThePublishedSizesAndStds()
    {
        var pool = new Trajectories(new BallWorld(), TrajectorySets.PoolCount, TrajectorySets.PoolSeed);
        Assert.Equal(78_400, pool.Starts(window: 4, after: 1).Length);
        using var scope = Scope.Begin();
        var variance = pool.Labels.Variance(axis: 0).ToArray();
        Assert.Equal(0.209, variance[0], 0.04);               // of another draw of 400 starts; three standard deviations of such draws
        Assert.Equal(3.53, variance[1], 0.45);
        var noise = (pool.Frames - pool.Clean).Square().Mean().Item;
        Assert.Equal(World.Noise, Math.Sqrt(noise), 0.0005);
    }

    [Fact]
    public void FreshTrajectories_AreInNoPool()
    {
        var sets = new TrajectorySets(new BallWorld());
        HashSet<float> starts = [.. Enumerable.Range(0, TrajectorySets.PoolCount).Select(i => sets.Pool.Label(i, 0, 1))];
        Assert.Equal(TrajectorySets.PoolCount, starts.Count);
        Assert.DoesNotContain(Enumerable.Range(0, TrajectorySets.FreshCount).Select(i => sets.Fresh.Label(i, 0, 1)), starts.Contains);
    }

    [Fact]
    public void ALongerSet_BeginsWithTheShorter()
    {
        Trajectories shorter = new(new BallWorld(), 2, seed: 5), longer = new(new BallWorld(), 4, seed: 5);
        using var scope = Scope.Begin();
        Assert.Equal(shorter.Frames.ToArray(), longer.Frames.ToArray()[..(2 * Trajectories.Length)]);
    }

    [Fact]
    public void Windows_StayWithinTheirTrajectory()
    {
        var trajectories = new Trajectories(new BallWorld(), 3, seed: 1);
        var starts = trajectories.Starts(window: 8, after: 16);
        Assert.Equal(3 * (200 - 8 - 16 + 1), starts.Length);
        Assert.All(starts, start => Assert.Equal(start / 200, (start + 8 + 16 - 1) / 200));
        Assert.Throws<ArgumentException>(() => trajectories.Starts(window: 100, after: 101));
    }

    [Fact]
    public void ASingleRecording_HasItsLabels()
    {
        var trajectories = new Trajectories(new BallWorld(), 1, seed: 3);
        var observations = new Observations(trajectories, window: 4);
        using var scope = Scope.Begin();
        Assert.Equal(196, observations.Count);
        Assert.Equal([trajectories.Seen(0, 0), trajectories.Seen(0, 1), trajectories.Seen(0, 2), trajectories.Seen(0, 3)], observations.Windows.ToArray()[..4]);
        Assert.Equal([trajectories.Label(0, 3, 0), trajectories.Label(0, 3, 1)], observations.Labels.ToArray()[..2]);
        Assert.Equal(observations.Labels.ToArray().Where((_, i) => i % 2 == 1).Select(v => (float)Math.Sign(v)), observations.Directions.ToArray());
        var (still, bounce, flight) = observations.ByMotion();
        Assert.Equal(observations.Count, still.Length + bounce.Length + flight.Length);
        Assert.Contains(0, flight);
        Assert.NotEmpty(bounce);
    }
}
