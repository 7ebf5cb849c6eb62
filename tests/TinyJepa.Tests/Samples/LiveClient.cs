using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using TinyJepa.Samples;
using TinyJepa.Samples.DvdLogo;

namespace TinyJepa.Tests.Samples;

/// <summary>One frame as it came over the wire.</summary>
internal sealed record WireFrame(byte[] Bytes)
{
    public Wire.Flags Flags => (Wire.Flags)Bytes[1];
    public int DreamStep => BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(2));
    public int DreamSteps => BinaryPrimitives.ReadUInt16LittleEndian(Bytes.AsSpan(4));
    public uint Serial => BinaryPrimitives.ReadUInt32LittleEndian(Bytes.AsSpan(8));
    public float Surprise => BinaryPrimitives.ReadSingleLittleEndian(Bytes.AsSpan(12));
    public ReadOnlySpan<byte> Reality => Bytes.AsSpan(296, 256);
    public ReadOnlySpan<byte> Expectation => Bytes.AsSpan(552, 256);
}

/// <summary>A page without a browser: it draws nothing and confirms every frame.</summary>
internal sealed class LiveClient : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    readonly ClientWebSocket _socket = new();
    readonly byte[] _buffer = new byte[64 * 1024];
    Task<(WebSocketMessageType Type, byte[] Bytes)>? _pending;     // a read that outlived the time it was given

    /// <summary>Whether frames are confirmed as they are read.</summary>
    public bool Confirms { get; set; } = true;

    /// <summary>Error messages read so far.</summary>
    public int Errors { get; private set; }

    public static async Task<LiveClient> OpenAsync(LiveServer server)
    {
        var client = new LiveClient();
        client._socket.Options.SetRequestHeader("Origin", server.Address.GetLeftPart(UriPartial.Authority));
        using var limit = new CancellationTokenSource(s_patience);
        await client._socket.ConnectAsync(Live(server), limit.Token);
        return client;
    }

    public static Uri Live(LiveServer server) => new UriBuilder(server.Address) { Scheme = "ws", Path = "/live" }.Uri;

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text);

    public Task SendAsync(byte[] bytes, WebSocketMessageType type) => _socket.SendAsync(bytes, type, true, CancellationToken.None);

    public Task ConfirmAsync(uint serial)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, serial);
        return SendAsync(bytes, WebSocketMessageType.Binary);
    }

    /// <summary>Reads on to the next frame that fulfils the condition.</summary>
    public async Task<WireFrame> FrameAsync(Predicate<WireFrame>? where = null)
    {
        while (true)
        {
            var (type, bytes) = await ReadAsync();
            if (type == WebSocketMessageType.Binary && bytes[0] == 1 && new WireFrame(bytes) is var frame && (where is null || where(frame))) return frame;
        }
    }

    /// <summary>Reads on to the next binary message of a kind.</summary>
    public async Task<byte[]> BinaryAsync(byte kind)
    {
        while (true)
        {
            var (type, bytes) = await ReadAsync();
            if (type == WebSocketMessageType.Binary && bytes[0] == kind) return bytes;
        }
    }

    /// <summary>Reads on to the next text message of a type that fulfils the condition.</summary>
    public async Task<JsonElement> TextAsync(string kind, Predicate<JsonElement>? where = null)
    {
        while (true)
        {
            var (type, bytes) = await ReadAsync();
            if (type != WebSocketMessageType.Text) continue;
            var json = JsonSerializer.Deserialize<JsonElement>(bytes);
            if (json.GetProperty("type").GetString() == kind && (where is null || where(json))) return json;
        }
    }

    /// <summary>Whatever frames arrive within a time.</summary>
    public async Task<List<WireFrame>> FramesForAsync(TimeSpan time)
    {
        var frames = new List<WireFrame>();
        var end = Task.Delay(time);
        while (true)
        {
            var read = ReadAsync();
            if (await Task.WhenAny(read, end) == end)
            {
                _pending = read;        // to cancel it would end the socket
                return frames;
            }

            var (type, bytes) = await read;
            if (type == WebSocketMessageType.Binary && bytes[0] == 1) frames.Add(new WireFrame(bytes));
        }
    }

    /// <summary>The reason for which the server closes the socket.</summary>
    public async Task<WebSocketCloseStatus?> CloseStatusAsync()
    {
        while ((await ReadAsync()).Type != WebSocketMessageType.Close)
        {
        }

        return _socket.CloseStatus;
    }

    /// <summary>Leaves without a word, as a killed browser does.</summary>
    public void Abort() => _socket.Abort();

    public async ValueTask DisposeAsync()
    {
        if (_socket.State == WebSocketState.Open)
        {
            using var limit = new CancellationTokenSource(s_patience);
            try
            {
                await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            }
            catch (WebSocketException)
            {
                // The server was the first to leave.
            }
        }

        _socket.Dispose();
    }

    async Task<(WebSocketMessageType Type, byte[] Bytes)> ReadAsync()
    {
        if (_pending is { } pending)
        {
            _pending = null;
            return await pending;
        }

        using var limit = new CancellationTokenSource(s_patience);
        var length = 0;
        ValueWebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(_buffer.AsMemory(length), limit.Token);
            length += part.Count;
        }
        while (!part.EndOfMessage);

        var bytes = _buffer.AsSpan(0, length).ToArray();
        if (part.MessageType == WebSocketMessageType.Text && bytes.AsSpan().IndexOf("\"error\""u8) >= 0) Errors++;
        if (Confirms && part.MessageType == WebSocketMessageType.Binary && bytes[0] == 1) await ConfirmAsync(new WireFrame(bytes).Serial);
        return (part.MessageType, bytes);
    }
}
