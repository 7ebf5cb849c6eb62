using TinyJepa.Data;
using TinyJepa.Losses;
using TinyJepa.Optim;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// Trains the model: predict the target's view of the frames to come, let the hinge keep the embedding from collapsing, let the slow copy
/// follow. The decoder learns beside or after it from latents that are constants to it: pictures are for us.
/// </summary>
internal sealed class DvdTraining : ILiveTraining<LiveModel>, IResumable
{
    readonly Recipe _recipe;
    readonly DvdSequences _clips;
    readonly SlidingWindows _observations, _frames;
    readonly Adam _adam, _decoderAdam;
    readonly Ema _ema;
    readonly Schedule _calm, _drawingCalm;
    readonly Rng _rng;
    readonly int[] _batch, _shown;
    long _step;

    /// <param name="recipe">How to train.</param>
    /// <param name="clips">What to train on.</param>
    /// <param name="seed">Decides the initial weights and the batches.</param>
    public DvdTraining(Recipe recipe, DvdSequences clips, long seed)
    {
        (_recipe, _clips) = (recipe, clips);
        Model = new DvdModel(seed, recipe.Skip);
        var frames = Tensor.From(clips.Frames, [clips.Count * clips.Length, LogoFrame.Length]);
        (_observations, _frames) = (new SlidingWindows(frames, length: 2), new SlidingWindows(frames, length: 1));
        (_adam, _decoderAdam) = (new Adam(Model.Parameters) { WeightDecay = recipe.WeightDecay }, new Adam(Model.Drawing));
        _ema = new Ema(Model.Parameters["online"], Model.Target["target"], recipe.Decay);
        (_calm, _drawingCalm) = (Calm(recipe, recipe.Steps), Calm(recipe, recipe.DecoderSteps));
        _rng = new Rng(seed)["batches"];
        _batch = new int[recipe.Clips * (recipe.Starts + recipe.Horizon)];
        _shown = new int[recipe.Clips * recipe.Starts];
    }

    public DvdModel Model { get; }

    /// <inheritdoc/>
    public int Steps => _recipe.TotalSteps;

    /// <inheritdoc/>
    public int CurveSteps => _recipe.Steps;

    /// <inheritdoc/>
    public LiveModel Snapshot(int step, double seconds) => new(Model.Snapshot(), _recipe, step, seconds);

    /// <inheritdoc/>
    public (float Loss, float Deviation) Step()
    {
        using var tape = Tape.Begin();
        var progress = (int)_step++;
        return progress < _recipe.Steps ? PredictStep(tape, progress) : DrawStep(tape, progress - _recipe.Steps);
    }

    /// <summary>Names everything that the rest of the training depends on.</summary>
    public void KeepIn(TrainingRun run) => run
        .Add("model", Model.Parameters).Add("target", Model.Target).Add("drawing", Model.Drawing)
        .Add("adam", _adam).Add("decoder_adam", _decoderAdam).Add("ema", _ema).Add("batches", _rng).Add("training", this);

    /// <summary>The schedules and the phase follow from the step.</summary>
    void IResumable.Visit(StateVisitor state) => state.Visit("step", ref _step);

    (float, float) PredictStep(in Tape tape, int step)
    {
        var seen = DrawBatch(_recipe.Clips, _recipe.Starts + _recipe.Horizon);
        var rows = _recipe.Clips * _recipe.Starts;
        var later = seen.Rows(_recipe.Clips, seen.Shape[0] - _recipe.Clips);

        var z = Model.Online.Forward(seen.Rows(0, rows));
        var target = _recipe.Targets == Targets.SlowCopy ? Model.Slow.Forward(later) : Model.Online.Forward(later);
        if (_recipe.Targets == Targets.Constants) target = target.Detach();

        var loss = PredictionLoss(z, target, rows);
        if (_recipe.Hinge) loss += VicReg.VarianceHinge(z);
        tape.Backward(loss);
        _adam.LearningRate = Rate(_calm, _recipe.Steps - step);
        _adam.Step();
        _ema.Step();

        if (_recipe.Alongside) Draw(tape, target.Detach(), _batch.AsSpan(_recipe.Clips), Rate(_calm, _recipe.Steps - step));
        return (loss.Item, z.Variance(axis: 0).Sqrt().Mean().Item);
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
    (float, float) DrawStep(in Tape tape, int step)
    {
        var latents = Model.Slow.Forward(DrawBatch(_shown.Length, 1));
        return (Draw(tape, latents, _batch, Rate(_drawingCalm, _recipe.DecoderSteps - step)), latents.Variance(axis: 0).Sqrt().Mean().Item);
    }

    /// <summary>Teaches the decoder the newest frames of the first observations.</summary>
    /// <param name="tape">The step's tape.</param>
    /// <param name="latents">[≥ batch, 32], constants.</param>
    /// <param name="observations">The frames at which these observations begin; the newest frame is the next.</param>
    /// <param name="rate">The learning rate.</param>
    float Draw(in Tape tape, Tensor latents, ReadOnlySpan<int> observations, float rate)
    {
        for (var i = 0; i < _shown.Length; i++) _shown[i] = observations[i] + 1;
        var loss = Mse.Of(Model.Decode(latents.Rows(0, _shown.Length)), _frames.Take(_shown));
        tape.Backward(loss);
        _decoderAdam.LearningRate = rate;
        _decoderAdam.Step();
        return loss.Item;
    }

    static Schedule Calm(Recipe recipe, int steps) => new() { Peak = recipe.LearningRate, Steps = (int)(recipe.CoolDown * steps) };

    /// <summary>The learning rate of the step that has <paramref name="left"/> steps to the end, itself included.</summary>
    float Rate(Schedule calm, int left) => left > calm.Steps ? _recipe.LearningRate : calm.At(calm.Steps - left);

    /// <summary>Consecutive observations of random clips, time by time: all clips at their first moment, then all at the next, …</summary>
    Tensor DrawBatch(int clips, int times)
    {
        for (var clip = 0; clip < clips; clip++)
        {
            var first = _rng.NextInt(_clips.Count) * _clips.Length + _rng.NextInt(_clips.Length - times);
            for (var time = 0; time < times; time++) _batch[time * clips + clip] = first + time;
        }

        return _observations.Take(_batch.AsSpan(0, clips * times));
    }
}
