using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Samples;

/// <summary>
/// One training that survives its process: checkpoints are written every so many steps, when it is cancelled, and at its end. A resumed
/// training ends in the same bits as an uninterrupted one.
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
    (int Step, string File) _saved;

    internal TrainingRun(string name, int steps, int every, bool resume, Checkpoint? checkpoint, string folder)
    {
        (_name, _steps, _every, _resume, _checkpoint, _folder) = (name, steps, every, resume, checkpoint, folder);
        Add("clock", this);
    }

    /// <summary>Seconds that the training has taken, in all its processes.</summary>
    public double Seconds => _seconds + _clock.Elapsed.TotalSeconds;

    /// <summary>Seconds of processor time in them.</summary>
    public double ProcessorSeconds => _processor + (_clock.IsRunning ? (Environment.CpuUsage.TotalTime - _used).TotalSeconds : 0);

    /// <summary>Adds parameters to the checkpoints.</summary>
    public TrainingRun Add(string name, Parameters set)
    {
        _checkpoint?.Add(name, set);
        return this;
    }

    /// <summary>Adds an optimiser, a random stream or whatever else the rest of the training depends on.</summary>
    public TrainingRun Add(string name, IResumable part)
    {
        _checkpoint?.Add(name, part);
        return this;
    }

    /// <summary>Adds values that the training records, so that a curve has no gap.</summary>
    public TrainingRun Add<T>(string name, T[] values) where T : unmanaged => Add(name, new SavedArray<T>(values));

    /// <summary>Resumes where an earlier process ended, or begins, and prints which.</summary>
    /// <returns>Steps that are done.</returns>
    /// <exception cref="InvalidDataException">There are checkpoints, but of another recipe or program, or none is sound.</exception>
    /// <exception cref="IOException">They cannot be read or removed.</exception>
    public int Begin(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _saved = _checkpoint is null ? default : _resume ? Resume(_checkpoint) : StartOver(_checkpoint);
        Restart();
        return _saved.Step;
    }

    /// <summary>Reports that a step is done: it may be time for a checkpoint, or to stop.</summary>
    /// <param name="step">Steps that are done.</param>
    /// <param name="cancellation">Stops the training.</param>
    /// <exception cref="TrainingStoppedException">It was cancelled; a checkpoint has been written.</exception>
    /// <exception cref="IOException">The checkpoint cannot be written.</exception>
    public void After(int step, CancellationToken cancellation)
    {
        var stop = cancellation.IsCancellationRequested;
        if (_checkpoint is not null && (stop || step == _steps || step % _every == 0)) Save(_checkpoint, step);
        if (!stop) return;
        if (_checkpoint is null) cancellation.ThrowIfCancellationRequested();
        throw new TrainingStoppedException($"Stopped after step {Text(step)} of {Text(_steps)} ({_name}), which is kept in {_folder}.", cancellation);
    }

    /// <summary>The time is a part of the checkpoint.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        (_seconds, _processor) = (Seconds, ProcessorSeconds);
        state.Visit("seconds", ref _seconds);
        state.Visit("processor_seconds", ref _processor);
        if (_clock.IsRunning) Restart();
    }

    (int, string) Resume(Checkpoint checkpoint)
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

    (int, string) StartOver(Checkpoint checkpoint)
    {
        if (checkpoint.Clear() > 0) Console.WriteLine($"{_name}: begins anew. The checkpoints of an earlier run are removed; --resume would have gone on from them.");
        return default;
    }

    void Save(Checkpoint checkpoint, int step)
    {
        try
        {
            _saved = (step, checkpoint.Save(step));
            if (step == _steps) checkpoint.Clear(keep: 1);
        }
        catch (IOException error) when (File.Exists(_saved.File))
        {
            throw new IOException($"{error.Message} The checkpoint of step {Text(_saved.Step)} is whole: --resume goes on from it.", error);
        }
    }

    void Restart()
    {
        _clock.Restart();
        _used = Environment.CpuUsage.TotalTime;
    }

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>An array by its bits, whatever its element type.</summary>
    sealed class SavedArray<T>(T[] values) : IResumable where T : unmanaged
    {
        void IResumable.Visit(StateVisitor state) => state.Visit("bits", MemoryMarshal.Cast<T, int>(values.AsSpan()));
    }
}
