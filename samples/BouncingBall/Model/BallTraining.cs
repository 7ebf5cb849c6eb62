using TinyJepa.Data;
using TinyJepa.Losses;
using TinyJepa.Optim;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>Trains the model: predict the latent of a later window, and let SIGReg keep the latents of a batch standard normal.</summary>
internal sealed class BallTraining : Training<BallModel>
{
    readonly Recipe _recipe;
    readonly SlidingWindows _windows;
    readonly float[] _directions, _actions;
    readonly int[] _starts, _rows;
    readonly Batches _batches;
    readonly SigReg _sigReg;
    readonly Adam _adam;
    readonly Annealing _annealing;

    /// <param name="recipe">How to train.</param>
    /// <param name="pool">What to train on.</param>
    /// <param name="seed">Decides the initial weights, the batches and the directions of SIGReg.</param>
    public BallTraining(Recipe recipe, Trajectories pool, long seed) : base(new BallModel(recipe, pool.Width, seed))
    {
        _recipe = recipe;
        _windows = new SlidingWindows(pool.Frames, recipe.Window);
        _directions = recipe.Action ? pool.Directions() : [];
        _starts = pool.Starts(recipe.Window, recipe.After);
        var rng = new Rng(seed);
        _batches = new Batches(_starts.Length, recipe.Batch, rng["batches"]);
        _sigReg = recipe.Canonical ? SigReg.Canonical(rng["directions"], recipe.Directions) : SigReg.Unwindowed(rng["directions"], recipe.Directions);
        _adam = new Adam(Model.Parameters) { LearningRate = recipe.LearningRate, WeightDecay = recipe.WeightDecay };
        (_rows, _actions) = (new int[recipe.Batch * (recipe.Horizon + 1)], new float[recipe.Batch]);
        StepsPerPoint = _starts.Length / recipe.Batch;
        _annealing = new Annealing(recipe.LearningRate, Steps, recipe.CoolDown);
    }

    /// <summary>Batches that fit into an epoch; what is left over is dropped. A point of the learning curves is an epoch.</summary>
    public override int StepsPerPoint { get; }

    public override int Steps => _recipe.Steps ?? _recipe.Epochs * StepsPerPoint;

    /// <summary>Windows of the pool.</summary>
    public int Windows => _starts.Length;

    public override BallModel Snapshot() => Model.Snapshot();

    protected override StepResult Step(int step)
    {
        using var tape = Tape.Begin();
        var latents = Model.Encode(NextBatch());
        var z = latents.Rows(0, _recipe.Batch);
        var prediction = PredictionLoss(z, latents);
        var regulariser = _sigReg.Of(z);
        var loss = prediction + regulariser * _recipe.Lambda;
        tape.Backward(loss);
        _adam.LearningRate = _annealing.At(step);
        _adam.Step();
        return new StepResult(loss.Item, z.Variance(axis: 0).Sqrt().Mean().Item, prediction.Item, regulariser.Item);
    }

    protected override void AddParts(TrainingRun run) => run.Add("model", Model.Parameters).Add("adam", _adam).Add("batches", _batches).Add("directions", _sigReg);

    /// <summary>The squared distance of prediction and target, summed over the 16 dimensions, mean over the batch and the horizon.</summary>
    Tensor PredictionLoss(Tensor z, Tensor latents)
    {
        var loss = default(Tensor);
        for (var k = 1; k <= _recipe.Horizon; k++)
        {
            z = Model.Predict(z, _recipe.Action ? Action(k - 1) : null);
            var error = (z - latents.Rows(k * _recipe.Batch, _recipe.Batch)).Square().Sum();
            loss = k == 1 ? error : loss + error;
        }

        return loss / (_recipe.Horizon * _recipe.Batch);
    }

    /// <summary>Windows of a batch, and below them those to be predicted, one after the other: [batch·(horizon + 1), window·width].</summary>
    Tensor NextBatch()
    {
        var picked = _batches.Next().Span;
        for (var k = 0; k <= _recipe.Horizon; k++)
            for (var i = 0; i < picked.Length; i++) _rows[k * picked.Length + i] = _starts[picked[i]] + k * _recipe.Ahead;
        return _windows.Take(_rows);
    }

    /// <summary>The direction of motion at the last frame of the windows from which step k predicts.</summary>
    Tensor Action(int k)
    {
        for (var i = 0; i < _actions.Length; i++) _actions[i] = _directions[_rows[k * _recipe.Batch + i] + _recipe.Window - 1];
        return Tensor.From(_actions, [_recipe.Batch, 1]);
    }
}
