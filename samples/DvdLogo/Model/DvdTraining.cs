using TinyJepa.Data;
using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// Trains the model: predict the target encoder's view of the frames to come, let the hinge keep the embedding from collapsing, let the
/// target follow slowly.
/// </summary>
internal sealed class DvdTraining
{
    readonly Recipe _recipe;
    readonly DvdSequences _clips;
    readonly Windows _observations;
    readonly Tensor _frames;
    readonly Adam _adam;
    readonly Ema _ema;
    readonly Schedule _schedule;
    readonly Rng _rng;
    readonly int[] _batch;
    int _step;

    public DvdTraining(Recipe recipe, DvdSequences clips, long seed)
    {
        (_recipe, _clips) = (recipe, clips);
        Model = new DvdModel(seed);
        _frames = Tensor.From(clips.Frames, [clips.Count * clips.Length, LogoFrame.Length]);
        _observations = new Windows(_frames, length: 2);
        _adam = new Adam(Model.Parameters);
        _ema = new Ema(Model.Parameters["online"], Model.Target["online"], recipe.Decay);
        _schedule = new Schedule { Peak = recipe.LearningRate, Steps = recipe.Steps };
        _rng = new Rng(seed)["batches"];
        _batch = new int[recipe.Clips * (recipe.Starts + recipe.Horizon)];
    }

    public DvdModel Model { get; }

    /// <summary>One step of the encoder and the predictor.</summary>
    public (float Loss, float Deviation) Step()
    {
        using var tape = Tape.Begin();
        var seen = DrawBatch();
        var rows = _recipe.Clips * _recipe.Starts;

        var z = Model.Online.Forward(seen.Rows(0, rows));
        var later = seen.Rows(_recipe.Clips, seen.Shape[0] - _recipe.Clips);
        var target = _recipe.StopGradient ? Model.TargetEncoder.Forward(later) : Model.Online.Forward(later);
        var loss = PredictionLoss(z, target, rows);
        if (_recipe.Hinge) loss += VicReg.VarianceHinge(z);

        tape.Backward(loss);
        _adam.LearningRate = _recipe.Cosine ? _schedule.At(_step) : _recipe.LearningRate;
        _adam.Step();
        _ema.Step();
        _step++;
        return (loss.Item, z.Variance(axis: 0).Sqrt().Mean().Item);
    }

    /// <summary>The mean over all steps ahead of the predictor's squared error, each step fed by the one before.</summary>
    Tensor PredictionLoss(Tensor z, Tensor target, int rows)
    {
        var prediction = Model.Predictor.Forward(z);
        var loss = Mse.Of(prediction, target.Rows(0, rows));
        for (var k = 1; k < _recipe.Horizon; k++)
        {
            prediction = Model.Predictor.Forward(prediction);
            loss += Mse.Of(prediction, target.Rows(k * _recipe.Clips, rows));
        }

        return loss / _recipe.Horizon;
    }

    /// <summary>Consecutive observations of random clips, time by time: all clips at their first moment, then all at the next, …</summary>
    Tensor DrawBatch()
    {
        var times = _recipe.Starts + _recipe.Horizon;
        for (var clip = 0; clip < _recipe.Clips; clip++)
        {
            var first = _rng.NextInt(_clips.Count) * _clips.Length + _rng.NextInt(_clips.Length - times);
            for (var time = 0; time < times; time++) _batch[time * _recipe.Clips + clip] = first + time;
        }

        return _observations.Take(_batch);
    }
}
