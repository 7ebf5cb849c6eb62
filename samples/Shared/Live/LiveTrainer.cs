using System.Diagnostics;

namespace TinyJepa.Samples;

/// <summary>A model as a live page needs it. It never changes: every tab may use it at once while its successor is being trained.</summary>
public interface ILiveModel
{
    /// <summary>Differs when any weight differs in any bit.</summary>
    string Hash { get; }

    /// <summary>Whether the weights have been through the whole of their recipe.</summary>
    bool IsComplete { get; }
}

/// <summary>A training that a page can watch.</summary>
/// <typeparam name="TModel">What it shows.</typeparam>
public interface ILiveTraining<out TModel> where TModel : ILiveModel
{
    /// <summary>All steps.</summary>
    int Steps { get; }

    /// <summary>Steps of the model itself; the loss of these makes the curve.</summary>
    int CurveSteps { get; }

    /// <summary>One step.</summary>
    /// <returns>Its loss, and the embedding's mean deviation over the batch.</returns>
    (float Loss, float Deviation) Step();

    /// <summary>A copy of the weights as they are, ready to be shown.</summary>
    /// <param name="step">Steps made.</param>
    /// <param name="seconds">The time they took.</param>
    TModel Snapshot(int step, double seconds);
}

/// <summary>A model in use.</summary>
/// <param name="Model">Frozen.</param>
/// <param name="Generation">Counts the models since the server started.</param>
/// <param name="Same">Whether a completed retraining ended in the bits of the first model; null where there is nothing to compare.</param>
public sealed record Published<TModel>(TModel Model, int Generation, bool? Same);

/// <summary>The one model that all tabs look at, and its retraining from zero, which any tab may start and all of them see.</summary>
/// <remarks>
/// The training thread owns its weights. A few times a second it copies them into a new model and replaces one
/// reference: a tab sees the old model or the new one, never half of each.
/// </remarks>
public sealed class LiveTrainer<TModel> : IDisposable where TModel : ILiveModel
{
    static readonly TimeSpan s_report = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_publish = TimeSpan.FromMilliseconds(250);

    readonly Lock _gate = new();
    readonly Func<ILiveTraining<TModel>> _fresh;
    readonly string? _firstHash;
    Published<TModel> _current;
    LiveProgress _progress = LiveProgress.None;
    Thread? _thread;
    volatile bool _stop;

    /// <param name="first">The model to begin with, trained or not.</param>
    /// <param name="fresh">Makes an untrained model and all that its training by the same recipe needs.</param>
    public LiveTrainer(TModel first, Func<ILiveTraining<TModel>> fresh)
    {
        ArgumentNullException.ThrowIfNull(first);
        _fresh = fresh;
        _firstHash = first.IsComplete ? first.Hash : null;
        _current = new Published<TModel>(first, 1, null);
    }

    /// <summary>The model in use.</summary>
    public Published<TModel> Current => Volatile.Read(ref _current);

    /// <summary>How far the training is.</summary>
    public LiveProgress Progress => Volatile.Read(ref _progress);

    /// <summary>Starts a training from zero, unless one is running.</summary>
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

    /// <summary>Ends the training after its present step. What it learnt so far stays in use.</summary>
    public bool TryStop()
    {
        if (!Progress.Running) return false;
        _stop = true;
        return true;
    }

    /// <summary>Ends a training and waits for it.</summary>
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
            var training = _fresh();
            var curve = new LossCurve(training.CurveSteps);
            var clock = Stopwatch.StartNew();
            TimeSpan reported = default, published = default, pause = default;
            progress = progress with { Steps = training.Steps, CurveSteps = training.CurveSteps };
            while (progress.Step < training.Steps && !_stop)
            {
                if (clock.Elapsed - published >= pause)
                {
                    var began = clock.Elapsed;
                    Publish(training, progress.Step, began);
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
            Publish(training, progress.Step, clock.Elapsed);
        }
        catch (Exception e)             // a thread's exception would take the server and every tab with it
        {
            progress = progress with { Failure = e.Message };
        }

        Volatile.Write(ref _progress, progress with { Running = false });
    }

    static LiveProgress Step(ILiveTraining<TModel> training, LossCurve curve, LiveProgress before, TimeSpan time)
    {
        var step = before.Step + 1;
        var (loss, deviation) = training.Step();
        if (step <= training.CurveSteps) curve.Add(step, loss);
        return before with { Step = step, Loss = loss, Std = deviation, StepsPerSecond = step / time.TotalSeconds };
    }

    void Publish(ILiveTraining<TModel> training, int step, TimeSpan time)
    {
        var model = training.Snapshot(step, time.TotalSeconds);
        bool? same = model.IsComplete && _firstHash is not null ? model.Hash == _firstHash : null;
        Volatile.Write(ref _current, new Published<TModel>(model, Current.Generation + 1, same));
    }
}
