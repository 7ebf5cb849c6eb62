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
    readonly int _steps, _every;
    readonly Rng _rng;
    string _reference = "";
    TimeSpan _start;
    double _longer = 1;

    /// <param name="folder">A folder of its own.</param>
    /// <param name="seed">Decides the moments of the kills.</param>
    /// <param name="steps">Steps of a run's models.</param>
    /// <param name="every">Steps from one checkpoint to the next.</param>
    internal Campaign(string folder, long seed, int steps, int every) => (_folder, _steps, _every, _rng) = (folder, steps, every, new Rng(seed)["kills"]);

    internal CrashFigures Figures { get; } = new();

    /// <summary>Kills until so many have died. The last run is let to its end, whenever it is.</summary>
    /// <param name="kills">How many.</param>
    /// <param name="cancellation">Ends it after the present run, without further kills.</param>
    /// <param name="told">Is called after every kill.</param>
    internal void Run(int kills, CancellationToken cancellation, Action<CrashFigures>? told = null)
    {
        var clock = Stopwatch.StartNew();
        Figures.Hash = _reference = Undisturbed();
        for (var run = 0; Figures.Kills < kills && !cancellation.IsCancellationRequested && Figures.Broken.Count == 0; run++)
        {
            var folder = Fresh($"run-{run}");
            Disturbed(folder, () => Figures.Kills < kills && !cancellation.IsCancellationRequested, () =>
            {
                Figures.Seconds = clock.Elapsed.TotalSeconds;
                told?.Invoke(Figures);
            });
            if (Figures.Broken.Count == 0) Directory.Delete(folder, recursive: true);
        }

        Figures.Seconds = clock.Elapsed.TotalSeconds;
    }

    /// <summary>Trains without a kill, and measures how long a process takes to its first checkpoint.</summary>
    string Undisturbed()
    {
        var folder = Fresh("undisturbed");
        var clock = Stopwatch.StartNew();
        using var trainee = new Trainee(folder, _steps, _every);
        while (!Remains.CheckpointsIn(folder).Any() && trainee.Wait(TimeSpan.FromMilliseconds(5)) is null)
        {
        }

        _start = clock.Elapsed;
        if (trainee.Wait(s_patience) is not 0) throw new InvalidOperationException($"The training fails even if nobody kills it: {trainee.Errors}");
        return new Remains(folder).Fingerprint();
    }

    void Disturbed(string folder, Func<bool> killing, Action told)
    {
        var newest = new Dictionary<string, long>();
        HashSet<string> halfWritten = [];
        for (var (killed, barren) = (0, 0); ;)
        {
            using var trainee = new Trainee(folder, _steps, _every);
            var ended = killing() ? trainee.Wait(Delay()) : trainee.Wait(s_patience);
            if (ended is null && !killing()) Broken("A process hangs.");
            var died = ended is null && trainee.Kill();
            var remains = Directory.Exists(folder) ? new Remains(folder) : null;
            foreach (var (name, step) in newest)
                if (remains is null || remains.Newest.GetValueOrDefault(name) < step) Broken($"{name} was at step {step}, and that is lost.");
            foreach (var torn in remains?.Torn ?? [])
            {
                Figures.TornFiles++;
                Broken(torn);
            }

            CheckResumes(trainee.Output, newest);
            if (!died)
            {
                End(trainee, remains!, killed);
                return;
            }

            killed++;
            Figures.Kills++;
            if (remains is not null && remains.HalfWritten.Except(halfWritten).Any()) Figures.KillsWhileWriting++;
            if (remains is { Newest.Count: > 0 }) Figures.KillsWithCheckpoint++;
            var progress = remains is not null && (remains.Newest.Count > newest.Count || remains.Newest.Any(now => now.Value > newest[now.Key]));
            barren = progress ? 0 : barren + 1;
            _longer = barren >= 4 ? _longer * 1.5 : Math.Max(1, _longer * 0.95);               // the machine has become slower than it was
            (newest, halfWritten) = (remains?.Newest ?? newest, remains?.HalfWritten ?? halfWritten);
            told();
            if (Figures.Broken.Count > 0) return;
        }
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

    /// <summary>A third of the time to the first checkpoint, up to two and a half times that.</summary>
    TimeSpan Delay() => _start * (_longer * (0.33 + 2.17 * _rng.NextDouble()));

    void Broken(string promise) => Figures.Broken.Add(promise);

    [GeneratedRegex(@"^(.+), seed 0: goes on from step (\d+) of", RegexOptions.Multiline)]
    private static partial Regex Resumed();
}
