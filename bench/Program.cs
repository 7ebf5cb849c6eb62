using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using TinyJepa.Bench;

// `peer` and `torchsharp` answer bench/peers/pair.py turn by turn; everything else is BenchmarkDotNet's command line.
switch (args)
{
    case ["peer", ..]:
        return Peer.Run(args[1..]);
    case ["torchsharp", ..]:
#if TORCHSHARP
        return TinyJepa.Bench.TorchSharp.TorchSharpPeer.Run(args[1..]);
#else
        Console.Error.WriteLine("TorchSharp rows left out: build with -p:TorchSharp=true where the feed has it");
        return 3;
#endif
}

// In this process: the kernels' thread limit and lane width are its own, and no second project is built. Short, unless --job says otherwise.
var chosen = args.Contains("--job") || args.Contains("-j");
var config = chosen ? DefaultConfig.Instance : DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Peer).Assembly).Run(chosen ? [.. args, "--inProcess"] : args, config);
return 0;
