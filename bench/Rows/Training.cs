using TinyJepa.Optim;

namespace TinyJepa.Bench.Rows;

/// <summary>The loss of a step.</summary>
delegate Tensor Loss(Tape tape, int step);

/// <summary>What repeats in a training loop: the loss, the optimiser, and what follows it.</summary>
/// <param name="Adam">The optimiser.</param>
/// <param name="Loss">The loss.</param>
/// <param name="After">What follows the optimiser.</param>
/// <param name="Random">Whether the loss depends on random numbers, and can be compared loosely only.</param>
sealed record Recipe(Adam Adam, Loss Loss, Action? After = null, bool Random = false);

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
        return [.. Enumerable.Range(0, 3).Select(i => ($"{(fresh.Random ? "~" : "")}loss{i}", (float[])[Step(fresh, i)]))];
    }

    static float Step(Recipe recipe, int step)
    {
        using var tape = Tape.Begin();
        var loss = recipe.Loss(tape, step);
        tape.Backward(loss);
        recipe.Adam.Step();
        recipe.After?.Invoke();
        return loss.Item;
    }
}
