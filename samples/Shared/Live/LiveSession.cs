using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.WebSockets;

namespace TinyJepa.Samples;

/// <summary>One tab: its pace and its socket. What it shows is the sample's.</summary>
/// <remarks>
/// The page confirms every frame it has drawn with a binary message of four bytes, the frame's serial. At most
/// <see cref="FramesUnderWay"/> are under way without such a receipt; then the world waits. Nothing is ever queued for a page that is
/// slow or hidden: of each kind of message only the newest waits.
/// </remarks>
public abstract class LiveSession : IDisposable
{
    /// <summary>Frames sent and not yet confirmed, at most.</summary>
    public const int FramesUnderWay = 12;

    /// <summary>Where a frame's serial goes, a little-endian u32.</summary>
    public const int SerialAt = 8;

    const int IgnoredBytes = 64 * LiveMessage.Longest;     // of one overlong message, before the socket is closed
    const int Errors = 0;
    static readonly TimeSpan s_newsEvery = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_closing = TimeSpan.FromSeconds(1);

    readonly WebSocket _socket;
    readonly Outbox _outbox;
    readonly int _frame;
    readonly SemaphoreSlim _due = new(0);       // a frame is due at once

    /// <param name="socket">The page's; it stays the caller's.</param>
    /// <param name="frame">The place of frames. Other messages have the places 1 … frame − 1, which are sent first.</param>
    /// <param name="fps">The pace to begin with.</param>
    protected LiveSession(WebSocket socket, int frame, int fps)
    {
        (_socket, _frame, Fps) = (socket, frame, fps);
        _outbox = new Outbox(socket, frame);
    }

    /// <summary>Held while a tick or a command is at work: neither sees half of the other.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Whether time stands still.</summary>
    protected bool Paused { get; set; }

    /// <summary>Frames per second.</summary>
    protected int Fps { get; set; }

    /// <summary>Runs until the page leaves or <paramref name="stopping"/> is cancelled.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var abort = new CancellationTokenSource();
        PostState();

        var receive = ReceiveAsync(abort.Token);
        Task[] work = [_outbox.PumpAsync(over.Token, abort.Token), PlayAsync(over.Token), NewsAsync(over.Token)];
        await Task.WhenAny([receive, .. work]).ConfigureAwait(false);

        await over.CancelAsync().ConfigureAwait(false);
        abort.CancelAfter(s_closing);
        await Quietly(Task.WhenAll(work)).ConfigureAwait(false);
        await Quietly(CloseAsync(stopping.IsCancellationRequested, abort.Token)).ConfigureAwait(false);
        await Quietly(receive).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _outbox.Dispose();
        _due.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets one frame's time pass, inside <see cref="Gate"/>.</summary>
    /// <returns>The frame, with room for its serial.</returns>
    protected abstract byte[] Tick();

    /// <summary>Posts what a page must know of its own tab, at the beginning and after commands.</summary>
    protected abstract void PostState();

    /// <summary>Called ten times a second: posts whatever is new, such as a model or the progress of a training.</summary>
    protected abstract void PostNews();

    /// <summary>Carries out a command of the page, inside <see cref="Gate"/>.</summary>
    /// <returns>Null, or one sentence on why it is refused.</returns>
    protected abstract string? Obey(LiveCommand command);

    /// <summary>Puts a message where the newest of its kind waits to be sent.</summary>
    protected void PostText(int place, byte[] message) => _outbox.Post(place, message, WebSocketMessageType.Text);

    /// <inheritdoc cref="PostText"/>
    protected void PostBinary(int place, byte[] message) => _outbox.Post(place, message, WebSocketMessageType.Binary);

    /// <summary>Shows a frame at once, even of a world that stands still.</summary>
    protected void ShowNow() => _due.Release();

    /// <summary>Shows a frame at once if time stands still; otherwise the next tick does.</summary>
    protected void ShowEvenIfPaused()
    {
        if (Paused) ShowNow();
    }

    // A page that disappears ends its tasks with one of these exceptions.
    static async Task Quietly(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
        }
    }

    Task CloseAsync(bool stopping, CancellationToken abort) =>
        _socket.State is not (WebSocketState.Open or WebSocketState.CloseReceived) ? Task.CompletedTask
        : stopping ? _socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "the server is stopping", abort)
        : _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, abort);

    async Task PlayAsync(CancellationToken over)
    {
        var next = Stopwatch.GetTimestamp();
        var wanted = true;              // even of a world that stands still
        while (true)
        {
            int wait;
            lock (Gate)
            {
                // While a frame waits for a slow page no time passes: what it will see is late, but nothing is missing, and a hidden
                // page costs nothing.
                if ((wanted || !Paused) && !_outbox.FrameWaits)
                {
                    PostBinary(_frame, Tick());
                    wanted = false;
                }

                // Against a clock, not between two ticks: coarse timers then still keep the pace on average.
                var now = Stopwatch.GetTimestamp();
                next = Math.Max(next + Stopwatch.Frequency / Fps, now - Stopwatch.Frequency / Fps);
                wait = Paused && !wanted ? Timeout.Infinite : (int)Math.Max(0, Math.Ceiling((next - now) * 1000.0 / Stopwatch.Frequency));
            }

            if (!await _due.WaitAsync(wait, over).ConfigureAwait(false)) continue;
            wanted = true;
            next = Stopwatch.GetTimestamp();
        }
    }

    async Task NewsAsync(CancellationToken over)
    {
        using var timer = new PeriodicTimer(s_newsEvery);
        do
        {
            PostNews();
        }
        while (await timer.WaitForNextTickAsync(over).ConfigureAwait(false));
    }

    async Task ReceiveAsync(CancellationToken abort)
    {
        var buffer = new byte[LiveMessage.Longest];
        while (true)
        {
            var (length, ignored) = (0, 0);
            ValueWebSocketReceiveResult part;
            do
            {
                if (length == buffer.Length) (length, ignored) = (0, ignored + length);
                part = await _socket.ReceiveAsync(buffer.AsMemory(length), abort).ConfigureAwait(false);
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close || ignored > IgnoredBytes) return;
            }
            while (!part.EndOfMessage);

            var problem = ignored > 0 ? $"A message may have at most {LiveMessage.Longest} bytes."
                : part.MessageType == WebSocketMessageType.Binary ? Receipt(buffer.AsSpan(0, length))
                : LiveCommand.Obey(buffer.AsMemory(0, length), ObeyInGate);
            if (problem is not null) PostText(Errors, LiveMessage.Error(problem));
        }
    }

    string? ObeyInGate(LiveCommand command)
    {
        lock (Gate) return Obey(command);
    }

    string? Receipt(ReadOnlySpan<byte> message) =>
        message.Length == sizeof(uint) && _outbox.Receipt(BinaryPrimitives.ReadUInt32LittleEndian(message)) ? null
        : "A binary message must be the serial of a frame that was sent.";
}
