using TinyJepa.Losses;
using TinyJepa.Optim;

namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// Trains the model on random walks: predict the latents to come, and let SIGReg keep them from collapsing. There are only as many different
/// pictures as free cells, so a step encodes each once, however many walks the batch has.
/// </summary>
internal sealed class GridTraining : ILiveTraining<LiveModel>, IResumable
{
    readonly Recipe _recipe;
    readonly Walks _walks;
    readonly Tensor _images;
    readonly SigReg _sigReg;
    readonly Adam _adam;
    readonly Schedule _schedule;
    readonly (int[] States, int[] Moves)[] _batches;
    long _step;

    /// <param name="recipe">How to train.</param>
    /// <param name="walks">What to train on.</param>
    /// <param name="seed">Decides the initial weights and the batches.</param>
    public GridTraining(Recipe recipe, Walks walks, long seed)
    {
        (_recipe, _walks) = (recipe, walks);
        Model = new GridModel(seed, recipe.Dropout);
        _images = GridPicture.RenderAll(walks.Map);
        _sigReg = new SigReg(new Rng(seed)["sigreg"]) { Directions = recipe.Directions, ScaleBySamples = recipe.ScaleBySamples };
        _adam = new Adam(Model.Parameters) { WeightDecay = recipe.WeightDecay, MaxGradientNorm = 1f };
        _schedule = new Schedule { Peak = recipe.LearningRate, Steps = recipe.Steps, WarmUp = Math.Max(1, recipe.Steps / 100) };
        _walks.Begin(seed);
        _batches = [.. Enumerable.Range(0, recipe.Horizon + 1).Select(horizon => (new int[recipe.Walks * (horizon + 1)], new int[recipe.Walks * horizon]))];
    }

    public GridModel Model { get; }

    /// <inheritdoc/>
    public int Steps => _recipe.Steps;

    /// <inheritdoc/>
    public int CurveSteps => _recipe.Steps;

    /// <inheritdoc/>
    public LiveModel Snapshot(int step, double seconds) => new(_walks.Map, Settled(), _recipe, step, seconds);

    (float Loss, float Deviation) ILiveTraining<LiveModel>.Step()
    {
        var result = Step();
        return (result.Loss, result.Deviation);
    }

    /// <summary>One step.</summary>
    public StepResult Step()
    {
        using var tape = Tape.Begin();
        var horizon = _recipe.HorizonAt((int)_step);
        var (states, moves) = _batches[horizon];
        _walks.Draw(states, moves, horizon);

        var z = Model.Encode(_images, states, horizon + 1);
        var first = z.Slice(1, 0, 1);
        var prediction = Mse.Of(Model.Imagine(first, GridModel.OneHot(moves, horizon)), z.Slice(1, 1, horizon));
        var regulariser = _sigReg.Of(z.Permute(1, 0, 2));
        var loss = prediction + regulariser * _recipe.LambdaAt((int)_step);

        tape.Backward(loss);
        _adam.LearningRate = _schedule.At(_step++);
        _adam.Step();
        return new StepResult(loss.Item, prediction.Item, regulariser.Item, first.Reshape([first.Shape[0], GridModel.Latent]).Variance(axis: 0).Sqrt().Mean().Item);
    }

    /// <summary>Names everything that the rest of the training depends on.</summary>
    public void KeepIn(TrainingRun run) => run
        .Add("model", Model.Parameters).Add("masks", Model.Masks).Add("adam", _adam).Add("walks", _walks).Add("sigreg", _sigReg).Add("training", this);

    /// <summary>The schedule and the horizon follow from the step.</summary>
    void IResumable.Visit(StateVisitor state) => state.Visit("step", ref _step);

    /// <summary>The weights as they are, ready to be judged.</summary>
    public GridModel Settled()
    {
        var model = Model.Snapshot();
        model.Settle(_images, _walks.Seen);
        return model;
    }
}

/// <summary>What a step of training tells.</summary>
/// <param name="Loss">What it went down on.</param>
/// <param name="Prediction">The prediction's part of it.</param>
/// <param name="Regulariser">SIGReg, before its weight.</param>
/// <param name="Deviation">The latents' mean deviation over the batch; near 0 means collapse.</param>
internal readonly record struct StepResult(float Loss, float Prediction, float Regulariser, float Deviation);
