using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.WebSockets;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>One tab: its world, its pace, its socket.</summary>
internal sealed class LiveSession : IDisposable
{
    const int DefaultFps = 12;
    const int PatienceBytes = 64 * Wire.LongestMessage;     // of one overlong message, before the socket is closed
    static readonly TimeSpan s_newsEvery = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(1);

    readonly WebSocket _socket;
    readonly LiveTrainer _trainer;
    readonly Outbox _outbox;
    readonly LiveScene _scene;
    readonly Lock _gate = new();
    readonly SemaphoreSlim _due = new(0);       // a command that wants its frame at once
    bool _paused;
    int _fps = DefaultFps;

    public LiveSession(WebSocket socket, LiveTrainer trainer)
    {
        (_socket, _trainer) = (socket, trainer);
        _outbox = new Outbox(socket);
        _scene = new LiveScene(new NumPyRandom((uint)Random.Shared.Next()));
    }

    /// <summary>Lives until the page leaves or <paramref name="stopping"/> asks for the end.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var abort = new CancellationTokenSource();
        PostState();

        var receive = ReceiveAsync(abort.Token);
        Task[] work = [_outbox.PumpAsync(over.Token, abort.Token), PlayAsync(over.Token), NewsAsync(over.Token)];
        await Task.WhenAny([receive, .. work]).ConfigureAwait(false);

        await over.CancelAsync().ConfigureAwait(false);
        abort.CancelAfter(s_farewell);
        await Settle(Task.WhenAll(work)).ConfigureAwait(false);
        await Settle(SayGoodbye(stopping.IsCancellationRequested, abort.Token)).ConfigureAwait(false);
        await Settle(receive).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _outbox.Dispose();
        _due.Dispose();
    }

    // A page that vanishes ends its tasks in whichever of these ways it vanished.
    static async Task Settle(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or IOException)
        {
        }
    }

    Task SayGoodbye(bool stopping, CancellationToken abort) =>
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
            lock (_gate)
            {
                // While a frame waits for a slow page no time passes: what it will see is late, but nothing is missing, and a hidden
                // page costs nothing.
                if ((wanted || !_paused) && !_outbox.FrameWaits)
                {
                    var current = _trainer.Current;
                    _scene.Tick(current.Model);
                    _outbox.Post(Outbox.Kind.Frame, Wire.Frame(_scene.Frame, current.Generation));
                    wanted = false;
                }

                // Against a clock, not between two ticks: coarse timers then still keep the pace on average.
                var now = Stopwatch.GetTimestamp();
                next = Math.Max(next + Stopwatch.Frequency / _fps, now - Stopwatch.Frequency / _fps);
                wait = _paused && !wanted ? Timeout.Infinite : (int)Math.Max(0, Math.Ceiling((next - now) * 1000.0 / Stopwatch.Frequency));
            }

            if (!await _due.WaitAsync(wait, over).ConfigureAwait(false)) continue;
            wanted = true;
            next = Stopwatch.GetTimestamp();
        }
    }

    async Task NewsAsync(CancellationToken over)
    {
        using var timer = new PeriodicTimer(s_newsEvery);
        Published? told = null;
        LiveProgress? reported = null;
        do
        {
            var (current, progress) = (_trainer.Current, _trainer.Progress);
            if (current != told)
            {
                _outbox.Post(Outbox.Kind.Model, Wire.Model(current.Model, current.Same));
                _outbox.Post(Outbox.Kind.Map, Wire.Map(current.Model.Map, current.Generation));
                _outbox.Post(Outbox.Kind.Strip, Wire.Strip(current.Strip, current.Generation));
            }

            if (progress != reported) _outbox.Post(Outbox.Kind.Training, Wire.Training(progress));
            (told, reported) = (current, progress);
        }
        while (await timer.WaitForNextTickAsync(over).ConfigureAwait(false));
    }

    async Task ReceiveAsync(CancellationToken abort)
    {
        var buffer = new byte[Wire.LongestMessage];
        while (true)
        {
            var (length, ignored) = (0, 0);
            ValueWebSocketReceiveResult part;
            do
            {
                if (length == buffer.Length) (length, ignored) = (0, ignored + length);
                part = await _socket.ReceiveAsync(buffer.AsMemory(length), abort).ConfigureAwait(false);
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close || ignored > PatienceBytes) return;
            }
            while (!part.EndOfMessage);

            var problem = ignored > 0 ? $"A message may have at most {Wire.LongestMessage} bytes."
                : part.MessageType == WebSocketMessageType.Binary ? Receipt(buffer.AsSpan(0, length))
                : Command.Read(buffer.AsMemory(0, length), out var command) ?? Obey(command);
            if (problem is not null) _outbox.Post(Outbox.Kind.Error, Wire.Error(problem));
        }
    }

    string? Receipt(ReadOnlySpan<byte> message) =>
        message.Length == sizeof(uint) && _outbox.Receipt(BinaryPrimitives.ReadUInt32LittleEndian(message)) ? null
        : "A binary message must be the serial of a frame that was sent.";

    string? Obey(Command command)
    {
        lock (_gate)
        {
            switch (command.Do)
            {
                case Command.Verb.Pause: _paused = command.On; break;
                case Command.Verb.Speed: _fps = command.Number; break;
                case Command.Verb.Decoder: _scene.Decoder = command.On; break;
                case Command.Verb.NewWorld: _scene.NewWorld(); break;
                case Command.Verb.Anomaly: _scene.Teleport(); break;
                case Command.Verb.Wake: _scene.Wake(); break;
                case Command.Verb.Dream when _scene.Dreaming: return "It is dreaming already.";
                case Command.Verb.Dream: _scene.Dream(command.Number); _paused = false; break;
                case Command.Verb.Train: return _trainer.TryStart() ? null : "A training is running already; every tab shows it.";
                case Command.Verb.Stop: return _trainer.TryStop() ? null : "No training is running.";
            }

            PostState();
            if (command.Do is Command.Verb.NewWorld or Command.Verb.Anomaly || !_paused) _due.Release();
            return null;
        }
    }

    void PostState() => _outbox.Post(Outbox.Kind.State, Wire.State(_paused, _scene.Decoder, _fps));
}
