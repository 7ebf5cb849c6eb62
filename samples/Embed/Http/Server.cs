using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace TinyJepa.Samples.Embed;

/// <summary>
/// POST /predict and GET /health, on this machine alone. Clients are answered in parallel: the model only reads its weights, and each prediction
/// has a scope of its own.
/// </summary>
/// <remarks>
/// As much of HTTP/1.1 as that needs, on sockets. Measured for an empty server, trimmed into one file and compiled ahead for a quick start:
/// 14.2 MB with sockets, 16.7 with HttpListener, which brings TLS and cryptography, 18.8 with Kestrel.
/// </remarks>
internal sealed class Server : IDisposable
{
    /// <summary>The longest request in bytes: some fifty thousand frames of one number.</summary>
    public const int LongestBody = 1 << 20;

    const int MostClients = 1000, MostAtOnce = 64;           // connections, most of them silent, and requests that hold memory; more wait

    readonly Socket _listener;
    readonly WorldModel _model;
    readonly string _name;
    readonly SemaphoreSlim _clients = new(MostClients), _places = new(MostAtOnce);

    Server(Socket listener, WorldModel model, string name) => (_listener, _model, _name) = (listener, model, name);

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Address => $"http://127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}/";

    /// <summary>Begins to listen.</summary>
    /// <param name="model">What predicts.</param>
    /// <param name="name">How /health calls it.</param>
    /// <param name="port">Where; 0 for a free one.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public static Server Start(WorldModel model, string name, int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            listener.Listen();
            return new Server(listener, model, name);
        }
        catch (SocketException error)
        {
            listener.Dispose();
            throw new IOException($"Port {port} of this machine cannot be served ({error.SocketErrorCode}). Choose another with --port.", error);
        }
    }

    /// <summary>Answers until it is cancelled; then no connection is accepted any more, and requests that have begun are answered.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await _clients.WaitAsync(stop).ConfigureAwait(false);
                Socket client;
                try
                {
                    client = await _listener.AcceptAsync(stop).ConfigureAwait(false);
                }
                catch (SocketException)
                {
                    _clients.Release();                       // a client that had gone before it was let in
                    continue;
                }
                catch (OperationCanceledException)
                {
                    _clients.Release();
                    throw;
                }

                _ = Task.Run(() => ServeAsync(client, stop), CancellationToken.None);
            }
        }
        catch (OperationCanceledException)
        {
            _listener.Close();
            for (var i = 0; i < MostClients; i++) await _clients.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _clients.Dispose();
        _places.Dispose();
    }

    async Task ServeAsync(Socket client, CancellationToken stop)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                var connection = new Connection(client);
                try
                {
                    while (await connection.NextAsync(stop).ConfigureAwait(false) is { } head)
                    {
                        await _places.WaitAsync(CancellationToken.None).ConfigureAwait(false);
                        try
                        {
                            if (!await AnswerAsync(connection, head, stop).ConfigureAwait(false)) return;
                        }
                        finally
                        {
                            _places.Release();
                        }
                    }
                }
                catch (RefusedException refusal)
                {
                    await connection.AnswerAsync(refusal.Status, Wire.Failure(refusal.Message), keepAlive: false).ConfigureAwait(false);
                    await connection.DrainAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Whoever asked has gone or does not go on.
        }
        finally
        {
            _clients.Release();
        }
    }

    /// <summary>Reads the rest of a request and answers it.</summary>
    /// <returns>Whether the client may ask again.</returns>
    async Task<bool> AnswerAsync(Connection connection, RequestHead head, CancellationToken stop)
    {
        if (await connection.BodyAsync(head).ConfigureAwait(false) is not { } body) return false;
        var (status, json) = Answer(head, body.Span);
        connection.Finish(head);
        var keepAlive = head.KeepAlive && !stop.IsCancellationRequested && _clients.CurrentCount > 0;       // a full server keeps no connection
        await connection.AnswerAsync(status, json, keepAlive).ConfigureAwait(false);
        return keepAlive;
    }

    (int Status, byte[] Json) Answer(RequestHead head, ReadOnlySpan<byte> body)
    {
        try
        {
            return (head.Method, head.Path) switch
            {
                ("GET", "/health") => (200, Wire.Health(_name, _model)),
                ("POST", "/predict") => (200, Wire.Prediction(_model.Predict(Wire.Request(body)))),
                (_, "/health") => (405, Wire.Failure($"/health takes GET, not {head.Method}.")),
                (_, "/predict") => (405, Wire.Failure($"/predict takes POST, not {head.Method}.")),
                _ => (404, Wire.Failure("There are POST /predict and GET /health.")),
            };
        }
        catch (InvalidDataException error)
        {
            return (400, Wire.Failure(error.Message));
        }
    }
}
