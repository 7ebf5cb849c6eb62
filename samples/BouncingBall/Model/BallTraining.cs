using TinyJepa.Data;
using TinyJepa.Losses;
using TinyJepa.Optim;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>Trains the model: predict the latent of a later window, and let SIGReg keep the latents of a batch standard normal.</summary>
internal sealed class BallTraining : IResumable
{
    readonly Recipe _recipe;
    readonly SlidingWindows _windows;
    readonly float[] _directions;
    readonly int[] _starts, _rows;
    readonly Batches _batches;
    readonly SigReg _sigReg;
    readonly Adam _adam;
    readonly Schedule _calm;
    long _step;

    /// <param name="recipe">How to train.</param>
    /// <param name="pool">What to train on.</param>
    /// <param name="seed">Decides the initial weights, the batches and the directions of SIGReg.</param>
    public BallTraining(Recipe recipe, Trajectories pool, long seed)
    {
        _recipe = recipe;
        Model = new BallModel(recipe, pool.Width, seed);
        _windows = new SlidingWindows(pool.Frames, recipe.Window);
        _directions = recipe.Action ? pool.Directions() : [];
        _starts = pool.Starts(recipe.Window, recipe.After);
        var rng = new Rng(seed);
        _batches = new Batches(_starts.Length, recipe.Batch, rng["batches"]);
        _sigReg = recipe.Canonical ? SigReg.Canonical(rng["directions"], recipe.Directions) : SigReg.Unwindowed(rng["directions"], recipe.Directions);
        _adam = new Adam(Model.Parameters) { LearningRate = recipe.LearningRate, WeightDecay = recipe.WeightDecay };
        _rows = new int[recipe.Batch * (recipe.Horizon + 1)];
        StepsPerEpoch = _starts.Length / recipe.Batch;
        _calm = new Schedule { Peak = recipe.LearningRate, Steps = (int)(recipe.CoolDown * Steps) };
    }

    public BallModel Model { get; }

    /// <summary>Batches that fit into an epoch; what is left over is dropped.</summary>
    public int StepsPerEpoch { get; }

    public int Steps => _recipe.Steps ?? _recipe.Epochs * StepsPerEpoch;

    /// <summary>Windows of the pool.</summary>
    public int Windows => _starts.Length;

    /// <summary>The last step's prediction error: the loss without SIGReg.</summary>
    public float PredictionError { get; private set; }

    /// <summary>One step.</summary>
    /// <returns>Its loss, and the mean deviation of the latents over the batch.</returns>
    public (float Loss, float Deviation) Step()
    {
        using var tape = Tape.Begin();
        var batch = _recipe.Batch;
        var seen = Draw();
        var latents = Model.Encode(seen);
        var z = latents.Rows(0, batch);
        var prediction = PredictionLoss(z, latents);
        var loss = prediction + _sigReg.Of(z) * _recipe.Lambda;
        tape.Backward(loss);
        var left = Steps - (int)_step++;
        _adam.LearningRate = left > _calm.Steps ? _recipe.LearningRate : _calm.At(_calm.Steps - left);
        _adam.Step();
        PredictionError = prediction.Item;
        return (loss.Item, z.Variance(axis: 0).Sqrt().Mean().Item);
    }

    /// <summary>Names everything that the rest of the training depends on.</summary>
    public void KeepIn(TrainingRun run) => run
        .Add("model", Model.Parameters).Add("adam", _adam).Add("batches", _batches).Add("directions", _sigReg).Add("training", this);

    /// <summary>The schedule follows from the step.</summary>
    void IResumable.Visit(StateVisitor state) => state.Visit("step", ref _step);

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
    Tensor Draw()
    {
        var drawn = _batches.Next().Span;
        for (var k = 0; k <= _recipe.Horizon; k++)
            for (var i = 0; i < drawn.Length; i++) _rows[k * drawn.Length + i] = _starts[drawn[i]] + k * _recipe.Ahead;
        return _windows.Take(_rows);
    }

    /// <summary>The direction of motion at the last frame of the windows from which step k predicts.</summary>
    Tensor Action(int k)
    {
        var action = Tensor.Empty([_recipe.Batch, 1]);
        for (var i = 0; i < _recipe.Batch; i++) action.Span[i] = _directions[_rows[k * _recipe.Batch + i] + _recipe.Window - 1];
        return action;
    }
}
