using System.Text;
using TinyJepa.Samples.BouncingBall;

Console.OutputEncoding = Encoding.UTF8;
return await new BallExperiment().RunAsync(args).ConfigureAwait(false);
