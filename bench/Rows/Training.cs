using TinyJepa.Optim;

namespace TinyJepa.Bench.Rows;

/// <summary>What repeats in a training loop: the loss of step i, the optimiser, and what follows it.</summary>
sealed record Recipe(Adam Adam, Func<int, Tensor> Loss, Action? After = null);

/// <summary>Whole training steps: forward, backward, optimiser.</summary>
sealed class Training(Func<Recipe> make) : Workload
{
    readonly Recipe _recipe = make();
    int _step;

    internal override void Run(int times)
    {
        for (var i = 0; i < times; i++) Step(_recipe, _step++);
    }

    /// <summary>The losses of the first three steps from equal weights: the second and third depend on gradients and optimiser.</summary>
    internal override IEnumerable<(string Name, float[] Values)> Results()
    {
        var fresh = make();
        return [.. Enumerable.Range(0, 3).Select(i => ($"loss{i}", (float[])[Step(fresh, i)]))];
    }

    static float Step(Recipe recipe, int step)
    {
        using var tape = Tape.Begin();
        var loss = recipe.Loss(step);
        tape.Backward(loss);
        recipe.Adam.Step();
        recipe.After?.Invoke();
        return loss.Item;
    }
}
