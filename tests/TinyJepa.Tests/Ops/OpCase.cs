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

    /// <summary>The size of what cancels inside the formula: a rounding unit of the value is one of a number at least this large.</summary>
    internal double Floor { get; init; }

    /// <summary>The same for the derivative: 1 for tanh, whose derivative is 1 − y².</summary>
    internal double SlopeFloor { get; init; }

    /// <summary>How many additions follow one another behind a number of the large result.</summary>
    internal int Chain { get; init; }

    /// <summary>Shapes that the operation must refuse with a message that names them.</summary>
    internal int[][][] Refuses { get; init; } = [];

    /// <summary>The method of the library that this line tests.</summary>
    internal string Method => Name.Split(':')[0];

    /// <summary>Inputs near a lattice that keeps its distance (0.0016) from 0, from round bounds, and from the other inputs' lattices.</summary>
    internal float[][] Inputs(int[][] shapes)
    {
        var random = new Random(1234);
        return [.. shapes.Select((shape, number) =>
        {
            var values = new float[Count(shape)];
            foreach (ref var x in values.AsSpan())
                x = MathF.Round((Range.Low + (Range.High - Range.Low) * random.NextSingle()) * 64) / 64 + (number + 1) * 0.004f + 0.002f * random.NextSingle();
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
    internal (float[] Value, float[][] Gradients) Backpropagate(int[][] shapes, float[][] inputs, Func<int, float[]> upstream, Backend? backend = null)
    {
        if (backend is null) Poison(shapes);
        using var tape = Tape.Begin();
        var watched = new Tensor[inputs.Length];
        for (var i = 0; i < inputs.Length; i++)
        {
            watched[i] = Tensor.From(inputs[i], Shape.Create(shapes[i]), backend);
            if (i >= Constants) watched[i] = tape.Watch(watched[i]);
        }

        var y = Run(watched);
        var weights = Tensor.From(upstream(y.Length), y.Shape, backend);
        tape.Backward(y.Multiply(weights).Sum());
        var gradients = new float[inputs.Length - Constants][];
        for (var i = Constants; i < inputs.Length; i++) gradients[i - Constants] = tape.Gradient(watched[i]).ToArray();
        return (y.ToArray(), gradients);
    }

    /// <summary>∂y[j]/∂x[i] of input <paramref name="which"/>, as [i][j].</summary>
    internal double[][] Jacobian(Oracle[] x, int which) => [.. Enumerable.Range(0, x[which].Values.Length).Select(i =>
    {
        var direction = new double[x[which].Values.Length];
        direction[i] = 1;
        return Along(x, which, direction);
    })];

    /// <summary>The derivative of every y[j] along a direction: central differences, extrapolated to an error of h⁴ (Richardson).</summary>
    internal double[] Along(Oracle[] x, int which, double[] direction)
    {
        const double h = 1e-3;
        return [.. Difference(h / 2).Zip(Difference(h), (near, far) => (4 * near - far) / 3)];

        double[] Difference(double step) =>
            [.. Shifted(step).Zip(Shifted(-step), (above, below) => (above - below) / (2 * step))];

        double[] Shifted(double step)
        {
            Oracle[] shifted = [.. x];
            shifted[which] = new Oracle(x[which].Shape, [.. x[which].Values.Zip(direction, (v, d) => v + step * d)]);
            return Reference(shifted).Values;
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
