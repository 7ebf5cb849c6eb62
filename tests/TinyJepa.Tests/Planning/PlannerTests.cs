using TinyJepa.Nn;
using TinyJepa.Planning;

namespace TinyJepa.Tests.Planning;

/// <summary>Planners on problems with known solutions.</summary>
[Collection(Machine.Name)]
public sealed class PlannerTests
{
    const int Horizon = 3, Dim = 2;

    static readonly float[] s_target = [0.3f, -0.6f, 0.9f, 0.1f, -0.2f, 0.5f];

    static ActionBounds Unit => ActionBounds.Box(Dim, -1f, 1f);

    public static TheoryData<string> Continuous => ["shooting", "cem", "mppi", "descent"];

    static Planner Make(string name, long seed = 1, ActionBounds? bounds = null) => name switch
    {
        "shooting" => new RandomShooting(Horizon, bounds ?? Unit, new Rng(seed)) { Samples = 20_000 },
        "cem" => new Cem(Horizon, bounds ?? Unit, new Rng(seed)) { Samples = 100, Elites = 10 },
        "mppi" => new Mppi(Horizon, bounds ?? Unit, new Rng(seed)) { Iterations = 40, Temperature = 0.01f, StdDecay = 0.9f },
        "descent" => new GradientDescent(Horizon, bounds ?? Unit, new Rng(seed)) { Starts = 4, LearningRate = 0.02f, Steps = 200 },
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    /// <summary>Σ (plan − target)²: the least is 0, at the target.</summary>
    static Tensor Quadratic(Tensor plans) =>
        (plans.Reshape([plans.Shape[0], Horizon * Dim]) - Tensor.From(s_target)).Square().Sum(-1);

    [Theory]
    [InlineData("shooting", 0.4)]                                    // the nearest of 20,000 in six dimensions
    [InlineData("cem", 1e-5)]
    [InlineData("mppi", 1e-3)]
    [InlineData("descent", 1e-4)]
    public void APlanner_FindsTheLeastOfAQuadratic(string name, double cost)
    {
        var plan = Make(name).Plan(Quadratic);
        Assert.InRange(plan.Cost, 0, cost);
        Assert.Equal(plan.Cost, Enumerable.Range(0, s_target.Length).Sum(i => Math.Pow(plan.Actions[i] - s_target[i], 2)), 1e-5);
    }

    /// <summary>The target lies outside: the best that is allowed is its nearest point, and no plan that is ever evaluated leaves the bounds.</summary>
    [Theory]
    [MemberData(nameof(Continuous))]
    public void APlanner_StaysWithinItsBounds(string name)
    {
        var bounds = new ActionBounds([-0.5f, 0.2f], [0.1f, 0.4f]);
        var priced = 0L;
        var planner = Make(name, bounds: bounds);
        var plan = planner.Plan(plans =>
        {
            priced += plans.Shape[0];
            foreach (var (value, i) in plans.ToArray().Select((value, i) => (value, i)))
                Assert.InRange(value, bounds.Low[i % Dim], bounds.High[i % Dim]);
            return Quadratic(plans);
        });
        Assert.Equal(priced, planner.Evaluated);
        for (var i = 0; i < s_target.Length; i++)
            Assert.Equal(Math.Clamp(s_target[i], bounds.Low[i % Dim], bounds.High[i % Dim]), plan.Actions[i], name == "shooting" ? 0.15f : 0.03f);
    }

    [Theory]
    [MemberData(nameof(Continuous))]
    public void APlanner_RepeatsItself_UnderOneSeed(string name)
    {
        Planner first = Make(name), again = Make(name), other = Make(name, seed: 2);
        for (var call = 0; call < 2; call++)
        {
            Assert.Equal(first.Plan(Quadratic).Actions.ToArray(), again.Plan(Quadratic).Actions.ToArray());
            if (name is "shooting" or "mppi") Assert.NotEqual(first.Best.Actions.ToArray(), other.Plan(Quadratic).Actions.ToArray());   // the others arrive
        }
    }

    [Theory]
    [MemberData(nameof(Continuous))]
    public void APlan_HasTheSameBits_AtEveryWidthAndThreadCount(string name) =>
        Machine.AssertSameBits("plan", () => [Make(name).Plan(Quadratic).Actions.ToArray()]);

    /// <summary>The costs are a landscape of hills without order: whatever the search does, what it gives is the least it ever saw.</summary>
    [Theory]
    [MemberData(nameof(Continuous))]
    public void TheBestPlan_IsTheCheapestEverPriced(string name)
    {
        var least = float.PositiveInfinity;
        var planner = Make(name);
        var plan = planner.Plan(plans =>
        {
            var costs = (plans.Reshape([plans.Shape[0], Horizon * Dim]) * 37f).Sin().Sum(-1);
            foreach (var cost in costs.ToArray())
            {
                least = Math.Min(least, cost);
            }

            return costs;
        });
        Assert.Equal(least, plan.Cost);
    }

    [Theory]
    [MemberData(nameof(Continuous))]
    public void AWarmStart_CostsNoMoreThanWhereItBegan(string name)
    {
        var planner = Make(name);
        planner.Plan(Quadratic);
        float[] near = [.. s_target.Select(v => v + 0.01f)];
        Assert.InRange(planner.Plan(Quadratic, near).Cost, 0f, 6 * 0.0101f * 0.0101f);
    }

    /// <summary>Few samples and one refit: from nowhere the search ends far off, from the last plan it ends near.</summary>
    [Fact]
    public void AWarmStart_Helps()
    {
        Cem Short(int seed) => new(Horizon, Unit, new Rng(seed)) { Samples = 30, Elites = 5, Iterations = 2, Std = 0.3f };
        var better = Enumerable.Range(0, 20).Count(seed => Short(seed).Plan(Quadratic, s_target.Select(v => v * 0.9f).ToArray()).Cost < Short(seed).Plan(Quadratic).Cost);
        Assert.InRange(better, 18, 20);
    }

    [Fact]
    public void Shift_MovesWhatIsLeftToTheFront()
    {
        var planner = new Lookahead(choices: 3, horizon: 3);
        float[] wanted = [0, 0, 1, 0, 1, 0, 1, 0, 0];
        var plan = planner.Plan(plans => (plans.Reshape([27, 9]) - Tensor.From(wanted)).Square().Sum(-1));
        Assert.Equal(wanted, plan.Actions.ToArray());
        Assert.Equal([2, 1, 0], Enumerable.Range(0, 3).Select(plan.Choice));
        Assert.Equal([0, 1, 0, 1, 0, 0, 0, 0, 0], plan.Shift(1).ToArray());
        Assert.Equal([0, 0, 0, 0, 0, 0, 0, 0, 0], plan.Shift(7).ToArray());
    }

    [Fact]
    public void OneStepControl_TakesTheCheapestChoice_TheFirstOfEqualOnes()
    {
        var planner = new Lookahead(choices: 4);
        var plan = planner.Plan(_ => Tensor.From([3, 1, 2, 1]));
        Assert.Equal((1, 1f), (plan.Choice(0), plan.Cost));
        Assert.Equal([3, 1, 2, 1], planner.Costs.ToArray());
        Assert.Equal(2, planner.Plan(_ => Tensor.From([float.NaN, float.PositiveInfinity, 7, float.NaN])).Choice(0));
    }

    [Fact]
    public void Lookahead_PricesEveryRowOnce()
    {
        var seen = new HashSet<string>();
        var planner = new Lookahead(choices: 2, horizon: 11);
        planner.Plan(plans =>
        {
            Assert.InRange(plans.Shape[0], 1, 1024);
            foreach (var row in plans.ToArray().Chunk(22)) Assert.True(seen.Add(string.Concat(row)));
            return Tensor.Zeros([plans.Shape[0]]);
        });
        Assert.Equal(2048, seen.Count);
        Assert.Equal(2048, planner.Evaluated);
        Assert.Contains("CategoricalCem", Assert.Throws<ArgumentOutOfRangeException>(() => new Lookahead(4, 12)).Message, StringComparison.Ordinal);
    }

    /// <summary>A bandit of ten arms: the probabilities end on the one that costs least.</summary>
    [Fact]
    public void CategoricalCem_SolvesABandit()
    {
        var planner = new CategoricalCem(1, 10, new Rng(3)) { Samples = 50, Elites = 5 };
        var arms = Tensor.From([.. Enumerable.Range(0, 10).Select(arm => arm == 6 ? -1f : arm % 3)], [10]);
        var plan = planner.Plan(plans => plans.Reshape([plans.Shape[0], 10]).MatMul(arms.Reshape([10, 1])));
        Assert.Equal((6, -1f), (plan.Choice(0), plan.Cost));
        Assert.InRange(planner.Probabilities[6], 0.85f, 1f);
        Assert.Equal(1f, planner.Probabilities.ToArray().Sum(), 1e-5f);
    }

    /// <summary>One of 65,536 sequences of eight choices among four is right, and the cost is the number of wrong choices.</summary>
    [Fact]
    public void CategoricalCem_FindsARow_WithAFewThousandLooks()
    {
        const int steps = 8;
        int[] right = [3, 1, 0, 2, 2, 0, 1, 3];
        var hot = new float[steps * 4];
        for (var i = 0; i < steps; i++) hot[i * 4 + right[i]] = 1f;
        Tensor Wrong(Tensor plans) => (plans.Reshape([plans.Shape[0], steps * 4]) - Tensor.From(hot)).Square().Sum(-1) * 0.5f;

        for (var seed = 0; seed < 5; seed++)
        {
            var planner = new CategoricalCem(steps, 4, new Rng(seed));
            var plan = planner.Plan(Wrong);
            Assert.Equal(0f, plan.Cost);
            Assert.Equal(right, Enumerable.Range(0, steps).Select(plan.Choice));
            Assert.InRange(planner.Evaluated, 1, 3001);
        }

        var short1 = new CategoricalCem(steps, 4, new Rng(9)) { Samples = 20, Elites = 4, Iterations = 1 };
        Assert.Equal(0f, short1.Plan(Wrong, hot).Cost);             // a start is evaluated as it is
    }

    [Fact]
    public void CategoricalCem_HasTheSameBits_AtEveryWidthAndThreadCount() => Machine.AssertSameBits("choices", () =>
    {
        var planner = new CategoricalCem(4, 3, new Rng(5));
        return [planner.Plan(plans => (plans.Reshape([plans.Shape[0], 12]) * Tensor.From([3f, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8])).Sum(-1)).Actions.ToArray(), planner.Probabilities.ToArray()];
    });

    /// <summary>Through a network with normalisation and dropout, whose parameters neither move nor get gradients.</summary>
    [Fact]
    public void GradientDescent_GoesThroughAModel_AndLeavesItAlone()
    {
        var p = new Parameters(seed: 4);
        var (lift, norm, drop, lower) = (new Linear(p["lift"], 2, 16), new BatchNorm(p["norm"], 16), new Dropout(0.5f, new Rng(1)), new Linear(p["lower"], 16, 2));
        Tensor Model(Tensor x) => lower.Forward(drop.Forward(norm.Forward(lift.Forward(x)).Tanh()));
        var goal = Model(Tensor.From([0.4f, -0.3f], [1, 2])).ToArray();
        var (hash, seen) = (p.Hash(), 0);
        var planner = new GradientDescent(1, ActionBounds.Box(2, -1, 1), new Rng(2)) { Starts = 8, Steps = 300, LearningRate = 0.01f };
        var plan = planner.Plan(plans =>
        {
            seen++;
            return (Model(plans.Reshape([8, 2])) - Tensor.From(goal)).Square().Sum(-1);
        });
        Assert.InRange(plan.Cost, 0, 1e-5);
        Assert.Equal(301, seen);
        Assert.Equal(hash, p.Hash());
        Assert.All(p.Entries, entry => Assert.False(entry.HasGradient));
    }

    /// <summary>By central differences: what the planner moves against is the gradient of the cost.</summary>
    [Fact]
    public void GradientDescent_StepsAgainstTheGradient()
    {
        var planner = new GradientDescent(1, ActionBounds.None(2), new Rng(1)) { Starts = 1, Steps = 1, LearningRate = 0.1f };
        var plan = planner.Plan(plans => (plans.Reshape([1, 2]) * Tensor.From([3f, -5f])).Sum(-1));
        Assert.Equal([-0.1f, 0.1f], plan.Actions.ToArray().Select(v => MathF.Round(v, 5)));   // Adam's first step has the size of the rate
    }

    [Fact]
    public void Mppi_WeighsByPrice()
    {
        // Two plans, the mean and one other; at a temperature of their difference the cheaper weighs e times as much.
        var planner = new Mppi(1, ActionBounds.None(1), new Rng(1)) { Samples = 2, Iterations = 1, Temperature = 2f };
        var other = 0f;
        planner.Plan(plans =>
        {
            if (plans.Shape[0] == 1) return Tensor.Zeros([1]);
            other = plans.Span[1];
            return Tensor.From([5, 3]);
        });
        Assert.Equal(other * MathF.E / (1 + MathF.E), planner.Mean[0], 1e-6f);
    }

    [Theory]
    [InlineData("shooting")]
    [InlineData("cem")]
    [InlineData("mppi")]
    public void APrice_ThatIsNoNumber_IsNeverTaken(string name)
    {
        var plan = Make(name).Plan(plans =>
        {
            var costs = Quadratic(plans).Clone();
            for (var i = 0; i < costs.Length; i++)
                if (plans.Span[i * Horizon * Dim] > 0f) costs.Span[i] = float.NaN;
            return costs;
        });
        Assert.InRange(plan.Actions[0], -1f, 0f);
        Assert.Contains("cost", Assert.Throws<InvalidOperationException>(() => Make(name).Plan(plans => Tensor.Full([plans.Shape[0]], float.NaN))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatDoesNotFit_IsNamed()
    {
        AssertNames<ArgumentException>(() => Make("cem").Plan(Quadratic, [1f, 2f]), "2", "6");
        AssertNames<ArgumentException>(() => Make("cem").Plan(_ => Tensor.Zeros([5])), "[5]", "100");
        AssertNames<ArgumentException>(() => { _ = new ActionBounds([1f], [0f]); }, "1", "0");
        AssertNames<ArgumentException>(() => { _ = new ActionBounds([0f, 0f], [1f]); }, "2", "1");
        AssertNames<ArgumentException>(() => { _ = new RandomShooting(1, ActionBounds.None(2), new Rng(1)); }, "finite");
        AssertNames<InvalidOperationException>(() => new Cem(1, Unit, new Rng(1)) { Elites = 400 }.Plan(Quadratic), "400", "300");
        AssertNames<InvalidOperationException>(() => new CategoricalCem(1, 4, new Rng(1)) { Floor = 0.3f }.Plan(Quadratic), "0.3", "1/4");
        AssertNames<InvalidOperationException>(() => new Mppi(1, Unit, new Rng(1)) { Temperature = 0 }.Plan(Quadratic), "temperature 0");
        AssertNames<InvalidOperationException>(() => Make("descent").Plan(plans => Tensor.Zeros([plans.Shape[0]])), "no gradient");
        AssertNames<ArgumentOutOfRangeException>(() => { _ = Make("cem").Best[3]; }, "3");
    }

    [Theory]
    [MemberData(nameof(Continuous))]
    public void ACall_AllocatesNothing(string name)
    {
        if (Machine.IsSlow) return;
        Func<Tensor, Tensor> cost = Quadratic;
        Assert.Equal(0, Machine.With(512, 1, () =>
        {
            var planner = Make(name);
            for (var call = 0; call < 3; call++) planner.Plan(cost, planner.Best.Shift(1));
            var quietest = long.MaxValue;
            for (var window = 0; window < 3 && quietest != 0; window++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                planner.Plan(cost, planner.Best.Shift(1));
                quietest = Math.Min(quietest, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return quietest;
        }));
    }

    static void AssertNames<T>(Action action, params string[] words) where T : Exception
    {
        var message = Assert.Throws<T>(action).Message;
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }
}
