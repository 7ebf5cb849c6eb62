using System.Buffers.Binary;
using System.Net.WebSockets;

namespace TinyJepa.Samples;

/// <summary>What waits to be sent to one page: one place per kind of message, and the newest message of a kind takes it.</summary>
/// <remarks>A page that reads slowly, or not at all, therefore costs no memory and is never shown anything old.</remarks>
/// <param name="socket">The page's.</param>
/// <param name="frame">The last place, whose messages carry serials and wait for receipts. Places are sent in their order.</param>
internal sealed class Outbox(WebSocket socket, int frame) : IDisposable
{
    readonly Lock _gate = new();
    readonly (byte[] Bytes, WebSocketMessageType Type)?[] _waiting = new (byte[], WebSocketMessageType)?[frame + 1];
    readonly SemaphoreSlim _news = new(0);
    uint _sent, _drawn;

    /// <summary>Whether the last frame has not been sent yet.</summary>
    public bool FrameWaits
    {
        get
        {
            lock (_gate) return _waiting[frame] is not null;
        }
    }

    public void Post(int place, byte[] message, WebSocketMessageType type)
    {
        lock (_gate) _waiting[place] = (message, type);
        _news.Release();
    }

    /// <summary>The page has drawn the frame with this serial, and with it all before.</summary>
    /// <returns>False for a serial that was never sent.</returns>
    public bool Receipt(uint serial)
    {
        lock (_gate)
        {
            if (serial > _sent) return false;
            _drawn = Math.Max(_drawn, serial);
        }

        _news.Release();
        return true;
    }

    /// <param name="over">Ends it between two messages.</param>
    /// <param name="abort">Ends it within a message; the socket is lost then.</param>
    public async Task PumpAsync(CancellationToken over, CancellationToken abort)
    {
        while (true)
        {
            await _news.WaitAsync(over).ConfigureAwait(false);
            while (Next() is var (message, type))
            {
                over.ThrowIfCancellationRequested();
                await socket.SendAsync(message, type, endOfMessage: true, abort).ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => _news.Dispose();

    (byte[] Bytes, WebSocketMessageType Type)? Next()
    {
        lock (_gate)
        {
            for (var place = 0; place <= frame; place++)
            {
                if (_waiting[place] is not { } message) continue;
                if (place == frame)
                {
                    if (_sent - _drawn >= LiveSession.FramesUnderWay) continue;
                    BinaryPrimitives.WriteUInt32LittleEndian(message.Bytes.AsSpan(LiveSession.SerialAt), ++_sent);
                }

                _waiting[place] = null;
                return message;
            }
        }

        return null;
    }
}
