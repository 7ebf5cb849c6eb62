using TinyJepa.Data;
using TinyJepa.Losses;
using TinyJepa.Optim;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// Trains the model: predict the target encoder's latents of the frames to come, with a hinge on the variance against collapse; the slow copy
/// is an average of the encoder. The decoder is trained beside or after it on detached latents: its pictures are for people.
/// </summary>
internal sealed class DvdTraining : Training<DvdModel>
{
    readonly Recipe _recipe;
    readonly DvdSequences _clips;
    readonly SlidingWindows _observations, _frames;
    readonly Adam _adam, _decoderAdam;
    readonly Ema _ema;
    readonly Annealing _annealing, _decoderAnnealing;
    readonly Rng _rng;
    readonly int[] _batch, _decoded;

    /// <param name="recipe">How to train.</param>
    /// <param name="clips">What to train on.</param>
    /// <param name="seed">Decides the initial weights and the batches.</param>
    public DvdTraining(Recipe recipe, DvdSequences clips, long seed) : base(new DvdModel(seed, recipe.Skip))
    {
        (_recipe, _clips) = (recipe, clips);
        var frames = Tensor.From(clips.Frames, [clips.Count * clips.Length, LogoFrame.Length]);
        (_observations, _frames) = (new SlidingWindows(frames, length: 2), new SlidingWindows(frames, length: 1));
        (_adam, _decoderAdam) = (new Adam(Model.Parameters) { WeightDecay = recipe.WeightDecay }, new Adam(Model.DecoderParameters));
        _ema = new Ema(Model.Parameters["online"], Model.Target["target"], recipe.Decay);
        _annealing = new Annealing(recipe.LearningRate, recipe.Steps, recipe.CoolDown);
        _decoderAnnealing = new Annealing(recipe.LearningRate, recipe.DecoderSteps, recipe.CoolDown);
        _rng = new Rng(seed)["batches"];
        _batch = new int[recipe.Clips * (recipe.Starts + recipe.Horizon)];
        _decoded = new int[recipe.Clips * recipe.Starts];
    }

    public override int Steps => _recipe.TotalSteps;

    public override int ModelSteps => _recipe.Steps;

    public override DvdModel Snapshot() => Model.Snapshot();

    protected override StepResult Step(int step)
    {
        using var tape = Tape.Begin();
        return step < _recipe.Steps ? PredictStep(tape, step) : DecoderStep(tape, step - _recipe.Steps);
    }

    protected override void AddParts(TrainingRun run) => run
        .Add("model", Model.Parameters).Add("target", Model.Target).Add("decoder", Model.DecoderParameters)
        .Add("adam", _adam).Add("decoder_adam", _decoderAdam).Add("ema", _ema).Add("batches", _rng);

    StepResult PredictStep(in Tape tape, int step)
    {
        var observations = NextBatch(_recipe.Clips, _recipe.Starts + _recipe.Horizon);
        var rows = _recipe.Clips * _recipe.Starts;
        var later = observations.Rows(_recipe.Clips, observations.Shape[0] - _recipe.Clips);

        var z = Model.Online.Forward(observations.Rows(0, rows));
        var target = _recipe.Targets == Targets.SlowCopy ? Model.Slow.Forward(later) : Model.Online.Forward(later);
        if (_recipe.Targets == Targets.Constants) target = target.Detach();

        var loss = PredictionLoss(z, target, rows);
        if (_recipe.Hinge) loss += VicReg.VarianceHinge(z);
        tape.Backward(loss);
        _adam.LearningRate = _annealing.At(step);
        _adam.Step();
        _ema.Step();

        if (_recipe.Alongside) TrainDecoder(tape, target.Detach(), _batch.AsSpan(_recipe.Clips), _annealing.At(step));
        return new StepResult(loss.Item, z.Variance(axis: 0).Sqrt().Mean().Item);
    }

    /// <summary>The mean over all steps ahead of the predictor's error, each step fed by the one before.</summary>
    Tensor PredictionLoss(Tensor z, Tensor target, int rows)
    {
        var unit = _recipe.ScaleFree ? (target.Detach().Variance(axis: 0) + 1e-3f).Sqrt() : default;
        var loss = default(Tensor);
        for (var k = 0; k < _recipe.Horizon; k++)
        {
            z = Model.Predict(z);
            var truth = target.Rows(k * _recipe.Clips, rows);
            var error = _recipe.ScaleFree ? ((z - truth) / unit).Square().Mean() : Mse.Of(z, truth);
            loss = k == 0 ? error : loss + error;
        }

        return loss / _recipe.Horizon;
    }

    /// <summary>A step of the decoder on latents of its own.</summary>
    StepResult DecoderStep(in Tape tape, int step)
    {
        var latents = Model.Slow.Forward(NextBatch(_decoded.Length, 1));
        return new StepResult(TrainDecoder(tape, latents, _batch, _decoderAnnealing.At(step)), latents.Variance(axis: 0).Sqrt().Mean().Item);
    }

    /// <summary>Trains the decoder on the newest frames of the first observations.</summary>
    /// <param name="tape">The step's tape.</param>
    /// <param name="latents">[≥ batch, 32], detached.</param>
    /// <param name="observations">The frames at which these observations begin; the newest frame is the next.</param>
    /// <param name="rate">The learning rate.</param>
    float TrainDecoder(in Tape tape, Tensor latents, ReadOnlySpan<int> observations, float rate)
    {
        for (var i = 0; i < _decoded.Length; i++) _decoded[i] = observations[i] + 1;
        var loss = Mse.Of(Model.Decode(latents.Rows(0, _decoded.Length)), _frames.Take(_decoded));
        tape.Backward(loss);
        _decoderAdam.LearningRate = rate;
        _decoderAdam.Step();
        return loss.Item;
    }

    /// <summary>Consecutive observations of random clips, time by time: all clips at their first moment, then all at the next, …</summary>
    Tensor NextBatch(int clips, int times)
    {
        for (var clip = 0; clip < clips; clip++)
        {
            var first = _rng.NextInt(_clips.Count) * _clips.Length + _rng.NextInt(_clips.Length - times);
            for (var time = 0; time < times; time++) _batch[time * clips + clip] = first + time;
        }

        return _observations.Take(_batch.AsSpan(0, clips * times));
    }
}
