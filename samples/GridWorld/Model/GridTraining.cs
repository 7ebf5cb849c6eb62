using TinyJepa.Losses;
using TinyJepa.Optim;

namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// Trains the model on random walks: predict the latents to come, with SIGReg against collapse. There are only as many different
/// pictures as free cells, so a step encodes each once, however many walks the batch has.
/// </summary>
internal sealed class GridTraining : Training<GridModel>
{
    readonly Recipe _recipe;
    readonly Walks _walks;
    readonly Tensor _images;
    readonly SigReg _sigReg;
    readonly Adam _adam;
    readonly Schedule _schedule;
    readonly (int[] States, int[] Moves)[] _batches;

    /// <param name="recipe">How to train.</param>
    /// <param name="walks">What to train on.</param>
    /// <param name="seed">Decides the initial weights and the batches.</param>
    public GridTraining(Recipe recipe, Walks walks, long seed) : base(new GridModel(seed, recipe.Dropout))
    {
        (_recipe, _walks) = (recipe, walks);
        _images = GridPicture.RenderAll(walks.Map);
        _sigReg = new SigReg(new Rng(seed)["sigreg"]) { Directions = recipe.Directions, ScaleBySamples = recipe.ScaleBySamples };
        _adam = new Adam(Model.Parameters) { WeightDecay = recipe.WeightDecay, MaxGradientNorm = 1f };
        _schedule = new Schedule { Peak = recipe.LearningRate, Steps = recipe.Steps, WarmUp = Math.Max(1, recipe.Steps / 100) };
        _walks.Begin(seed);
        _batches = [.. Enumerable.Range(0, recipe.Horizon + 1).Select(horizon => (new int[recipe.Walks * (horizon + 1)], new int[recipe.Walks * horizon]))];
    }

    public override int Steps => _recipe.Steps;

    /// <summary>A copy whose normalisations are recalibrated on the transitions of the training.</summary>
    public override GridModel Snapshot()
    {
        var model = Model.Snapshot();
        model.Recalibrate(_images, _walks.Seen);
        return model;
    }

    protected override StepResult Step(int step)
    {
        using var tape = Tape.Begin();
        var horizon = _recipe.HorizonAt(step);
        var (states, moves) = _batches[horizon];
        _walks.Draw(states, moves, horizon);

        var z = Model.Encode(_images, states, horizon + 1);
        var first = z.Slice(1, 0, 1);
        var prediction = Mse.Of(Model.Imagine(first, GridModel.OneHot(moves, horizon)), z.Slice(1, 1, horizon));
        var regulariser = _sigReg.Of(z.Permute(1, 0, 2));
        var loss = prediction + regulariser * _recipe.LambdaAt(step);

        tape.Backward(loss);
        _adam.LearningRate = _schedule.At(step);
        _adam.Step();
        var std = first.Reshape([first.Shape[0], GridModel.Latent]).Variance(axis: 0).Sqrt().Mean();
        return new StepResult(loss.Item, std.Item, prediction.Item, regulariser.Item);
    }

    protected override void AddParts(TrainingRun run) => run
        .Add("model", Model.Parameters).Add("masks", Model.Masks).Add("adam", _adam).Add("walks", _walks).Add("sigreg", _sigReg);
}
