using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Bench;

/// <summary>Work that is measured step by step.</summary>
abstract class Workload
{
    /// <summary>Steps until everything is compiled and every buffer found.</summary>
    internal abstract int WarmUp { get; }

    internal abstract void Run(int steps);
}

/// <summary>One addition of 16 floats, recorded for a backward pass: the cost of an operation as such.</summary>
sealed class Add16 : Workload
{
    readonly Tensor _a = Tensor.Ones([16]), _b = Tensor.Ones([16]);

    internal override int WarmUp => 200_000;

    internal override void Run(int steps)
    {
        // A tape's worth of operations at a time, as in training: 64 is a small model's step.
        for (var done = 0; done < steps; done += 64)
        {
            using var tape = Tape.Begin();
            var a = tape.Watch(_a);
            for (var i = 0; i < Math.Min(64, steps - done); i++) _ = a + _b;
        }
    }
}

/// <summary>The training step of the logo's model at batch 256: encoder, slow target, predictor, hinge, Adam and average.</summary>
sealed class DvdStep : Workload
{
    const int Batch = 256, Batches = 16;

    readonly Mlp _online, _target, _predictor;
    readonly Adam _adam;
    readonly Ema _ema;
    readonly (Tensor Now, Tensor Next)[] _batches;
    int _step;

    internal DvdStep()
    {
        var (p, slow) = (new Parameters(seed: 0), new Parameters(seed: 0));
        _online = new Mlp(p["online"], [512, 256, 128, 32]);
        _predictor = new Mlp(p["predictor"], [32, 64, 32]);
        _target = new Mlp(slow["online"], [512, 256, 128, 32]);
        _adam = new Adam(p);
        _ema = new Ema(p["online"], slow["online"], 0.99f);
        var rng = new Rng(1);
        _batches = [.. Enumerable.Range(0, Batches).Select(_ => Blobs(rng))];
    }

    internal override int WarmUp => 100;

    internal override void Run(int steps)
    {
        for (var i = 0; i < steps; i++) Step();
    }

    void Step()
    {
        using var tape = Tape.Begin();
        var (now, next) = _batches[_step++ % Batches];
        var z = _online.Forward(now);
        var loss = Mse.Of(_predictor.Forward(z), _target.Forward(next)) + VicReg.VarianceHinge(z);
        tape.Backward(loss);
        _adam.Step();
        _ema.Step();
    }

    /// <summary>Two overlapping pairs of frames of a moving blob, [256, 512] each: the rival gets the like.</summary>
    static (Tensor Now, Tensor Next) Blobs(Rng rng)
    {
        var (now, next) = (Tensor.Empty([Batch, 512]), Tensor.Empty([Batch, 512]));
        Span<float> frames = stackalloc float[3 * 256];
        for (var row = 0; row < Batch; row++)
        {
            var (y, x) = (3 + 10 * rng.NextFloat(), 3 + 10 * rng.NextFloat());
            var (vy, vx) = (rng.NextInt(2) * 1.5f - 0.75f, rng.NextInt(2) * 1.5f - 0.75f);
            for (var i = 0; i < frames.Length; i++)
            {
                var (dy, dx) = (i % 256 / 16 - y - vy * (i / 256), i % 16 - x - vx * (i / 256));
                frames[i] = MathF.Exp(-(dy * dy + dx * dx) / 4.5f);
            }

            frames[..512].CopyTo(now.Span[(row * 512)..]);
            frames[256..].CopyTo(next.Span[(row * 512)..]);
        }

        return (now, next);
    }
}
