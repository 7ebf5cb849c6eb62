using System.Net.Sockets;
using System.Text;

namespace TinyJepa.Samples.Embed;

/// <summary>One client: its requests one after the other, and the answers to them. Whoever is slow or silent for long is dropped.</summary>
/// <param name="socket">The client; whoever made it disposes it.</param>
internal sealed class Connection(Socket socket)
{
    const int LongestHead = 8192;

    static readonly TimeSpan s_idle = TimeSpan.FromSeconds(60), s_patience = TimeSpan.FromSeconds(10);

    byte[] _buffer = new byte[LongestHead];
    int _filled;

    /// <summary>Waits for a request.</summary>
    /// <param name="stop">Ends the waiting for a request, but not one that has begun.</param>
    /// <returns>Its head; null if the client has gone or the waiting was ended.</returns>
    /// <exception cref="RefusedException">It is no request that is taken. The connection must end after the answer: where the next one begins is unknown.</exception>
    public async Task<RequestHead?> NextAsync(CancellationToken stop)
    {
        int end;
        while ((end = _buffer.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8)) < 0)
        {
            if (_filled >= LongestHead) throw new RefusedException(431, $"The request's head is longer than {LongestHead} bytes.");
            var begun = _filled > 0;
            if (!await FillAsync(begun ? s_patience : s_idle, begun ? CancellationToken.None : stop).ConfigureAwait(false)) return null;
        }

        var head = RequestHead.Parse(_buffer.AsSpan(0, end));
        Drop(end + 4);
        return head;
    }

    /// <summary>Reads a request's body. It is valid until <see cref="Finish"/>, which must follow.</summary>
    /// <returns>Null if the client has gone before its end.</returns>
    public async Task<ReadOnlyMemory<byte>?> BodyAsync(RequestHead head)
    {
        if (head.ExpectsContinue && _filled == 0) await SendAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray()).ConfigureAwait(false);
        // Room grows with what has come, not with what was announced: a claim costs its sender more than it costs us.
        while (_filled < head.BodyLength)
        {
            if (_filled == _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min(2L * _buffer.Length, Math.Max(LongestHead, head.BodyLength)));
            if (!await FillAsync(s_patience, CancellationToken.None).ConfigureAwait(false)) return null;
        }

        return _buffer.AsMemory(0, head.BodyLength);
    }

    /// <summary>Lets go of a body.</summary>
    public void Finish(RequestHead head)
    {
        Drop(head.BodyLength);
        if (_buffer.Length <= LongestHead || _filled > LongestHead) return;
        Array.Resize(ref _buffer, LongestHead);
    }

    /// <summary>Answers.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="json">The body.</param>
    /// <param name="keepAlive">Whether more requests are taken.</param>
    public async Task AnswerAsync(int status, ReadOnlyMemory<byte> json, bool keepAlive)
    {
        var head = Encoding.ASCII.GetBytes($"HTTP/1.1 {status} {Reason(status)}\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n{(keepAlive ? "" : "Connection: close\r\n")}\r\n");
        byte[] answer = [.. head, .. json.Span];                                        // in one piece: two small packets would wait for each other
        await SendAsync(answer).ConfigureAwait(false);
    }

    /// <summary>Reads on for a moment, so that an answer given before the request's end is not lost with the connection.</summary>
    public async Task DrainAsync()
    {
        socket.Shutdown(SocketShutdown.Send);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            while (await socket.ReceiveAsync(_buffer.AsMemory(), patience.Token).ConfigureAwait(false) > 0) { }
        }
        catch (OperationCanceledException)
        {
            // It has had its time.
        }
    }

    static string Reason(int status) => status switch
    {
        200 => "OK", 404 => "Not Found", 405 => "Method Not Allowed", 411 => "Length Required", 413 => "Content Too Large", 421 => "Misdirected Request",
        431 => "Request Header Fields Too Large", 500 => "Internal Server Error", _ => "Bad Request",
    };

    async Task<bool> FillAsync(TimeSpan patience, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(patience);
        try
        {
            var received = await socket.ReceiveAsync(_buffer.AsMemory(_filled), limit.Token).ConfigureAwait(false);
            _filled += received;
            return received > 0;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    async Task SendAsync(byte[] bytes)
    {
        using var limit = new CancellationTokenSource(s_patience);
        for (var sent = 0; sent < bytes.Length;) sent += await socket.SendAsync(bytes.AsMemory(sent), limit.Token).ConfigureAwait(false);
    }

    void Drop(int count)
    {
        _buffer.AsSpan(count, _filled - count).CopyTo(_buffer);
        _filled -= count;
    }
}
