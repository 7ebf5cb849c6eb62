using TinyJepa.Bench.Rows;
using TorchSharp;
using static TorchSharp.torch;

namespace TinyJepa.Bench.TorchSharp;

using Tensor = global::TorchSharp.torch.Tensor;                            // in here, or ours would be found first

/// <summary>TorchSharp's side of the paired comparison: the same rows over libtorch from .NET, as its users write them.</summary>
static class TorchSharpPeer
{
    internal static int Run(string[] args) => Peer.Serve("torchsharp", args, Make, static () =>
        $$"""{"torchsharp": "{{typeof(torch).Assembly.GetName().Version}}", "threads": {{get_num_threads()}}}""");

    static Workload? Make(string name)
    {
        set_num_threads(Kernels.Threads.Limit);
        return name.Split('.') switch
        {
            ["gemm", var variant, var shape] => Gemm(variant, shape),
            ["op", "add16"] => Add16(),
            ["step", "dvd"] => new TorchSteps(Dvd),
            ["step", "ball"] => new TorchSteps(Ball),
            _ => null,
        };
    }

    static TorchForward? Gemm(string variant, string shape)
    {
        if (!Gemms.Shapes.TryGetValue(shape, out var s)) return null;
        Tensor x = Numbers(1, s.M, s.K), w = Numbers(2, s.N, s.K), d = Numbers(3, s.M, s.N);
        var (a, b) = variant switch { "nt" or "frozen" => (x, w.t()), "nn" => (d, w), _ => (d.t(), x) };
        return new TorchForward(() => a.mm(b), recorded: false);
    }

    static TorchForward Add16()
    {
        Tensor a = Numbers(1, 16).requires_grad_(true), b = Numbers(2, 16);
        return new TorchForward(() => a + b, recorded: true);
    }

    static (optim.Optimizer, Func<int, Tensor>, Action) Dvd()
    {
        nn.Module<Tensor, Tensor> Encoder() => nn.Sequential(nn.Linear(512, 256), nn.GELU(), nn.Linear(256, 128), nn.GELU(), nn.Linear(128, 32));
        var (online, target, predictor) = (Encoder(), Encoder(), nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32)));
        foreach (var module in (nn.Module[])[online, target, predictor]) Fill(module);
        foreach (var parameter in target.parameters()) parameter.requires_grad_(false);
        var averaged = target.parameters().Zip(online.parameters()).ToArray();
        var batches = Enumerable.Range(0, 16).Select(i => MovingBlob.Batch(256, i)).Select(pair => (From(pair.Now, 256, 512), From(pair.Next, 256, 512))).ToArray();

        Tensor Loss(int step)
        {
            var (now, next) = batches[step % batches.Length];
            var z = online.call(now);
            Tensor goal;
            using (no_grad()) goal = target.call(next);
            var centred = z - z.mean([0L]);
            var std = (centred.square().sum(0) / 255f + 1e-4f).sqrt();
            return (predictor.call(z) - goal).square().mean() + (1f - std).relu().mean();
        }

        void Average()
        {
            using var quiet = no_grad();
            foreach (var (slow, fast) in averaged) slow.mul_(0.99f).add_(fast, 0.01f);
        }

        return (optim.Adam([.. online.parameters(), .. predictor.parameters()], lr: 1e-3), Loss, Average);
    }

    static (optim.Optimizer, Func<int, Tensor>, Action) Ball()
    {
        var (encoder, predictor) = (nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 16)), nn.Sequential(nn.Linear(17, 32), nn.ReLU(), nn.Linear(32, 16)));
        Fill(encoder);
        Fill(predictor);
        Tensor now = Numbers(1, 256, 4), next = Numbers(2, 256, 4), action = Numbers(3, 256, 1);
        return (optim.Adam([.. encoder.parameters(), .. predictor.parameters()], lr: 1e-3),
            _ => (predictor.call(cat([encoder.call(now), action], 1)) - encoder.call(next)).square().sum() / 256f, static () => { });
    }

    static Tensor Numbers(uint seed, params long[] sizes)
    {
        var values = new float[sizes.Aggregate(1L, static (a, b) => a * b)];
        TestData.Fill(values, seed);
        return tensor(values).reshape(sizes);
    }

    static Tensor From(TinyJepa.Tensor x, params long[] sizes) => tensor(x.ToArray()).reshape(sizes);

    /// <summary>As <see cref="TestData.Fill(Nn.Parameters)"/>.</summary>
    static void Fill(nn.Module module)
    {
        using var quiet = no_grad();
        foreach (var parameter in module.parameters())
        {
            uint seed = 17;
            foreach (var size in parameter.shape) seed = seed * 31 + (uint)size;
            var values = new float[parameter.numel()];
            if (parameter.shape.Length > 1) TestData.Fill(values, seed, 1f / MathF.Sqrt(parameter.shape[1]));
            else TestData.Fill(values, seed, 0.5f, 0.5f);
            parameter.copy_(tensor(values).reshape(parameter.shape));
        }
    }
}

/// <summary>An expression; what it makes is disposed at once, as TorchSharp asks of its users.</summary>
sealed class TorchForward(Func<Tensor> compute, bool recorded) : Workload
{
    internal override void Run(int times)
    {
        using var mode = recorded ? enable_grad() : no_grad();
        for (var i = 0; i < times; i++) compute().Dispose();
    }

    internal override IEnumerable<(string Name, float[] Values)> Results() => [("y", [.. compute().data<float>()])];
}

/// <summary>Whole training steps, each in a scope that disposes what it made.</summary>
sealed class TorchSteps(Func<(optim.Optimizer Optimiser, Func<int, Tensor> Loss, Action After)> make) : Workload
{
    readonly (optim.Optimizer Optimiser, Func<int, Tensor> Loss, Action After) _recipe = make();
    int _step;

    internal override void Run(int times)
    {
        for (var i = 0; i < times; i++) Step(_recipe, _step++, read: false);
    }

    internal override IEnumerable<(string Name, float[] Values)> Results()
    {
        var fresh = make();
        return [.. Enumerable.Range(0, 3).Select(i => ($"loss{i}", (float[])[Step(fresh, i, read: true)]))];
    }

    static float Step((optim.Optimizer Optimiser, Func<int, Tensor> Loss, Action After) recipe, int step, bool read)
    {
        using var scope = NewDisposeScope();
        var loss = recipe.Loss(step);
        recipe.Optimiser.zero_grad();
        loss.backward();
        recipe.Optimiser.step();
        recipe.After();
        return read ? loss.item<float>() : 0f;
    }
}
