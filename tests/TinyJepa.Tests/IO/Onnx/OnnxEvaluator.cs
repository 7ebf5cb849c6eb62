namespace TinyJepa.Tests.IO;

/// <summary>Runs a graph in double precision, each operator as its definition says and no faster.</summary>
sealed class OnnxEvaluator
{
    /// <summary>Values of any shape; integers are exact, too.</summary>
    internal sealed record Array(double[] Values, int[] Dims)
    {
        internal int Rank => Dims.Length;

        internal int Product(int from, int to) => Dims[from..to].Aggregate(1, (product, size) => product * size);

        internal int Axis(long axis) => (int)(axis < 0 ? axis + Rank : axis);
    }

    readonly Dictionary<string, Array> _values = [];

    /// <summary>What a function counts for: four standard deviations are then the five ulp that <see cref="TinyJepa.Kernels.Functions"/> promises.</summary>
    const int Function = 6;

    long _terms;

    /// <summary>
    /// How many units of rounding a float32 result may accumulate: four standard deviations of as many independent ones as the longest sums of all operators
    /// have terms.
    /// </summary>
    internal double Roundings => 4 * Math.Sqrt(_terms);

    internal static Dictionary<string, Array> Inputs(OnnxCase each, IEnumerable<Tensor> values) =>
        each.Inputs.Zip(values).ToDictionary(pair => pair.First.Name, pair => new Array([.. pair.Second.ToArray().Select(v => (double)v)], pair.Second.Shape.ToArray()));

    internal Dictionary<string, Array> Run(OnnxModel model, IReadOnlyDictionary<string, Array> inputs)
    {
        foreach (var (name, value) in inputs) _values.Add(name, value);
        foreach (var (name, constant) in model.Initializers)
            _values.Add(name, new Array(constant.Floats is { } floats ? [.. floats.Select(x => (double)x)] : [.. constant.Integers!.Select(i => (double)i)], [.. constant.Dims.Select(d => (int)d)]));
        foreach (var node in model.Nodes)
        {
            var terms = node.Op is "Exp" or "Log" or "Sin" or "Cos" or "Tanh" or "Sigmoid" or "Erf" ? Function : 1;
            _values.Add(node.Output, Compute(node, [.. node.Inputs.Select(name => _values[name])], ref terms));
            _terms += terms;
        }

        return model.Outputs.ToDictionary(output => output.Name, output => _values[output.Name]);
    }

    static Array Compute(OnnxModel.Node node, Array[] x, ref int terms) => node.Op switch
    {
        "Abs" => Map(x[0], Math.Abs),
        "Neg" => Map(x[0], v => -v),
        "Sqrt" => Map(x[0], Math.Sqrt),
        "Exp" => Map(x[0], Math.Exp),
        "Log" => Map(x[0], Math.Log),
        "Sin" => Map(x[0], Math.Sin),
        "Cos" => Map(x[0], Math.Cos),
        "Tanh" => Map(x[0], Math.Tanh),
        "Sigmoid" => Map(x[0], Oracle.Sigmoid),
        "Relu" => Map(x[0], v => Math.Max(v, 0)),
        "Erf" => Map(x[0], Oracle.Erf),
        "Identity" => x[0],
        "Add" => Zip(x[0], x[1], (a, b) => a + b),
        "Sub" => Zip(x[0], x[1], (a, b) => a - b),
        "Mul" => Zip(x[0], x[1], (a, b) => a * b),
        "Div" => Zip(x[0], x[1], (a, b) => a / b),
        "Max" => Zip(x[0], x[1], Math.Max),
        "Min" => Zip(x[0], x[1], Math.Min),
        "Clip" => Map(x[0], v => Math.Clamp(v, x[1].Values[0], x[2].Values[0])),
        "Gemm" => Gemm(x, Integer(node, "transB", 0) == 1, ref terms),
        "MatMul" => MatMul(x[0], x[1], ref terms),
        "Transpose" => Transpose(x[0], Integers(node, "perm")),
        "Reshape" => Reshape(x[0], x[1]),
        "Slice" => Slice(x[0], x[1].Values[0], x[2].Values[0], x[3].Values[0]),
        "Concat" => Concat(x, x[0].Axis(Integer(node, "axis"))),
        "Gather" => Gather(x[0], x[1], (int)Integer(node, "axis")),
        "Pad" => Pad(x[0], x[1]),
        "Expand" => Zip(x[0], new Array([.. Enumerable.Repeat(0.0, (int)x[1].Values.Aggregate(1.0, (a, b) => a * b))], Sizes(x[1])), (a, _) => a),
        "Unsqueeze" => new Array(x[0].Values, [.. x[0].Dims[..(int)x[1].Values[0]], 1, .. x[0].Dims[(int)x[1].Values[0]..]]),
        "ReduceMean" => Reduce(x[0], node.Attributes.ContainsKey("axes") ? (int)Integers(node, "axes").Single() : null, Integer(node, "keepdims"), mean: true, ref terms),
        "ReduceSum" => Reduce(x[0], x.Length > 1 ? (int)x[1].Values.Single() : null, Integer(node, "keepdims"), mean: false, ref terms),
        "Softmax" => Softmax(x[0], x[0].Axis(Integer(node, "axis")), ref terms),
        "LayerNormalization" => LayerNormalization(x, (float)node.Attributes["epsilon"], x[0].Axis(Integer(node, "axis")), ref terms),
        "BatchNormalization" => BatchNormalization(x, (float)node.Attributes["epsilon"]),
        "Conv" => Conv(x, Integers(node, "kernel_shape"), Integers(node, "strides"), Integers(node, "pads"), ref terms),
        "AveragePool" => AveragePool(x[0], Integers(node, "kernel_shape"), Integers(node, "strides"), ref terms),
        _ => throw new NotSupportedException(node.Op),
    };

    static long Integer(OnnxModel.Node node, string name, long? missing = null) => missing is { } value && !node.Attributes.ContainsKey(name) ? value : (long)node.Attributes[name];

    static long[] Integers(OnnxModel.Node node, string name) => (long[])node.Attributes[name];

    static int[] Sizes(Array x) => [.. x.Values.Select(v => (int)v)];

    static Array Map(Array x, Func<double, double> f) => new([.. x.Values.Select(f)], x.Dims);

    /// <summary>Broadcasting as NumPy's: shapes are aligned at their ends, sizes of 1 repeat.</summary>
    static Array Zip(Array a, Array b, Func<double, double, double> f)
    {
        var rank = Math.Max(a.Rank, b.Rank);
        int[] da = [.. Enumerable.Repeat(1, rank - a.Rank), .. a.Dims], db = [.. Enumerable.Repeat(1, rank - b.Rank), .. b.Dims];
        var dims = da.Zip(db, (p, q) => p == q || q == 1 ? p : p == 1 ? q : throw new InvalidDataException($"[{string.Join(", ", da)}] and [{string.Join(", ", db)}] do not broadcast.")).ToArray();
        var values = new double[dims.Aggregate(1, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
        {
            var (rest, ia, ib, sa, sb) = (i, 0, 0, 1, 1);
            for (var d = rank - 1; d >= 0; d--)
            {
                var at = rest % dims[d];
                rest /= dims[d];
                if (da[d] > 1) ia += at * sa;
                if (db[d] > 1) ib += at * sb;
                sa *= da[d];
                sb *= db[d];
            }

            values[i] = f(a.Values[ia], b.Values[ib]);
        }

        return new Array(values, dims);
    }

    static Array Gemm(Array[] x, bool transposed, ref int terms)
    {
        Assert.Equal((2, 2), (x[0].Rank, x[1].Rank));
        var product = MatMul(x[0], transposed ? Transpose(x[1], [1, 0]) : x[1], ref terms);
        return x.Length == 3 ? Zip(product, x[2], (a, b) => a + b) : product;
    }

    static Array MatMul(Array a, Array b, ref int terms)
    {
        int m = a.Dims[^2], k = a.Dims[^1], n = b.Dims[^1], batches = a.Product(0, a.Rank - 2);
        Assert.Equal(k, b.Dims[^2]);
        Assert.True(b.Rank == 2 || b.Dims.AsSpan(0, b.Rank - 2).SequenceEqual(a.Dims.AsSpan(0, a.Rank - 2)));
        terms = k;
        var values = new double[batches * m * n];
        for (var batch = 0; batch < batches; batch++)
            for (var i = 0; i < m; i++)
                for (var l = 0; l < k; l++)
                {
                    var (left, right, y) = (a.Values[(batch * m + i) * k + l], (b.Rank == 2 ? 0 : batch * k * n) + l * n, (batch * m + i) * n);
                    for (var j = 0; j < n; j++) values[y + j] += left * b.Values[right + j];
                }

        return new Array(values, [.. a.Dims[..^1], n]);
    }

    static Array Transpose(Array x, long[] axes)
    {
        int[] dims = [.. axes.Select(axis => x.Dims[axis])];
        Assert.Equal(Enumerable.Range(0, x.Rank), axes.Order().Select(axis => (int)axis));
        var values = new double[x.Values.Length];
        var index = new int[x.Rank];
        for (var i = 0; i < values.Length; i++)
        {
            var rest = i;
            for (var d = x.Rank - 1; d >= 0; d--) (index[axes[d]], rest) = (rest % dims[d], rest / dims[d]);
            var from = 0;
            for (var d = 0; d < x.Rank; d++) from = from * x.Dims[d] + index[d];
            values[i] = x.Values[from];
        }

        return new Array(values, dims);
    }

    static Array Reshape(Array x, Array shape)
    {
        var sizes = Sizes(shape);
        for (var i = 0; i < sizes.Length; i++)
            if (sizes[i] == 0) sizes[i] = x.Dims[i];
        var known = sizes.Where(size => size >= 0).Aggregate(1, (product, size) => product * size);
        sizes = [.. sizes.Select(size => size < 0 ? x.Values.Length / known : size)];
        Assert.Equal(x.Values.Length, sizes.Aggregate(1, (product, size) => product * size));
        return new Array(x.Values, sizes);
    }

    static Array Slice(Array x, double start, double end, double axis)
    {
        var d = x.Axis((long)axis);
        int first = (int)start, count = (int)Math.Min(end, x.Dims[d]) - first, inner = x.Product(d + 1, x.Rank), outer = x.Product(0, d);
        var values = new List<double>();
        for (var o = 0; o < outer; o++) values.AddRange(x.Values.AsSpan((o * x.Dims[d] + first) * inner, count * inner));
        return new Array([.. values], [.. x.Dims[..d], count, .. x.Dims[(d + 1)..]]);
    }

    static Array Concat(Array[] parts, int axis)
    {
        var values = new List<double>();
        for (var o = 0; o < parts[0].Product(0, axis); o++)
            foreach (var part in parts)
            {
                var width = part.Product(axis, part.Rank);
                values.AddRange(part.Values.AsSpan(o * width, width));
            }

        return new Array([.. values], [.. parts[0].Dims[..axis], parts.Sum(part => part.Dims[axis]), .. parts[0].Dims[(axis + 1)..]]);
    }

    static Array Gather(Array x, Array rows, int axis)
    {
        Assert.Equal((0, 1), (axis, rows.Rank));
        var width = x.Product(1, x.Rank);
        return new Array([.. rows.Values.SelectMany(row => x.Values[((int)row * width)..((int)row * width + width)])], [rows.Values.Length, .. x.Dims[1..]]);
    }

    static Array Pad(Array x, Array pads)
    {
        int[] dims = [.. x.Dims.Select((size, d) => size + (int)pads.Values[d] + (int)pads.Values[x.Rank + d])];
        var y = new double[dims.Aggregate(1, (product, size) => product * size)];
        for (var i = 0; i < x.Values.Length; i++)
        {
            var (rest, to, stride) = (i, 0, 1);
            for (var d = x.Rank - 1; d >= 0; d--)
            {
                to += (rest % x.Dims[d] + (int)pads.Values[d]) * stride;
                stride *= dims[d];
                rest /= x.Dims[d];
            }

            y[to] = x.Values[i];
        }

        return new Array(y, dims);
    }

    static Array Reduce(Array x, int? axis, long keep, bool mean, ref int terms)
    {
        var (outer, size, inner) = axis is { } d ? (x.Product(0, d), x.Dims[d], x.Product(d + 1, x.Rank)) : (1, x.Values.Length, 1);
        terms = size;
        var values = new double[outer * inner];
        for (var i = 0; i < x.Values.Length; i++) values[i / (size * inner) * inner + i % inner] += x.Values[i] / (mean ? size : 1);
        return new Array(values, [.. x.Dims.Select((n, i) => axis is null || i == axis ? 1 : n).Where((_, i) => keep == 1 || (axis is not null && i != axis))]);
    }

    static Array Softmax(Array x, int axis, ref int terms)
    {
        Assert.Equal(x.Rank - 1, axis);
        terms = x.Dims[^1];
        return Rows(x, row =>
        {
            var most = row.Max();
            double[] powers = [.. row.Select(v => Math.Exp(v - most))];
            return [.. powers.Select(v => v / powers.Sum())];
        });
    }

    static Array LayerNormalization(Array[] x, double epsilon, int axis, ref int terms)
    {
        Assert.Equal(x[0].Rank - 1, axis);
        terms = x[0].Dims[^1];
        return Rows(x[0], row =>
        {
            var mean = row.Average();
            var std = Math.Sqrt(row.Average(v => (v - mean) * (v - mean)) + epsilon);
            return [.. row.Select((v, i) => (v - mean) / std * x[1].Values[i] + (x.Length > 2 ? x[2].Values[i] : 0))];
        });
    }

    static Array Rows(Array x, Func<double[], double[]> f) => new([.. x.Values.Chunk(x.Dims[^1]).SelectMany(f)], x.Dims);

    static Array BatchNormalization(Array[] x, double epsilon)
    {
        var (channels, inner) = (x[0].Dims[1], x[0].Product(2, x[0].Rank));
        return new Array([.. x[0].Values.Select((v, i) =>
        {
            var c = i / inner % channels;
            return (v - x[3].Values[c]) / Math.Sqrt(x[4].Values[c] + epsilon) * x[1].Values[c] + x[2].Values[c];
        })], x[0].Dims);
    }

    static Array Conv(Array[] x, long[] kernel, long[] strides, long[] pads, ref int terms)
    {
        var (images, weight) = (x[0], x[1]);
        Assert.Equal(weight.Dims[2..], kernel.Select(size => (int)size));
        Assert.Equal(weight.Dims[1], images.Dims[1]);
        int channels = images.Dims[1], height = images.Dims[2], width = images.Dims[3], outputs = weight.Dims[0];
        int rows = (int)((height + pads[0] + pads[2] - kernel[0]) / strides[0]) + 1, columns = (int)((width + pads[1] + pads[3] - kernel[1]) / strides[1]) + 1;
        terms = channels * (int)(kernel[0] * kernel[1]);
        var values = new double[images.Dims[0] * outputs * rows * columns];
        for (var i = 0; i < values.Length; i++)
        {
            var (column, row, o, n) = (i % columns, i / columns % rows, i / (columns * rows) % outputs, i / (columns * rows * outputs));
            var sum = x.Length > 2 ? x[2].Values[o] : 0;
            for (var c = 0; c < channels; c++)
                for (var ky = 0; ky < kernel[0]; ky++)
                    for (var kx = 0; kx < kernel[1]; kx++)
                    {
                        var (yy, xx) = ((int)(row * strides[0] + ky - pads[0]), (int)(column * strides[1] + kx - pads[1]));
                        if (yy < 0 || yy >= height || xx < 0 || xx >= width) continue;
                        sum += images.Values[((n * channels + c) * height + yy) * width + xx] * weight.Values[((o * channels + c) * (int)kernel[0] + ky) * (int)kernel[1] + kx];
                    }

            values[i] = sum;
        }

        return new Array(values, [images.Dims[0], outputs, rows, columns]);
    }

    static Array AveragePool(Array x, long[] kernel, long[] strides, ref int terms)
    {
        int planes = x.Dims[0] * x.Dims[1], height = x.Dims[2], width = x.Dims[3];
        int rows = (int)((height - kernel[0]) / strides[0]) + 1, columns = (int)((width - kernel[1]) / strides[1]) + 1;
        terms = (int)(kernel[0] * kernel[1]);
        var values = new double[planes * rows * columns];
        for (var i = 0; i < values.Length; i++)
            for (var ky = 0; ky < kernel[0]; ky++)
                for (var kx = 0; kx < kernel[1]; kx++)
                    values[i] += x.Values[(i / (rows * columns) * height + i / columns % rows * (int)strides[0] + ky) * width + i % columns * (int)strides[1] + kx] / terms;
        return new Array(values, [x.Dims[0], x.Dims[1], rows, columns]);
    }
}
