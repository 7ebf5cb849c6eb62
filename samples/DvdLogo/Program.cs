using System.Text;
using TinyJepa.Samples.DvdLogo;

Console.OutputEncoding = Encoding.UTF8;
return await new DvdExperiment().RunAsync(args).ConfigureAwait(false);
