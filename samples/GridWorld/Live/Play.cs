using System.Net.WebSockets;

namespace TinyJepa.Samples.GridWorld;

/// <summary>The live page.</summary>
internal static class Play
{
    public const int DefaultPort = 5273;

    static readonly PageFiles s_page = new(typeof(Play).Assembly);

    /// <summary>Starts serving.</summary>
    /// <param name="trainer">The model to show; it stays the caller's.</param>
    /// <param name="port">0 takes any free port.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="PortInUseException">Somebody else listens on the port.</exception>
    public static Task<LiveServer> StartAsync(LiveTrainer<LiveModel> trainer, int port = DefaultPort, CancellationToken cancellation = default) =>
        LiveServer.StartAsync(s_page, (socket, stopping) => ConverseAsync(socket, trainer, stopping), port, cancellation);

    /// <summary>The command <c>play</c>: serves the live page until it is told to stop.</summary>
    /// <inheritdoc cref="LiveServer.PlayAsync"/>
    public static Task<int> RunAsync(
        LiveTrainer<LiveModel> trainer, int port, TextWriter output, TextWriter errors, CancellationToken cancellation = default) =>
        LiveServer.PlayAsync(() => StartAsync(trainer, port, cancellation), output, errors, cancellation);

    static async Task ConverseAsync(WebSocket socket, LiveTrainer<LiveModel> trainer, CancellationToken stopping)
    {
        using var session = new GridSession(socket, trainer);
        await session.RunAsync(stopping).ConfigureAwait(false);
    }
}
