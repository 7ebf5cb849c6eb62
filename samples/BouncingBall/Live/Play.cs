namespace TinyJepa.Samples.BouncingBall;

/// <summary>The live page.</summary>
internal static class Play
{
    public const int DefaultPort = 5272;

    static readonly PageFiles s_page = new(typeof(Play).Assembly);

    /// <summary>Starts serving.</summary>
    /// <param name="trainer">The model to show; it stays the caller's.</param>
    /// <param name="single">Its companion of single frames.</param>
    /// <param name="curves">Models whose loss curves are known.</param>
    /// <param name="port">0 takes any free port.</param>
    /// <param name="cancellation">Gives up starting.</param>
    /// <exception cref="PortInUseException">Somebody else listens on the port.</exception>
    public static Task<LiveServer> StartAsync(
        LiveTrainer<LiveBall> trainer, LiveBall single, IReadOnlyList<TrainedModel> curves, int port = DefaultPort, CancellationToken cancellation = default) =>
        LiveServer.StartAsync(s_page, (socket, stopping) => ConverseAsync(new BallSession(socket, trainer, single, curves), stopping), port, cancellation);

    static async Task ConverseAsync(BallSession session, CancellationToken stopping)
    {
        using (session) await session.RunAsync(stopping).ConfigureAwait(false);
    }
}
