using System.Diagnostics;
using TinyJepa.Kernels;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests;

/// <summary>A training step that is cancelled anywhere leaves everything as it was or as it would be, and no memory behind.</summary>
[Collection(Machine.Name)]
public sealed class CancellationTests
{
    static int Steps => Machine.IsSlow ? 40 : 10_000;

    [Fact]
    public void CancelledSteps_TearNothing_AndLeakNothing()
    {
        var (training, twin) = (new Training(), new Training());
        using var canceller = new Canceller();
        for (var step = 0; step < 50; step++) training.Step();
        training.CopyTo(twin);
        twin.Step();
        var (blocks, memory, cancelled) = (Scratch.Allocated, Process.GetCurrentProcess().PrivateMemorySize64, 0);

        var random = new Random(3);
        for (var step = 0; step < Steps; step++)
        {
            var before = training.State();
            training.CopyTo(twin);
            twin.Step();
            var after = twin.State();
            if (canceller.Cancels(training.Step, random.Next(0, 3000))) cancelled++;
            var now = training.State();
            foreach (var (part, values) in now)
                Assert.True(values.SequenceEqual(before[part]) || values.SequenceEqual(after[part]), $"Step {step} left {part} torn.");
        }

        Assert.True(cancelled > Steps / 20 || Machine.IsSlow, $"Only {cancelled} of {Steps} steps were cancelled.");
        Assert.True(Scratch.Allocated <= blocks + 8, $"{Scratch.Allocated - blocks} blocks of working memory more after {cancelled} cancelled steps.");
        var grown = Process.GetCurrentProcess().PrivateMemorySize64 - memory;
        Assert.True(grown < 64 << 20, $"{grown >> 20} MB more after {cancelled} cancelled steps.");
    }

    /// <summary>Cancels a token from another thread while a step runs.</summary>
    sealed class Canceller : IDisposable
    {
        readonly AutoResetEvent _go = new(false), _done = new(false);
        CancellationTokenSource? _source;
        int _spins;
        volatile bool _ends;

        internal Canceller() => new Thread(() =>
        {
            while (true)
            {
                _go.WaitOne();
                if (_ends) return;
                Thread.SpinWait(_spins);
                _source!.Cancel();
                _done.Set();
            }
        }) { IsBackground = true }.Start();

        internal bool Cancels(Action step, int spins)
        {
            using var source = new CancellationTokenSource();
            (_source, _spins) = (source, spins);
            _go.Set();
            try
            {
                using var watch = Threads.CancelOn(source.Token);
                step();
                return false;
            }
            catch (OperationCanceledException)
            {
                return true;
            }
            finally
            {
                _done.WaitOne();
            }
        }

        public void Dispose()
        {
            _ends = true;
            _go.Set();
        }
    }

    /// <summary>Linear layers, batch normalisation, clipping, Adam and a moving average, in sizes of several chunks.</summary>
    sealed class Training
    {
        readonly Parameters _p = new(seed: 1), _average = new(seed: 1);
        readonly Mlp _encoder;
        readonly BatchNorm _norm;
        readonly Adam _adam;
        readonly Ema _ema;
        readonly float[] _x = new float[96 * 40];

        internal Training()
        {
            (_encoder, _norm) = Build(_p);
            Build(_average);
            _adam = new Adam(_p) { LearningRate = 1e-3f, MaxGradientNorm = 1f };
            _ema = new Ema(_p, _average, 0.9f);
            new Rng(2).FillNormal(_x);
        }

        static (Mlp, BatchNorm) Build(Parameters p) => (new Mlp(p["encoder"], [40, 96, 40]), new BatchNorm(p["norm"], 40));

        internal void Step()
        {
            using var tape = Tape.Begin();
            var y = _norm.Forward(_encoder.Forward(Tensor.From(_x, [96, 40])));
            tape.Backward((y - 0.5f).Square().Mean());
            _adam.Step();
            _ema.Step();
        }

        /// <summary>What must change as a whole: the weights with the optimiser's moments, the running statistics, the average.</summary>
        internal Dictionary<string, float[]> State()
        {
            var moments = new Moments();
            ((IResumable)_adam).Visit(moments);
            return new()
            {
                ["the weights and moments"] = [.. _p.Entries.Where(e => !e.IsBuffer).SelectMany(e => e.Value.ToArray()), .. moments.Values],
                ["the running statistics"] = [.. _p.Entries.Where(e => e.IsBuffer).SelectMany(e => e.Value.ToArray())],
                ["the average"] = [.. _average.Entries.SelectMany(e => e.Value.ToArray())],
            };
        }

        internal void CopyTo(Training other)
        {
            other._p.CopyFrom(_p);
            other._average.CopyFrom(_average);
            var moments = new Moments();
            ((IResumable)_adam).Visit(moments);
            moments.Restores = true;
            ((IResumable)other._adam).Visit(moments);
        }
    }

    /// <summary>An optimiser's state in memory.</summary>
    sealed class Moments : StateVisitor
    {
        readonly Dictionary<string, float[]> _tensors = [];
        readonly Dictionary<string, double> _values = [];

        internal bool Restores { get; set; }

        internal IEnumerable<float> Values => _tensors.Values.SelectMany(x => x).Concat(_values.Values.Select(x => (float)x));

        public override StateVisitor this[string name] => this;

        public override void Visit(string name, Tensor values)
        {
            if (Restores) values.CopyFrom(_tensors[name]);
            else _tensors[name] = values.ToArray();
        }

        public override void Visit(string name, Span<int> values) => throw new NotSupportedException();

        public override void Visit(string name, ref long value)
        {
            if (Restores) value = (long)_values[name];
            else _values[name] = value;
        }

        public override void Visit(string name, ref double value)
        {
            if (Restores) value = _values[name];
            else _values[name] = value;
        }

        public override void Match(string name, long value, string meaning)
        {
        }
    }
}
