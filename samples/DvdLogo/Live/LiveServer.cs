using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The live page on this machine's own address, reachable from nowhere else.</summary>
internal sealed class LiveServer : IAsyncDisposable
{
    public const int DefaultPort = 5271;

    const int MostTabs = 32;
    static readonly TimeSpan s_ping = TimeSpan.FromSeconds(10);

    readonly WebApplication _app;
    readonly LiveTrainer _trainer;
    int _tabs;

    LiveServer(LiveTrainer trainer, int port)
    {
        _trainer = trainer;

        // The empty builder reads no settings file and no environment: nothing outside can move the server to another address.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(3));

        _app = builder.Build();
        _app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = s_ping, KeepAliveTimeout = s_ping });
        _app.Run(AnswerAsync);
    }

    /// <summary>Where the page is.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    /// <summary>Open tabs.</summary>
    public int Tabs => Volatile.Read(ref _tabs);

    /// <summary>Says at once, before anybody trains a model for it, that the page cannot be served.</summary>
    /// <exception cref="PortInUseException">Somebody else listens on the port.</exception>
    public static void ThrowIfTaken(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new PortInUseException(port, e);
        }
    }

    /// <summary>Starts serving.</summary>
    /// <param name="trainer">The model to show; it stays the caller's.</param>
    /// <param name="port">0 takes any free port.</param>
    /// <exception cref="PortInUseException">Somebody else listens on the port.</exception>
    public static async Task<LiveServer> StartAsync(LiveTrainer trainer, int port = DefaultPort, CancellationToken cancellation = default)
    {
        var server = new LiveServer(trainer, port);
        try
        {
            await server._app.StartAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await server.DisposeAsync().ConfigureAwait(false);
            if (e is IOException { InnerException: AddressInUseException }) throw new PortInUseException(port, e);
            throw;
        }

        var addresses = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        server.Address = new Uri(addresses.Addresses.Single());
        return server;
    }

    /// <summary>Until Ctrl-C, a termination signal or <paramref name="cancellation"/>.</summary>
    public Task WaitAsync(CancellationToken cancellation) => _app.WaitForShutdownAsync(cancellation);

    /// <summary>Says goodbye to all tabs, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    async Task AnswerAsync(HttpContext context)
    {
        if (!LocalOnly.IsLocal(context.Request.Host))
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "This server answers to 127.0.0.1 and localhost only.").ConfigureAwait(false);
        else if (context.Request.Path != "/live")
            await PageFiles.SendAsync(context).ConfigureAwait(false);
        else if (!context.WebSockets.IsWebSocketRequest)
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "This address speaks WebSocket only.").ConfigureAwait(false);
        else if (!LocalOnly.IsOwnPage(context.Request))
            await RefuseAsync(context, StatusCodes.Status403Forbidden, "Only the page of this server may open its socket.").ConfigureAwait(false);
        else
            await ConverseAsync(context).ConfigureAwait(false);
    }

    async Task ConverseAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _tabs) > MostTabs)
            {
                await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, $"{MostTabs} tabs are open; close one.").ConfigureAwait(false);
                return;
            }

            using var socket = await context.WebSockets.AcceptWebSocketAsync().ConfigureAwait(false);
            using var session = new LiveSession(socket, _trainer);
            await session.RunAsync(_app.Lifetime.ApplicationStopping).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref _tabs);
        }
    }

    static Task RefuseAsync(HttpContext context, int status, string reason)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(reason + "\n", context.RequestAborted);
    }
}

/// <summary>Somebody else listens where the page was to be served.</summary>
internal sealed class PortInUseException(int port, Exception inner)
    : IOException($"Port {port} is taken: stop the program that uses it, or choose another with --port (--port 0 takes any free one).", inner);
