using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using MathNet.Numerics.LinearAlgebra;
using TinyJepa.Kernels;

namespace TinyJepa.Bench.Suites;

/// <summary>
/// X·Wᵀ on one thread: the library against its own scalar code (the same kernel on lanes of plain floats), .NET's TensorPrimitives (a dot
/// product for each number) and MathNet's managed provider.
/// </summary>
[MemoryDiagnoser]
public class GemmBenchmarks
{
    Tensor _x, _w;
    float[] _xs = [], _ws = [], _ys = [];
    Matrix<float> _xm = null!, _wm = null!, _ym = null!;
    int _m, _n, _k;

    /// <summary>Rows × outputs × inputs.</summary>
    [Params("256x256x256", "257x576x192", "256x32x4")]
    public string Shape { get; set; } = "";

    /// <summary>The same numbers for everybody.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Threads.Limit = 1;
        MathNet.Numerics.Control.UseSingleThread();
        if (Shape.Split('x') is not [var m, var n, var k]) throw new ArgumentException($"A shape has three sizes, not '{Shape}'.");
        (_m, _n, _k) = (int.Parse(m, null), int.Parse(n, null), int.Parse(k, null));
        (_x, _w) = (TestData.Of([_m, _k], 1), TestData.Of([_n, _k], 2));
        (_xs, _ws, _ys) = (_x.ToArray(), _w.ToArray(), new float[_m * _n]);
        (_xm, _wm) = (Matrix<float>.Build.Dense(_m, _k, (i, j) => _xs[i * _k + j]), Matrix<float>.Build.Dense(_n, _k, (i, j) => _ws[i * _k + j]));
        _ym = Matrix<float>.Build.Dense(_m, _n);
    }

    /// <summary>The library.</summary>
    [Benchmark(Baseline = true)]
    public void Ours()
    {
        using var scope = Scope.Begin();
        _x.MatMul(_w, transposeB: true);
    }

    /// <summary>The library without vector instructions of its own: the clear version that the fast one must equal bit for bit.</summary>
    [Benchmark]
    public void Scalar() => Narrowed.Run(Ours);

    /// <summary>A dot product for each number of the result.</summary>
    [Benchmark]
    public void Primitives()
    {
        for (var i = 0; i < _m; i++)
        {
            var row = _xs.AsSpan(i * _k, _k);
            for (var j = 0; j < _n; j++) _ys[i * _n + j] = TensorPrimitives.Dot(row, _ws.AsSpan(j * _k, _k));
        }
    }

    /// <summary>MathNet.Numerics.</summary>
    [Benchmark]
    public void MathNetManaged() => _xm.TransposeAndMultiply(_wm, _ym);
}
