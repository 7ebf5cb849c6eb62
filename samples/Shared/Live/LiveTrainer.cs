using System.Diagnostics;

namespace TinyJepa.Samples;

/// <summary>A training that a live page can watch.</summary>
/// <param name="Training">The training.</param>
/// <param name="Snapshot">Shows the weights as they are; called with the steps done and the seconds they took.</param>
public sealed record LiveTraining<TPage>(Training Training, Func<int, double, TPage> Snapshot) where TPage : PageModel;

/// <summary>The model that all tabs show.</summary>
/// <param name="Model">It never changes.</param>
/// <param name="Generation">Counts the models since the server started.</param>
/// <param name="Same">Whether a completed retraining ended in the bits of the first model; null where there is nothing to compare.</param>
public sealed record Published<TPage>(TPage Model, int Generation, bool? Same) where TPage : PageModel;

/// <summary>The one model that all tabs show, and its retraining from scratch, which any tab may start and all of them see.</summary>
/// <remarks>
/// The training thread owns its weights. A few times a second it copies them into a new model and replaces one
/// reference: a tab sees the old model or the new one, never half of each.
/// </remarks>
public sealed class LiveTrainer<TPage> : IDisposable where TPage : PageModel
{
    static readonly TimeSpan s_report = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_publish = TimeSpan.FromMilliseconds(250);

    readonly Lock _gate = new();
    readonly Func<LiveTraining<TPage>> _fresh;
    readonly string? _firstHash;
    Published<TPage> _current;
    LiveProgress _progress = LiveProgress.None;
    Thread? _thread;
    volatile bool _stop;

    /// <param name="first">The model to begin with, trained or not.</param>
    /// <param name="fresh">Makes a training of an untrained model by the same recipe.</param>
    public LiveTrainer(TPage first, Func<LiveTraining<TPage>> fresh)
    {
        ArgumentNullException.ThrowIfNull(first);
        _fresh = fresh;
        _firstHash = first.IsComplete ? first.Hash : null;
        _current = new Published<TPage>(first, 1, null);
    }

    /// <summary>The model in use.</summary>
    public Published<TPage> Current => Volatile.Read(ref _current);

    /// <summary>How far the training is.</summary>
    public LiveProgress Progress => Volatile.Read(ref _progress);

    /// <summary>Starts a training from scratch, unless one is running.</summary>
    public bool TryStart()
    {
        lock (_gate)
        {
            if (Progress.Running) return false;
            _stop = false;
            Volatile.Write(ref _progress, LiveProgress.None with { Running = true });
            _thread = new Thread(Train) { IsBackground = true, Name = "training" };
            _thread.Start();
            return true;
        }
    }

    /// <summary>Stops the training after its current step. The weights so far stay in use.</summary>
    public bool TryStop()
    {
        if (!Progress.Running) return false;
        _stop = true;
        return true;
    }

    /// <summary>Stops a training and waits for its end.</summary>
    public void Dispose()
    {
        _stop = true;
        lock (_gate) _thread?.Join();
    }

    void Train()
    {
        var progress = Progress;
        try
        {
            var watched = _fresh();
            var training = watched.Training;
            var curve = new LossCurve(training.ModelSteps);
            var clock = Stopwatch.StartNew();
            TimeSpan reported = default, published = default, pause = default;
            progress = progress with { Steps = training.Steps, ModelSteps = training.ModelSteps };
            while (progress.Step < training.Steps && !_stop)
            {
                if (clock.Elapsed - published >= pause)
                {
                    var began = clock.Elapsed;
                    Publish(watched, progress.Step, began);
                    published = clock.Elapsed;

                    // Being watched must not cost a training more than a tenth of its time.
                    pause = TimeSpan.FromTicks(Math.Max(s_publish.Ticks, 9 * (published - began).Ticks));
                }

                progress = Step(training, curve, progress, clock.Elapsed);
                if (clock.Elapsed - reported < s_report) continue;
                reported = clock.Elapsed;
                Volatile.Write(ref _progress, progress with { Curve = curve.ToArray() });
            }

            progress = progress with { Curve = curve.ToArray() };
            Publish(watched, progress.Step, clock.Elapsed);
        }
        catch (Exception e)             // a thread's exception would take the server and every tab with it
        {
            progress = progress with { Failure = e.Message };
        }

        Volatile.Write(ref _progress, progress with { Running = false });
    }

    static LiveProgress Step(Training training, LossCurve curve, LiveProgress before, TimeSpan time)
    {
        var step = before.Step + 1;
        var result = training.Step();
        if (step <= training.ModelSteps) curve.Add(step, result.Loss);
        return before with { Step = step, Loss = result.Loss, Std = result.Std, StepsPerSecond = step / time.TotalSeconds };
    }

    void Publish(LiveTraining<TPage> watched, int step, TimeSpan time)
    {
        var model = watched.Snapshot(step, time.TotalSeconds);
        bool? same = model.IsComplete && _firstHash is not null ? model.Hash == _firstHash : null;
        Volatile.Write(ref _current, new Published<TPage>(model, Current.Generation + 1, same));
    }
}
