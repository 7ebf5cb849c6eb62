using TinyJepa.Samples.Embed;

return await CommandLine.RunAsync(args, Console.Out, Console.Error).ConfigureAwait(false);
