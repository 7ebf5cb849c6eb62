namespace TinyJepa.Tests;

/// <summary>Tensors in float64, plain and slow: what every operation is compared with.</summary>
sealed class Oracle(int[] shape, double[] values)
{
    internal int[] Shape { get; } = shape;

    internal double[] Values { get; } = values;

    internal int Rank => Shape.Length;

    internal double this[params int[] index] => Values[Offset(index)];

    internal Oracle Map(Func<double, double> f) => new(Shape, Array.ConvertAll(Values, x => f(x)));

    /// <summary>f of each pair; the right one repeats.</summary>
    internal Oracle Zip(Oracle b, Func<double, double, double> f) =>
        new(Shape, [.. Values.Select((a, i) => f(a, b.Values[i % b.Values.Length]))]);

    /// <summary>f of all values.</summary>
    internal Oracle Reduce(Func<double[], double> f) => new([], [f(Values)]);

    /// <summary>f of every line along an axis, which disappears.</summary>
    internal Oracle Reduce(int axis, Func<double[], double> f)
    {
        axis = axis < 0 ? axis + Rank : axis;
        return Make([.. Shape[..axis], .. Shape[(axis + 1)..]], index =>
            f([.. Enumerable.Range(0, Shape[axis]).Select(i => this[[.. index[..axis], i, .. index[axis..]]])]));
    }

    /// <summary>f of every line along the last axis.</summary>
    internal Oracle Rows(Func<double[], double[]> f) => new(Shape, [.. Values.Chunk(Shape[^1]).SelectMany(f)]);

    /// <summary>Numbers copied from elsewhere: y[index] = x[source(index)].</summary>
    internal Oracle Pick(int[] shape, Func<int[], int[]> source) => Make(shape, index => this[source(index)]);

    internal Oracle Reshape(params int[] shape) => new(shape, [.. Values]);

    /// <summary>[batch…, m, k]·[batch…, k, n], each possibly stored transposed; a matrix b serves every batch.</summary>
    internal Oracle MatMul(Oracle b, bool transposeA = false, bool transposeB = false)
    {
        int m = Shape[transposeA ? ^1 : ^2], k = Shape[transposeA ? ^2 : ^1], n = b.Shape[transposeB ? ^2 : ^1];
        var y = Make([.. Shape[..^2], m, n], _ => 0);
        for (var at = 0; at < y.Values.Length; at++)
        {
            var (batch, i, j) = (at / (m * n), at / n % m, at % n);
            var (startA, startB) = (batch * m * k, b.Rank == 2 ? 0 : batch * k * n);
            for (var s = 0; s < k; s++)
                y.Values[at] += Values[startA + (transposeA ? s * m + i : i * k + s)] * b.Values[startB + (transposeB ? j * k + s : s * n + j)];
        }

        return y;
    }

    /// <summary>The number of every place, from its index.</summary>
    internal static Oracle Make(int[] shape, Func<int[], double> f)
    {
        var y = new Oracle(shape, new double[shape.Aggregate(1, (product, size) => product * size)]);
        var index = new int[shape.Length];
        for (var i = 0; i < y.Values.Length; i++)
        {
            for (int axis = shape.Length - 1, rest = i; axis >= 0; rest /= shape[axis--]) index[axis] = rest % shape[axis];
            y.Values[i] = f(index);
        }

        return y;
    }

    internal static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>2/√π·e^(−x²)·Σ 2ⁿx²ⁿ⁺¹/(2n + 1)!!, whose terms have one sign (Abramowitz &amp; Stegun, 7.1.6).</summary>
    internal static double Erf(double x)
    {
        if (Math.Abs(x) > 6) return Math.Sign(x);
        var (term, sum) = (x, x);
        for (var n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++) sum += term *= 2 * x * x / (2 * n + 1);
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    internal static double Variance(double[] x, bool unbiased)
    {
        var mean = x.Average();
        return x.Sum(v => (v - mean) * (v - mean)) / (unbiased ? x.Length - 1 : x.Length);
    }

    int Offset(int[] index)
    {
        var offset = 0;
        for (var axis = 0; axis < index.Length; axis++) offset = offset * Shape[axis] + index[axis];
        return offset;
    }
}
