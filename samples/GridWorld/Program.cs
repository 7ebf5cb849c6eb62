using System.Text;
using TinyJepa.Samples.GridWorld;

Console.OutputEncoding = Encoding.UTF8;
return await CommandLine.RunAsync(args).ConfigureAwait(false);
