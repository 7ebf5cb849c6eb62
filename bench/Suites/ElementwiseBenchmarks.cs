using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using MathNet.Numerics.LinearAlgebra;
using TinyJepa.Kernels;

namespace TinyJepa.Bench.Suites;

/// <summary>Functions of 49,152 numbers on one thread: the library, its scalar code, TensorPrimitives and MathNet.</summary>
[MemoryDiagnoser]
public class ElementwiseBenchmarks
{
    readonly Tensor _x = TestData.Of([64, 768], 1, 4f);
    float[] _xs = [], _ys = [];
    Vector<float> _xv = null!, _yv = null!;
    Func<Tensor, Tensor> _ours = null!;
    Action _primitives = null!, _mathNet = null!;

    /// <summary>Which function.</summary>
    [Params("Exp", "Tanh", "Sin", "Sigmoid")]
    public string Function { get; set; } = "";

    /// <summary>The same numbers for everybody.</summary>
    [GlobalSetup]
    public void Setup()
    {
        Threads.Limit = 1;
        MathNet.Numerics.Control.UseSingleThread();
        (_xs, _ys) = (_x.ToArray(), new float[_x.Length]);
        (_xv, _yv) = (Vector<float>.Build.Dense(_xs), Vector<float>.Build.Dense(_xs.Length));
        (_ours, _primitives, _mathNet) = Function switch
        {
            "Exp" => ((Func<Tensor, Tensor>)(static x => x.Exp()), (Action)(() => TensorPrimitives.Exp<float>(_xs, _ys)), (Action)(() => _xv.PointwiseExp(_yv))),
            "Tanh" => (static x => x.Tanh(), () => TensorPrimitives.Tanh<float>(_xs, _ys), () => _xv.PointwiseTanh(_yv)),
            "Sin" => (static x => x.Sin(), () => TensorPrimitives.Sin<float>(_xs, _ys), () => _xv.PointwiseSin(_yv)),
            _ => (static x => x.Sigmoid(), () => TensorPrimitives.Sigmoid<float>(_xs, _ys), () => _xv.Map(static v => 1f / (1f + MathF.Exp(-v)), _yv)),
        };
    }

    /// <summary>The library.</summary>
    [Benchmark(Baseline = true)]
    public void Ours()
    {
        using var scope = Scope.Begin();
        _ours(_x);
    }

    /// <summary>The library without vector instructions of its own.</summary>
    [Benchmark]
    public void Scalar() => Narrowed.Run(Ours);

    /// <summary>System.Numerics.Tensors.</summary>
    [Benchmark]
    public void Primitives() => _primitives();

    /// <summary>MathNet.Numerics.</summary>
    [Benchmark]
    public void MathNetManaged() => _mathNet();
}
