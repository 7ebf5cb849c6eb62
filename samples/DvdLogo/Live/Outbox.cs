using System.Net.WebSockets;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>What waits to be sent to one page: one place per kind of message, and the newest message of a kind takes it.</summary>
/// <remarks>A page that reads slowly, or not at all, therefore costs no memory and is never shown anything old.</remarks>
internal sealed class Outbox(WebSocket socket) : IDisposable
{
    /// <summary>In the order in which waiting messages are sent.</summary>
    public enum Kind { Error, State, Model, Map, Strip, Training, Frame }

    readonly Lock _gate = new();
    readonly byte[]?[] _waiting = new byte[]?[(int)Kind.Frame + 1];
    readonly SemaphoreSlim _news = new(0);
    uint _sent, _drawn;

    /// <summary>Whether the last frame has not been sent yet.</summary>
    public bool FrameWaits
    {
        get
        {
            lock (_gate) return _waiting[(int)Kind.Frame] is not null;
        }
    }

    public void Post(Kind kind, byte[] message)
    {
        lock (_gate) _waiting[(int)kind] = message;
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
            while (Next() is var (kind, message))
            {
                over.ThrowIfCancellationRequested();
                var type = kind is Kind.Map or Kind.Strip or Kind.Frame ? WebSocketMessageType.Binary : WebSocketMessageType.Text;
                await socket.SendAsync(message, type, endOfMessage: true, abort).ConfigureAwait(false);
            }
        }
    }

    public void Dispose() => _news.Dispose();

    (Kind Kind, byte[] Message)? Next()
    {
        lock (_gate)
        {
            for (var kind = Kind.Error; kind <= Kind.Frame; kind++)
            {
                if (_waiting[(int)kind] is not { } message) continue;
                if (kind == Kind.Frame)
                {
                    if (_sent - _drawn >= Wire.FramesUnderWay) continue;
                    Wire.Number(message, ++_sent);
                }

                _waiting[(int)kind] = null;
                return (kind, message);
            }
        }

        return null;
    }
}
