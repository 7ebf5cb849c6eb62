using System.Text;
using TinyJepa.Samples.BouncingBall;

Console.OutputEncoding = Encoding.UTF8;
return await CommandLine.RunAsync(args).ConfigureAwait(false);
