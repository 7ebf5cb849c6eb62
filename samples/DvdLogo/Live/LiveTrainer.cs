using System.Diagnostics;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The one model that all tabs look at, and its retraining from zero, which any tab may start and all of them see.</summary>
/// <remarks>
/// The training thread owns its weights. A few times a second it copies them into a new <see cref="LiveModel"/> and replaces one
/// reference: a tab sees the old model or the new one, never half of each.
/// </remarks>
internal sealed class LiveTrainer : IDisposable
{
    static readonly TimeSpan s_report = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan s_publish = TimeSpan.FromMilliseconds(250);

    readonly Lock _gate = new();
    readonly Func<DvdTraining> _fresh;
    readonly Recipe _recipe;
    readonly string? _firstHash;
    Published _current;
    LiveProgress _progress = LiveProgress.None;
    Thread? _thread;
    volatile bool _stop;

    /// <param name="first">The model to begin with, trained or not.</param>
    /// <param name="fresh">Makes an untrained model and all that its training by the same recipe needs.</param>
    public LiveTrainer(LiveModel first, Func<DvdTraining> fresh)
    {
        (_fresh, _recipe) = (fresh, first.Recipe);
        _firstHash = first.IsComplete ? first.Hash : null;
        _current = new Published(first, new FilmStrip(first), 1, null);
    }

    public Published Current => Volatile.Read(ref _current);

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
            var curve = new LossCurve(_recipe.Steps);
            var clock = Stopwatch.StartNew();
            TimeSpan reported = default, published = default, pause = default;
            progress = progress with { Steps = training.Steps };
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

    LiveProgress Step(DvdTraining training, LossCurve curve, LiveProgress before, TimeSpan time)
    {
        var step = before.Step + 1;
        var (loss, deviation) = training.Step();
        var drawing = step > _recipe.Steps;
        if (!drawing) curve.Add(step, loss);
        return before with { Step = step, Drawing = drawing, Loss = loss, Std = deviation, StepsPerSecond = step / time.TotalSeconds };
    }

    void Publish(DvdTraining training, int step, TimeSpan time)
    {
        var model = new LiveModel(training.Model.Snapshot(), _recipe, step, time.TotalSeconds);
        bool? same = model.IsComplete && _firstHash is not null ? model.Hash == _firstHash : null;
        Volatile.Write(ref _current, new Published(model, new FilmStrip(model), Current.Generation + 1, same));
    }
}

/// <summary>A model in use.</summary>
/// <param name="Model">Frozen.</param>
/// <param name="Strip">Its dream of the fixed clip.</param>
/// <param name="Generation">Counts the models since the server started.</param>
/// <param name="Same">Whether a completed retraining ended in the bits of the first model; null where there is nothing to compare.</param>
internal sealed record Published(LiveModel Model, FilmStrip Strip, int Generation, bool? Same);
