namespace TinyJepa.Bench.Rows;

/// <summary>One row of the table: work that is repeated and timed, and its results for comparison with the rivals'.</summary>
abstract class Workload
{
    /// <summary>Does the work this many times.</summary>
    internal abstract void Run(int times);

    /// <summary>What one fresh call gives, by name; the peers use the same names.</summary>
    internal virtual IEnumerable<(string Name, float[] Values)> Results() => [];
}

/// <summary>An expression without a tape.</summary>
sealed class Forward(Func<Tensor> compute) : Workload
{
    internal override void Run(int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var scope = Scope.Begin();
            compute();
        }
    }

    internal override IEnumerable<(string Name, float[] Values)> Results()
    {
        using var scope = Scope.Begin();
        return [("y", compute().ToArray())];
    }
}

/// <summary>An expression and its gradients, for a given gradient of the result: PyTorch's <c>y.backward(g)</c>.</summary>
sealed class ForwardBackward(Func<Tensor[], Tensor> compute, Tensor gradient, params Tensor[] inputs) : Workload
{
    readonly Tensor[] _watched = new Tensor[inputs.Length];

    internal override void Run(int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var tape = Tape.Begin();
            Once(tape);
        }
    }

    internal override IEnumerable<(string Name, float[] Values)> Results()
    {
        using var tape = Tape.Begin();
        var results = new List<(string, float[])> { ("y", Once(tape).ToArray()) };
        for (var i = 0; i < inputs.Length; i++) results.Add(($"d{i}", tape.Gradient(_watched[i]).ToArray()));
        return results;
    }

    Tensor Once(Tape tape)
    {
        for (var i = 0; i < inputs.Length; i++) _watched[i] = tape.Watch(inputs[i]);
        var y = compute(_watched);
        tape.Backward(y, gradient);
        return y;
    }
}

/// <summary>Work that depends on random numbers: its value, and the length of its gradient, are near the rivals'.</summary>
sealed class Loosely(Workload inner) : Workload
{
    internal override void Run(int times) => inner.Run(times);

    internal override IEnumerable<(string Name, float[] Values)> Results()
    {
        var results = inner.Results().ToDictionary(pair => pair.Name, pair => pair.Values);
        return [("~loss", results["y"]), ("~gradient", [MathF.Sqrt(results["d0"].Sum(static v => v * v))])];
    }
}
