namespace TinyJepa.Tests;

/// <summary>One line of the table: an operation, what it means in float64, and the shapes to try it on.</summary>
/// <param name="Name">The method as <c>Method(parameters)</c> or <c>Tensor + float</c>; after a colon, which form of it.</param>
/// <param name="Run">The operation on its inputs.</param>
/// <param name="Reference">The same in float64.</param>
/// <param name="Shapes">The inputs' shapes: small and odd.</param>
sealed record OpCase(string Name, Func<Tensor[], Tensor> Run, Func<Oracle[], Oracle> Reference, params int[][] Shapes)
{
    /// <summary>Shapes large enough to be cut into several chunks.</summary>
    internal int[][] Large { get; init; } = Shapes;

    /// <summary>Where the inputs lie.</summary>
    internal (float Low, float High) Range { get; init; } = (-2f, 2f);

    /// <summary>How many inputs, from the first on, have no gradient: masks.</summary>
    internal int Constants { get; init; }

    /// <summary>Rounding units (2⁻²⁴) that value and gradient may be off, beside one for every term of a sum.</summary>
    internal int Units { get; init; } = 4;

    /// <summary>The size of what cancels inside the formula: a rounding unit is one of a number at least this large.</summary>
    internal double Floor { get; init; }

    /// <summary>Shapes that the operation must refuse with a message that names them.</summary>
    internal int[][][] Refuses { get; init; } = [];

    /// <summary>The method of the library that this line tests.</summary>
    internal string Method => Name.Split(':')[0];

    /// <summary>Inputs on a lattice that keeps its distance (0.0036) from 0, from round bounds, and from the other inputs' lattices.</summary>
    internal float[][] Inputs(int[][] shapes)
    {
        var random = new Random(1234);
        return [.. shapes.Select((shape, number) =>
        {
            var values = new float[Count(shape)];
            foreach (ref var x in values.AsSpan())
                x = MathF.Round((Range.Low + (Range.High - Range.Low) * random.NextSingle()) * 64) / 64 + (number + 1) / 250f;
            return values;
        })];
    }

    /// <summary>The upstream gradient: sizes in [0.5, 1.5), either sign.</summary>
    internal static float[] Upstream(int length, int seed = 99)
    {
        var random = new Random(seed);
        var values = new float[length];
        foreach (ref var x in values.AsSpan()) x = (0.5f + random.NextSingle()) * (random.Next(2) * 2 - 1);
        return values;
    }

    internal static int Count(int[] shape) => shape.Aggregate(1, (product, size) => product * size);

    /// <summary>Value and gradients of Σ upstream·op(inputs), computed on a tape of its own in memory full of NaN.</summary>
    internal (float[] Value, float[][] Gradients) Backpropagate(int[][] shapes, float[][] inputs, Func<int, float[]> upstream)
    {
        Poison(shapes);
        using var tape = Tape.Begin();
        var watched = new Tensor[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            watched[i] = Tensor.From(inputs[i], Shape.Create(shapes[i]));
            if (i >= Constants) watched[i] = tape.Watch(watched[i]);
        }

        var y = Run(watched);
        var weights = Tensor.From(upstream(y.Length), y.Shape);
        tape.Backward(y.Multiply(weights).Sum());
        var gradients = new float[inputs.Length - Constants][];
        for (var i = Constants; i < inputs.Length; i++) gradients[i - Constants] = tape.Gradient(watched[i]).ToArray();
        return (y.ToArray(), gradients);
    }

    /// <summary>∂y[j]/∂x[i] of input <paramref name="which"/>: central differences, extrapolated to an error of h⁴ (Richardson).</summary>
    internal double[][] Jacobian(Oracle[] x, int which)
    {
        const double h = 1e-3;
        var values = x[which].Values;
        return [.. Enumerable.Range(0, values.Length).Select(i =>
        {
            var (far, near) = (Difference(i, h), Difference(i, h / 2));
            return near.Zip(far, (n, f) => (4 * n - f) / 3).ToArray();
        })];

        double[] Difference(int i, double step)
        {
            var saved = values[i];
            values[i] = saved + step;
            var above = Reference(x).Values;
            values[i] = saved - step;
            var below = Reference(x).Values;
            values[i] = saved;
            return [.. above.Zip(below, (a, b) => (a - b) / (2 * step))];
        }
    }

    public override string ToString() => Name;

    /// <summary>Fills the blocks that the next tape will use with NaN: whatever is read before it was written shows.</summary>
    static void Poison(int[][] shapes)
    {
        using var scope = Scope.Begin();
        foreach (var shape in shapes.Append([1]).Append([16]).Append([64]).Append([128]))
            for (var i = 0; i < 8; i++)
                _ = Tensor.Full(Shape.Create(shape), float.NaN);
    }
}
