using BenchmarkDotNet.Running;
using TinyJepa.Bench;

// `peer` answers bench/peers/pair.py turn by turn; everything else is BenchmarkDotNet's command line.
if (args is ["peer", ..]) return Peer.Run(args[1..]);
BenchmarkSwitcher.FromAssembly(typeof(Peer).Assembly).Run(args);
return 0;
