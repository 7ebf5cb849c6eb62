using System.Text;
using TinyJepa.Samples.GridWorld;

Console.OutputEncoding = Encoding.UTF8;
return await new GridExperiment().RunAsync(args).ConfigureAwait(false);
