using TinyJepa.Models;
using TinyJepa.Nn;
using TinyJepa.Optim;
using TinyJepa.Reference;
using TinyJepa.Tests.Models;

namespace TinyJepa.Tests.Core;

/// <summary>A backend from another assembly that implements the abstract primitives and nothing else carries the whole library.</summary>
[Collection(Machine.Name)]
public sealed class BackendTests
{
    static readonly ReferenceBackend s_reference = new();

    public static TheoryData<string> Lines => OpTests.Lines;

    /// <summary>Lines with two inputs or more.</summary>
    public static TheoryData<string> Combining => [.. OpTable.Lines.Where(line => line.Shapes.Length > 1).Select(line => line.Name)];

    public static TheoryData<string> Models => [.. s_models.Keys];

    /// <summary>The reference is no friend of the library: what it overrides is what everybody can.</summary>
    [Fact]
    public void Backend_IsOpenToOtherAssemblies()
    {
        var friends = typeof(Tensor).Assembly.GetCustomAttributes(typeof(System.Runtime.CompilerServices.InternalsVisibleToAttribute), false)
            .Cast<System.Runtime.CompilerServices.InternalsVisibleToAttribute>().Select(friend => friend.AssemblyName);
        Assert.DoesNotContain(typeof(ReferenceBackend).Assembly.GetName().Name, friends);
        Assert.DoesNotContain(typeof(Backend).GetMethods(System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance),
            method => method is { IsAbstract: true, IsAssembly: true });
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Operation_MatchesTheOracle_OnAnotherBackend(string name)
    {
        if (Machine.IsSlow) return;                                  // nothing here depends on the processor's vectors
        OpTests.CompareWithTheOracle(OpTests.Line(name), s_reference);
    }

    [Theory]
    [MemberData(nameof(Combining))]
    public void Operation_RefusesOperandsOfTwoBackends(string name)
    {
        var line = OpTests.Line(name);
        var inputs = line.Inputs(line.Shapes);
        for (var stranger = 0; stranger < inputs.Length; stranger++)
            foreach (var (one, other) in new (Backend, Backend)[] { (Backend.Cpu, s_reference), (s_reference, Backend.Cpu) })
            {
                using var scope = Scope.Begin();
                Tensor[] mixed = [.. inputs.Select((x, i) => Tensor.From(x, Shape.Create(line.Shapes[i]), i == stranger ? other : one))];
                var error = Assert.Throws<InvalidOperationException>(() => line.Run(mixed));
                Assert.Contains(Backend.Cpu.Name, error.Message, StringComparison.Ordinal);
                Assert.Contains(s_reference.Name, error.Message, StringComparison.Ordinal);
                Assert.Contains("x.To(backend)", error.Message, StringComparison.Ordinal);
            }
    }

    /// <summary>Three steps on both backends: the same losses and weights, but for rounding. The weights travel by Parameters.To.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Training_GoesTheSameWay_OnAnotherBackend(string model)
    {
        if (Machine.IsSlow) return;
        var (here, there) = (new Training(model, Backend.Cpu), new Training(model, s_reference));
        for (var step = 0; step < 3; step++)
        {
            var (expected, got) = (here.Step(), there.Step());
            Assert.True(Math.Abs(expected - got) <= 2e-4 * Math.Abs(expected), $"{model}, step {step}: a loss of {expected} on the processor, {got} on the reference.");
        }

        foreach (var (expected, got) in here.Parameters.Entries.Zip(there.Parameters.Entries))
        {
            Assert.Same(s_reference, got.Value.Backend);
            float[] a = expected.Value.ToArray(), b = got.Value.ToArray();
            var off = a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
            Assert.True(off <= 1e-4, $"{model}: {expected.Path} is off by {off:G3}.");
        }
    }

    /// <summary>The samples train on whatever backend is the default.</summary>
    [Theory]
    [InlineData("DvdLogo")]
    [InlineData("BouncingBall")]
    [InlineData("GridWorld")]
    public void Sample_TrainsTheSameWay_OnAnotherBackend(string sample)
    {
        if (Machine.IsSlow) return;                                  // the same managed code, only a hundred times slower
        var expected = Losses(sample);
        try
        {
            Backend.Default = s_reference;
            var got = Losses(sample);
            for (var step = 0; step < expected.Length; step++)
                Assert.True(Math.Abs(expected[step] - got[step]) <= 1e-3 * Math.Abs(expected[step]), $"{sample}, step {step}: {expected[step]} and {got[step]}.");
        }
        finally
        {
            Backend.Default = Backend.Cpu;
        }
    }

    static float[] Losses(string sample)
    {
        TinyJepa.Samples.Training training = sample switch
        {
            "DvdLogo" => new TinyJepa.Samples.DvdLogo.DvdTraining(
                new() { Name = "tiny", Steps = 2, DecoderSteps = 1, Clips = 8 }, TinyJepa.Samples.DvdLogo.DvdWorld.MakeSequences(count: 8, length: 16), seed: 0),
            "BouncingBall" => new TinyJepa.Samples.BouncingBall.BallTraining(
                TinyJepa.Samples.BouncingBall.Recipe.Best with { Name = "tiny", Epochs = 1, Batch = 32, Directions = 16 },
                new TinyJepa.Samples.BouncingBall.Trajectories(new TinyJepa.Samples.BouncingBall.BallWorld(), 10, seed: 1), seed: 0),
            _ => new TinyJepa.Samples.GridWorld.GridTraining(
                TinyJepa.Samples.GridWorld.Recipe.Best with { Steps = 1, Walks = 2, Directions = 4 }, new TinyJepa.Samples.GridWorld.Walks(new(side: 2)), seed: 1),
        };
        return [.. Enumerable.Range(0, Math.Min(3, training.Steps)).Select(_ => training.Step().Loss)];
    }

    /// <summary>Nothing in a training step waits for the device, so its work can be queued.</summary>
    [Theory]
    [MemberData(nameof(Models))]
    public void Step_NeverWaits(string model)
    {
        if (Machine.IsSlow) return;
        var reference = new ReferenceBackend();
        var training = new Training(model, reference);
        training.Run();
        var waits = reference.Waits;
        for (var step = 0; step < 3; step++) training.Run();
        Assert.Equal(waits, reference.Waits);
    }

    /// <summary>A thread that works with two backends in turn keeps the blocks of each for each.</summary>
    [Fact]
    public void TwoBackends_OnOneThread_LeakNothing()
    {
        var reference = new ReferenceBackend();
        var steps = Machine.IsSlow ? 100 : 10_000;
        for (var step = 0; step < 10; step++) Both(reference);
        var allocated = reference.Allocations;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var step = 0; step < steps; step++) Both(reference);

        Assert.Equal(allocated, reference.Allocations);
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 100_000, $"{grown:N0} bytes more after {steps:N0} steps.");

        static void Both(ReferenceBackend reference)
        {
            using var outer = Scope.Begin();
            foreach (var backend in new Backend[] { Backend.Cpu, reference })
            {
                using var tape = Tape.Begin();
                var x = tape.Watch(Tensor.Full([40, 3], 0.5f, backend));
                var y = x.MatMul(x, transposeA: true).Gelu().Reshape([9]);
                tape.Backward(y.Rows(2, 5).Sum());
            }
        }
    }

    /// <summary>A chunk of a modulation's gradient is overwritten or added to, as its target says; other chunks are left alone.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Chunks_AreWrittenAsTheirTargetSays(bool accumulate)
    {
        using var scope = Scope.Begin();
        List<float[]> results = [];
        foreach (var backend in new Backend[] { Backend.Cpu, s_reference })
        {
            Tensor n = Tensor.Full([2, 3], 2f, backend), m = Tensor.Full([2, 9], 0.5f, backend), dy = Tensor.Full([2, 3], 4f, backend);
            var dm = new GradientTarget(Tensor.Full([2, 9], accumulate ? 1f : float.NaN, backend), accumulate);
            backend.ModulateBackward(n, m, shift: 0, scale: 1, dy, null, dm);
            results.Add(dm.Tensor.ToArray());
            backend.AddGatedBackward(n, m, gate: 2, dy, null, dm);
            results.Add(dm.Tensor.ToArray());
        }

        var (start, untouched) = (accumulate ? 1f : 0f, accumulate ? 1f : float.NaN);
        float[] modulated = [4 + start, 4 + start, 4 + start, 8 + start, 8 + start, 8 + start, untouched, untouched, untouched];
        float[] gated = [.. modulated[..6], 8 + start, 8 + start, 8 + start];
        foreach (var (at, expected) in new[] { modulated, gated, modulated, gated }.Index()) Assert.Equal([.. expected, .. expected], results[at]);
    }

    /// <summary>A copy is not left half done, whatever is cancelled.</summary>
    [Fact]
    public void Copies_AreNeverCancelled()
    {
        using var scope = Scope.Begin();
        foreach (var backend in new Backend[] { Backend.Cpu, s_reference })
        {
            Tensor from = Tensor.Full([100_000], 2f, backend), to = Tensor.Zeros([100_000], backend);
            using (Threads.CancelOn(new CancellationToken(canceled: true))) to.CopyFrom(from);
            Assert.DoesNotContain(to.ToArray(), x => x != 2f);
        }
    }

    [Fact]
    public void Default_IsTheProcessor_UntilAnotherIsSet()
    {
        Assert.Same(Backend.Cpu, Backend.Default);
        try
        {
            Backend.Default = s_reference;
            using var scope = Scope.Begin();
            Assert.Same(s_reference, Tensor.Zeros([2]).Backend);
            Assert.Same(s_reference, new Parameters().Backend);
            Assert.Throws<ArgumentNullException>(() => Backend.Default = null!);
        }
        finally
        {
            Backend.Default = Backend.Cpu;
        }
    }

    [Fact]
    public void Span_IsRefusedWithTheWayOut_OnADevice()
    {
        using var scope = Scope.Begin();
        var error = Assert.Throws<NotSupportedException>(() => Tensor.Zeros([2], s_reference).Span.ToArray());
        Assert.Contains("ToArray()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_BecomeFloats_OnBoth()
    {
        using var scope = Scope.Begin();
        foreach (var backend in new Backend[] { Backend.Cpu, s_reference })
            Assert.Equal([0f, 1f, 128f, 255f], Tensor.FromBytes([0, 1, 128, 255], [2, 2], backend).ToArray());
    }

    /// <summary>A tensor is filled with the numbers that a span is filled with, and the stream moves on as far.</summary>
    [Fact]
    public void Random_IsTheSame_ForSpansAndTensors()
    {
        using var scope = Scope.Begin();
        foreach (var backend in new Backend[] { Backend.Cpu, s_reference })
        {
            var (spans, tensors) = (new Rng(4), new Rng(4));
            float[] uniform = new float[71], normal = new float[45];
            spans.FillUniform(uniform, -1f, 3f);
            spans.FillNormal(normal, 2f, 0.5f);
            var (u, n) = (Tensor.Empty([71], backend), Tensor.Empty([5, 9], backend));
            tensors.FillUniform(u, -1f, 3f);
            tensors.FillNormal(n, 2f, 0.5f);
            Assert.Equal(uniform, u.ToArray());
            Assert.Equal(normal, n.ToArray());
            Assert.Equal(spans.Position, tensors.Position);
        }
    }

    [Fact]
    public void Parameters_MoveAndKeepTheirBits()
    {
        var p = new Parameters(seed: 3);
        var mlp = new Mlp(p["mlp"], [4, 8, 2]);
        var hash = p.Hash();
        p.To(s_reference);
        using var scope = Scope.Begin();
        Assert.Equal(hash, p.Hash());
        Assert.Same(s_reference, mlp.Forward(Tensor.Ones([3, 4], s_reference)).Backend);
        p.To(Backend.Cpu);
        Assert.Equal(hash, p.Hash());
        _ = new Adam(p);
        Assert.Contains("before it is made", Assert.Throws<InvalidOperationException>(() => p.To(s_reference)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CopyFrom_CrossesBackends()
    {
        using var scope = Scope.Begin();
        Tensor here = Tensor.From([1f, 2f, 3f]), there = Tensor.Zeros([3], s_reference);
        there.CopyFrom(here);
        Assert.Equal([1f, 2f, 3f], there.ToArray());
        there.CopyFrom([4f, 5f, 6f]);
        here.CopyFrom(there);
        Assert.Equal([4f, 5f, 6f], here.ToArray());
        Assert.Throws<ArgumentException>(() => here.CopyFrom([1f]));
        Assert.Throws<ArgumentException>(() => here.CopyFrom(Tensor.Zeros([2])));
    }

    /// <summary>Models whose training steps take every primitive there is.</summary>
    static readonly Dictionary<string, Func<Parameters, Func<Func<int[], Tensor>, Tensor>>> s_models = new()
    {
        ["a network of linear layers with SIGReg"] = p =>
        {
            var (encoder, predictor, sigReg) = (new Mlp(p["encoder"], [12, 16, 4]), new Mlp(p["predictor"], [4, 8, 4]), SigRegOf());
            return data =>
            {
                var z = encoder.Forward(data([32, 12]));
                var loss = (predictor.Forward(z) - encoder.Forward(data([32, 12]))).Square().Mean();
                return loss + sigReg.Of(z) * 0.1f;
            };
        },
        ["a convolutional encoder with batch normalisation"] = p =>
        {
            var (conv, norm, linear) = (new Conv2d(p["conv"], 3, 6, 3, stride: 2, padding: 1), new BatchNorm(p["norm"], 6), new Linear(p["linear"], 6, 4));
            return data =>
            {
                var y = norm.Forward(conv.Forward(data([4, 9, 9, 3]))).Relu();
                return linear.Forward(y.AveragePool()).Square().Mean() + y.AveragePool(2).Abs().Mean() + Vicreg(linear.Forward(y.AveragePool()));
            };
        },
        ["LeWorldModel"] = p =>
        {
            var config = LeWorldModelTests.Small with { Predictor = LeWorldModelTests.Small.Predictor with { Dropout = 0.1f } };
            var model = new LeWorldModel(p, config, new Rng(2));
            return data => model.Loss(model.Encode(data([6, 4, 12, 12, 3])), data([6, 3, 6])).Total;
        },
        ["a predictor with fixed positions"] = p =>
        {
            var config = LeWorldModelTests.Small.Predictor with { Positions = PositionalEncoding.SinCos };
            var predictor = new Predictor(p["predictor"], config, new Rng(2));
            return data => (predictor.Forward(data([5, config.History, config.Dim]), data([5, config.History, config.Dim])) - data([5, config.History, config.Dim])).Square().Mean();
        },
    };

    static TinyJepa.Losses.SigReg SigRegOf() => TinyJepa.Losses.SigReg.Canonical(new Rng(7), directions: 48);

    static Tensor Vicreg(Tensor z) => TinyJepa.Losses.VicReg.VarianceHinge(z) + TinyJepa.Losses.VicReg.OffDiagonal(z);

    /// <summary>A training on one backend, whose model was built on the processor and moved there.</summary>
    sealed class Training
    {
        readonly Func<Func<int[], Tensor>, Tensor> _loss;
        readonly Adam _adam;
        readonly Ema _ema;
        readonly Backend _backend;
        readonly Rng _rng = new(5);

        internal Training(string model, Backend backend)
        {
            _backend = backend;
            var average = new Parameters(seed: 1);
            _loss = s_models[model](Parameters);
            _ = s_models[model](average);
            Parameters.To(backend);
            average.To(backend);
            // The large ε keeps a gradient that is nothing but rounding, such as that of a bias before batch normalisation, from becoming a step.
            _adam = new Adam(Parameters) { LearningRate = 1e-3f, WeightDecay = 1e-3f, MaxGradientNorm = 0.5f, Epsilon = 1e-3f };
            _ema = new Ema(Parameters, average, 0.9f);
        }

        internal Parameters Parameters { get; } = new(seed: 1);

        internal float Step()
        {
            using var scope = Scope.Begin();
            return scope.Keep(Run()).Item;
        }

        internal Tensor Run()
        {
            using var tape = Tape.Begin();
            var loss = _loss(Data);
            tape.Backward(loss);
            _adam.Step();
            _ema.Step();
            return tape.Keep(loss);
        }

        Tensor Data(int[] shape)
        {
            var x = Tensor.Empty(Shape.Create(shape), _backend);
            _rng.FillNormal(x);
            return x;
        }
    }
}
