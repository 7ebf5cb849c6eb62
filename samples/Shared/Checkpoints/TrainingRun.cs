using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Samples;

/// <summary>
/// One training that survives its process: it is kept every so many steps, when it is told to stop, and at its end. Taken up again it goes
/// on to the very bits that it would have reached.
/// </summary>
/// <example><code>
/// var run = checkpoints.Run(recipe.Name, seed, recipe, training.Steps).Add("model", p).Add("adam", adam).Add("losses", losses);
/// for (var step = run.Begin(cancellation); step &lt; training.Steps; run.After(++step, cancellation)) losses[step] = training.Step();
/// </code></example>
public sealed class TrainingRun : IResumable
{
    readonly string _name, _folder;
    readonly int _steps, _every;
    readonly bool _resume;
    readonly Checkpoint? _checkpoint;
    readonly Stopwatch _clock = new();

    double _seconds, _processor;
    TimeSpan _used;
    (int Step, string File) _kept;

    internal TrainingRun(string name, int steps, int every, bool resume, Checkpoint? checkpoint, string folder)
    {
        (_name, _steps, _every, _resume, _checkpoint, _folder) = (name, steps, every, resume, checkpoint, folder);
        Add("clock", this);
    }

    /// <summary>Seconds that the training has taken, in all processes that had a part in it.</summary>
    public double Seconds => _seconds + _clock.Elapsed.TotalSeconds;

    /// <summary>Seconds of processor time in them.</summary>
    public double Processor => _processor + (_clock.IsRunning ? (Environment.CpuUsage.TotalTime - _used).TotalSeconds : 0);

    /// <summary>Keeps parameters.</summary>
    public TrainingRun Add(string name, Parameters set)
    {
        _checkpoint?.Add(name, set);
        return this;
    }

    /// <summary>Keeps an optimiser, a random stream or whatever else the future depends on.</summary>
    public TrainingRun Add(string name, IResumable part)
    {
        _checkpoint?.Add(name, part);
        return this;
    }

    /// <summary>Keeps numbers that the training writes down as it goes, so that a curve has no gap.</summary>
    public TrainingRun Add<T>(string name, T[] numbers) where T : unmanaged => Add(name, new Notes<T>(numbers));

    /// <summary>Goes on where an earlier process ended, or begins, and says which.</summary>
    /// <returns>Steps that are done.</returns>
    /// <exception cref="InvalidDataException">There are checkpoints, but of another recipe or program, or none is sound.</exception>
    /// <exception cref="IOException">They cannot be read or removed.</exception>
    public int Begin(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _kept = _checkpoint is null ? default : _resume ? GoOn(_checkpoint) : BeginAnew(_checkpoint);
        Restart();
        return _kept.Step;
    }

    /// <summary>Tells that a step is done: it may be time to keep it, or to stop.</summary>
    /// <param name="step">Steps that are done.</param>
    /// <param name="cancellation">Asks to stop.</param>
    /// <exception cref="TrainingStoppedException">It was asked to stop, and has been kept.</exception>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public void After(int step, CancellationToken cancellation)
    {
        var stop = cancellation.IsCancellationRequested;
        if (_checkpoint is not null && (stop || step == _steps || step % _every == 0)) Keep(_checkpoint, step);
        if (!stop) return;
        if (_checkpoint is null) cancellation.ThrowIfCancellationRequested();
        throw new TrainingStoppedException($"Stopped after step {Text(step)} of {Text(_steps)} ({_name}), which is kept in {_folder}.", cancellation);
    }

    /// <summary>The time it took belongs to what is kept.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        (_seconds, _processor) = (Seconds, Processor);
        state.Visit("seconds", ref _seconds);
        state.Visit("processor_seconds", ref _processor);
        if (_clock.IsRunning) Restart();
    }

    (int, string) GoOn(Checkpoint checkpoint)
    {
        if (checkpoint.Resume() is not { } found)
        {
            Console.WriteLine($"{_name}: there is no checkpoint in {_folder}; it begins at step 0.");
            return default;
        }

        if (found.Step == _steps) checkpoint.Clear(keep: 1);                         // a kill may have come between its last checkpoint and this
        foreach (var sentence in found.Damaged) Console.WriteLine($"{sentence} The one before it is used.");
        Console.WriteLine(found.Step == _steps
            ? $"{_name}: all {Text(_steps)} steps are done; nothing is left to train."
            : $"{_name}: goes on from step {Text(found.Step)} of {Text(_steps)}.");
        return ((int)found.Step, found.File);
    }

    (int, string) BeginAnew(Checkpoint checkpoint)
    {
        if (checkpoint.Clear() > 0) Console.WriteLine($"{_name}: begins anew. The checkpoints of an earlier run are removed; --resume would have gone on from them.");
        return default;
    }

    void Keep(Checkpoint checkpoint, int step)
    {
        try
        {
            _kept = (step, checkpoint.Save(step));
            if (step == _steps) checkpoint.Clear(keep: 1);
        }
        catch (IOException error) when (File.Exists(_kept.File))
        {
            throw new IOException($"{error.Message} The checkpoint of step {Text(_kept.Step)} is whole: --resume goes on from it.", error);
        }
    }

    void Restart()
    {
        _clock.Restart();
        _used = Environment.CpuUsage.TotalTime;
    }

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>An array by its bits, whatever its numbers are.</summary>
    sealed class Notes<T>(T[] numbers) : IResumable where T : unmanaged
    {
        void IResumable.Visit(StateVisitor state) => state.Visit("bits", MemoryMarshal.Cast<T, int>(numbers.AsSpan()));
    }
}
