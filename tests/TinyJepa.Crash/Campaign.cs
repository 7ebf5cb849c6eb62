using System.Diagnostics;
using System.Text.RegularExpressions;

namespace TinyJepa.Crash;

/// <summary>
/// Kills a training again and again and lets it go on each time. It promises that no kill leaves a torn file, that none costs a checkpoint
/// that was there before, that the next process goes on from the newest one, and that the end is the end of the run that nobody killed.
/// </summary>
sealed partial class Campaign
{
    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    readonly string _folder;
    readonly long _seed;
    readonly int _steps, _every;
    readonly Lock _gate = new();
    string _reference = "";
    TimeSpan _start;
    int _runs;

    /// <param name="folder">A folder of its own.</param>
    /// <param name="seed">Decides the moments of the kills.</param>
    /// <param name="steps">Steps of a run's models.</param>
    /// <param name="every">Steps from one checkpoint to the next.</param>
    internal Campaign(string folder, long seed, int steps, int every) => (_folder, _seed, _steps, _every) = (folder, seed, steps, every);

    internal CrashFigures Figures { get; } = new();

    /// <summary>Kills until so many have died. The last run is let to its end, whenever it is.</summary>
    /// <param name="kills">How many.</param>
    /// <param name="atOnce">How many trainings live and die side by side, each in a folder of its own.</param>
    /// <param name="cancellation">Ends it after the present run, without further kills.</param>
    /// <param name="told">Is called after every kill.</param>
    internal void Run(int kills, int atOnce, CancellationToken cancellation, Action<CrashFigures>? told = null)
    {
        var clock = Stopwatch.StartNew();
        Figures.Hash = _reference = Undisturbed();
        _start = Enumerable.Range(0, 3).Min(_ => Start());
        var killers = Enumerable.Range(0, atOnce).Select(number => new Thread(() =>
        {
            var killer = new Killer(new Rng(_seed)["kills"][number]);
            while (Killing())
            {
                var folder = Fresh($"run-{Interlocked.Increment(ref _runs)}");
                Disturbed(folder, killer, Killing, Told);
                if (Figures.Broken.Count == 0) Directory.Delete(folder, recursive: true);
            }
        })).ToList();
        killers.ForEach(killer => killer.Start());
        killers.ForEach(killer => killer.Join());
        Figures.Seconds = clock.Elapsed.TotalSeconds;

        bool Killing() => Figures.Kills < kills && Figures.Broken.Count == 0 && !cancellation.IsCancellationRequested;

        void Told()
        {
            Figures.Seconds = clock.Elapsed.TotalSeconds;
            told?.Invoke(Figures);
        }
    }

    /// <summary>How long a process takes to its first checkpoint.</summary>
    TimeSpan Start()
    {
        var folder = Fresh("start");
        var clock = Stopwatch.StartNew();
        using var trainee = new Trainee(folder, _steps, _every);
        while (!Remains.CheckpointsIn(folder).Any() && trainee.Wait(TimeSpan.FromMilliseconds(5)) is null)
        {
        }

        return clock.Elapsed;
    }

    /// <summary>Trains without a kill.</summary>
    string Undisturbed()
    {
        var folder = Fresh("undisturbed");
        using var trainee = new Trainee(folder, _steps, _every);
        if (trainee.Wait(s_patience) is not 0) throw new InvalidOperationException($"The training fails even if nobody kills it: {trainee.Errors}");
        return new Remains(folder).Fingerprint();
    }

    void Disturbed(string folder, Killer killer, Func<bool> killing, Action told)
    {
        var newest = new Dictionary<string, long>();
        HashSet<string> halfWritten = [];
        for (var killed = 0; ;)
        {
            using var trainee = new Trainee(folder, _steps, _every);
            var kill = killing();
            var ended = trainee.Wait(kill ? killer.Delay(_start) : s_patience);
            if (ended is null && !kill) Broken("A process hangs.");
            var died = ended is null && trainee.Kill();
            var remains = Directory.Exists(folder) ? new Remains(folder) : null;
            lock (_gate)
            {
                Check(remains, newest, trainee.Output);
                if (!died)
                {
                    End(trainee, remains!, killed);
                    return;
                }

                killed++;
                Figures.Kills++;
                if (remains is not null && remains.HalfWritten.Except(halfWritten).Any()) Figures.KillsWhileWriting++;
                if (remains is { Newest.Count: > 0 }) Figures.KillsWithCheckpoint++;
                told();
                if (Figures.Broken.Count > 0) return;
            }

            killer.Learn(progress: remains is not null && remains.Newest.Any(now => now.Value > newest.GetValueOrDefault(now.Key)));
            (newest, halfWritten) = (remains?.Newest ?? newest, remains?.HalfWritten ?? halfWritten);
        }
    }

    void Check(Remains? remains, Dictionary<string, long> newest, string output)
    {
        foreach (var (name, step) in newest)
            if (remains is null || remains.Newest.GetValueOrDefault(name) < step) Broken($"{name} was at step {step}, and that is lost.");
        foreach (var torn in remains?.Torn ?? [])
        {
            Figures.TornFiles++;
            Broken(torn);
        }

        CheckResumes(output, newest);
    }

    void End(Trainee trainee, Remains remains, int killed)
    {
        if (trainee.Wait(s_patience) is not 0)
        {
            Broken($"A process that nobody killed ended with an error: {trainee.Errors}");
            return;
        }

        if (killed == 0) return;
        Figures.Runs++;
        if (remains.Fingerprint() == _reference) Figures.EqualHashes++;
        else Broken("A run that was killed ended in other bits.");
    }

    /// <summary>What a process says it goes on from must be the newest checkpoint that the one before has left.</summary>
    void CheckResumes(string output, Dictionary<string, long> newest)
    {
        foreach (var said in Resumed().Matches(output).Cast<Match>())
        {
            var (name, step) = (said.Groups[1].Value.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-') + "-0", long.Parse(said.Groups[2].Value, null));
            if (newest.TryGetValue(name, out var left) && left == step) Figures.Resumes++;
            else Broken($"{name} goes on from step {step}, not from {newest.GetValueOrDefault(name)}.");
        }
    }

    string Fresh(string name)
    {
        var folder = Path.Combine(_folder, name);
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        return folder;
    }

    void Broken(string promise) => Figures.Broken.Add(promise);

    /// <summary>When to kill: after a third of the time to the first checkpoint, up to twice that time.</summary>
    sealed class Killer(Rng rng)
    {
        double _longer = 1;
        int _barren;

        internal TimeSpan Delay(TimeSpan start) => start * (_longer * (0.33 + 1.67 * rng.NextDouble()));

        /// <summary>Kills later for a while if none of the last few processes got any further: the machine is slower than it was.</summary>
        internal void Learn(bool progress)
        {
            _barren = progress ? 0 : _barren + 1;
            _longer = _barren >= 4 ? _longer * 1.5 : Math.Max(1, _longer * 0.95);
        }
    }

    [GeneratedRegex(@"^(.+), seed 0: goes on from step (\d+) of", RegexOptions.Multiline)]
    private static partial Regex Resumed();
}
