using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace TinyJepa.Samples;

/// <summary>A live page on this machine's own address, reachable from nowhere else. Its socket is <c>/live</c>.</summary>
public sealed class LiveServer : IAsyncDisposable
{
    const int MostTabs = 32;
    static readonly TimeSpan s_ping = TimeSpan.FromSeconds(10);

    readonly WebApplication _app;
    readonly PageFiles _page;
    readonly Func<WebSocket, LiveSession> _sessions;
    int _tabs;

    LiveServer(PageFiles page, Func<WebSocket, LiveSession> sessions, int port)
    {
        (_page, _sessions) = (page, sessions);

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

    /// <summary>Checks, before a model is trained for it, that the page can be served.</summary>
    /// <exception cref="PortInUseException">Another program listens on the port.</exception>
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
    /// <param name="page">The files to serve.</param>
    /// <param name="sessions">Makes a session for every tab; it is disposed of when the tab has left.</param>
    /// <param name="port">0 takes any free port.</param>
    /// <param name="cancellation">Cancels starting.</param>
    /// <exception cref="PortInUseException">Another program listens on the port.</exception>
    public static async Task<LiveServer> StartAsync(PageFiles page, Func<WebSocket, LiveSession> sessions, int port, CancellationToken cancellation = default)
    {
        var server = new LiveServer(page, sessions, port);
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

    /// <summary>The command <c>play</c>: starts, says where the page is and serves it until it is stopped.</summary>
    /// <param name="start">Starts the server.</param>
    /// <param name="output">Where the address of the page is written.</param>
    /// <param name="errors">Where the reason is written if there is none.</param>
    /// <param name="cancellation">Ends it, as Ctrl-C does.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> PlayAsync(Func<Task<LiveServer>> start, TextWriter output, TextWriter errors, CancellationToken cancellation = default)
    {
        try
        {
            await using var server = await start().ConfigureAwait(false);
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

    /// <summary>Until Ctrl-C, a termination signal or <paramref name="cancellation"/>.</summary>
    public Task WaitAsync(CancellationToken cancellation) => _app.WaitForShutdownAsync(cancellation);

    /// <summary>Closes the sockets of all tabs, then stops.</summary>
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
            await _page.SendAsync(context).ConfigureAwait(false);
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
            using var session = _sessions(socket);
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

/// <summary>The port of the page is taken by another program.</summary>
/// <param name="port">Where.</param>
/// <param name="inner">What the system said.</param>
public sealed class PortInUseException(int port, Exception inner)
    : IOException($"Port {port} is taken: stop the program that uses it, or choose another with --port (--port 0 takes any free one).", inner);
