namespace TinyJepa.Samples.DvdLogo;

/// <summary>The command <c>play</c>: serves the live page until it is told to stop.</summary>
internal static class Play
{
    /// <param name="trainer">The model to show.</param>
    /// <param name="port">0 takes any free port.</param>
    /// <param name="output">Told where the page is.</param>
    /// <param name="errors">Told why there is none.</param>
    /// <param name="cancellation">Ends it, as Ctrl-C does.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        LiveTrainer trainer, int port, TextWriter output, TextWriter errors, CancellationToken cancellation = default)
    {
        try
        {
            await using var server = await LiveServer.StartAsync(trainer, port, cancellation).ConfigureAwait(false);
            await output.WriteLineAsync($"The page is at {server.Address} (Ctrl-C ends it).").ConfigureAwait(false);
            await server.WaitAsync(cancellation).ConfigureAwait(false);
            return 0;
        }
        catch (PortInUseException e)
        {
            await errors.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
    }
}
