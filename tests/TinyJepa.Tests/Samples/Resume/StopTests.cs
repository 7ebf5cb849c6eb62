using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TinyJepa.IO;
using TinyJepa.Samples;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Samples.Resume;

/// <summary>Real processes that are signalled to stop, get into each other's way, or find the disk full.</summary>
[Collection(Machine.Name)]
public sealed partial class StopTests : IDisposable
{
    const int Interrupt = 2, Terminate = 15;

    static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CtrlC_And_SigTerm_KeepTheTraining_AndSayHowToGoOn()
    {
        if (OperatingSystem.IsWindows()) return;
        var step = 0L;
        foreach (var (signal, code) in ((int, int)[])[(Interrupt, 130), (Terminate, 143)])
        {
            if (IsIgnored(signal)) continue;                                                     // a shell that started the tests in the background
            using var process = Start(Words("--resume"));
            WaitForCheckpointAfter(step, process);
            Assert.Equal(0, Send(process.Id, signal));
            var (ended, said, errors) = await EndAsync(process);
            Assert.True(ended == code, $"{ended}: {said} {errors}");
            var stopped = Assert.Single(errors.TrimEnd().Split('\n'));
            var match = Stopped().Match(stopped);
            Assert.True(match.Success, stopped);
            Assert.Contains(step == 0 ? "there is no checkpoint in" : $"goes on from step {step} of", said, StringComparison.Ordinal);
            step = long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.Equal(step, Newest());
            Assert.Contains($"To go on: … {string.Join(' ', Words("--resume"))}", stopped, StringComparison.Ordinal);
        }

        Assert.True(step > 0);
    }

    [Fact]
    public async Task ASecondProcess_IsRefused_AndTheLockOfAKilledOneIsNone()
    {
        using var first = Start(Words());
        WaitForCheckpointAfter(0, first);
        using (var second = Start(Words("--resume")))
        {
            var (code, _, errors) = await EndAsync(second);
            Assert.Equal(1, code);
            Assert.Contains($"Another process is writing to '{_folder["out"]}'. Wait until it has ended, or choose another folder with --out.", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }

        Assert.False(first.HasExited);
        first.Kill();
        await EndAsync(first);
        var left = Newest();
        using var third = Start(Words("--resume"));
        WaitForCheckpointAfter(left, third);
        third.Kill();
        var (_, said, _) = await EndAsync(third);
        Assert.Contains($"goes on from step {left} of", said, StringComparison.Ordinal);
    }

    /// <summary>No file may be longer than 100 kB: the write fails in its middle, as on a full disk.</summary>
    [Fact]
    public async Task AFailedWrite_EndsTheRun_AndTheLastCheckpointIsWhole()
    {
        if (OperatingSystem.IsWindows()) return;
        await KilledRunAsync();
        var (step, numbers) = (Newest(), KeptNumbers.In(_folder.Path));
        using var process = Start(Words("--resume"), "trap '' XFSZ; ulimit -f 100; exec \"$@\"");
        var (code, said, errors) = await EndAsync(process);
        Assert.True(code == 1, $"{code}: {said} {errors}");
        Assert.Matches($@"^Cannot write \S+: .*The checkpoint of step {step} is whole: --resume goes on from it\.$", Assert.Single(errors.TrimEnd().Split('\n')));
        Assert.Equal(step, Newest());
        Assert.Equal(numbers, KeptNumbers.In(_folder.Path));
        Assert.Empty(Directory.EnumerateFiles(_folder.Path, "*.tmp", SearchOption.AllDirectories));
    }

    /// <summary>A disk with room for two checkpoints, where the system lets us have one.</summary>
    [Fact]
    public async Task AFullDisk_EndsTheRun_AndTheLastCheckpointsAreWhole()
    {
        if (OperatingSystem.IsWindows()) return;
        Directory.CreateDirectory(_folder["out"]);
        using var process = Start(
            ["unshare", "--user", "--map-root-user", "--mount", "bash", "-c", "mount -t tmpfs -o size=900k none \"$0\" || exit 77; \"$@\"; code=$?; find \"$0\" -name 'step*' -size +100; exit $code", _folder["out"], .. Command(Words())]);
        var (code, said, errors) = await EndAsync(process);
        if (code is 77 or 127 || errors.StartsWith("unshare", StringComparison.Ordinal)) return;
        Assert.True(code == 1, $"{code}: {said} {errors}");
        Assert.Contains("No space left on device", errors, StringComparison.Ordinal);
        Assert.Matches(@"The checkpoint of step \d+ is whole: --resume goes on from it\.$", Assert.Single(errors.TrimEnd().Split('\n')));
        var files = said.Split('\n').Where(line => line.Contains("/step-", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, files.Count);
        Assert.DoesNotContain(files, name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AFolder_ThatMayNotBeWritten_IsNamedBeforeAnyWork()
    {
        Directory.CreateDirectory(_folder["out"]);
        File.WriteAllText(_folder["out/checkpoints"], "in the way");
        using (var process = Start(Words("--resume"))) await RefusedAsync(process, _folder["out/checkpoints"]);
        if (OperatingSystem.IsWindows() || Environment.UserName == "root") return;                // who may write everywhere
        File.Delete(_folder["out/checkpoints"]);
        File.SetUnixFileMode(_folder["out"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        using (var process = Start(Words("--resume"))) await RefusedAsync(process, _folder["out"]);
        File.SetUnixFileMode(_folder["out"], UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);

        static async Task RefusedAsync(Process process, string folder)
        {
            var (code, said, errors) = await EndAsync(process);
            Assert.Equal((1, ""), (code, said));
            Assert.Contains($"Cannot write to the folder '{folder}'. Choose a folder you can write to.", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ADamagedCheckpoint_IsNamed_AndTheOneBeforeIsUsed()
    {
        await KilledRunAsync();
        var files = Checkpoints().Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, files.Count);
        using (var stream = File.OpenWrite(files[1])) stream.SetLength(stream.Length / 2);
        using var process = Start(Words("--resume"));
        WaitForCheckpointAfter(Newest(), process);
        process.Kill();
        var (_, said, _) = await EndAsync(process);
        Assert.Contains($"{files[1]} is not a valid safetensors file", said, StringComparison.Ordinal);
        Assert.Contains($"goes on from step {StepOf(files[0])} of", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACheckpoint_OfAnotherSeed_IsRefused_AndLeftAsItIs()
    {
        await KilledRunAsync();
        var folder = Path.GetDirectoryName(Checkpoints()[0])!;
        Directory.Move(folder, folder[..^1] + "7");
        var before = Checkpoints().ToDictionary(path => path, File.ReadAllBytes);
        using var process = Start(Words("--seed", "7", "--resume"));
        var (code, _, errors) = await EndAsync(process);
        Assert.Equal(1, code);
        Assert.Contains("'seed' is '0' there and '7' here", Assert.Single(errors.TrimEnd().Split('\n')), StringComparison.Ordinal);
        Assert.Equal(before, Checkpoints().ToDictionary(path => path, File.ReadAllBytes));
    }

    [Fact]
    public void AClaim_KeepsOthersOut_AndClearsUpAfterTheDead()
    {
        Directory.CreateDirectory(_folder["out"]);
        foreach (var name in (string[])["metrics.json.0123456789abcdef0123456789abcdef.tmp", "mine.tmp"]) File.WriteAllText(_folder[$"out/{name}"], "half");
        using (OutputFolder.Claim(_folder["out"]))
            Assert.Contains("Another process is writing to", Assert.Throws<IOException>(() => OutputFolder.Claim(_folder["out"])).Message, StringComparison.Ordinal);
        OutputFolder.Claim(_folder["out"]).Dispose();
        Assert.Equal([".lock", "mine.tmp"], Directory.EnumerateFiles(_folder["out"]).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal));
    }

    string[] Words(params string[] more) =>
        ["train", "--steps", "100000", "--checkpoint-every", Machine.IsSlow ? "2" : "50", "--threads", "1", "--out", _folder["out"], .. more];

    static string[] Command(string[] words) => ["dotnet", Path.Combine(AppContext.BaseDirectory, "BouncingBall.dll"), .. words];

    /// <summary>Starts the bouncing ball, within a line of bash if there is one, or another program.</summary>
    static Process Start(string[] words, string? bash = null)
    {
        string[] all = bash is not null ? ["bash", "-c", bash, "-", .. Command(words)] : words[0] == "train" ? Command(words) : words;
        var start = new ProcessStartInfo(all[0], all[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";                                 // its double mapping is a file of two gigabytes, against the limit
        return Process.Start(start)!;
    }

    static async Task<(int Code, string Said, string Errors)> EndAsync(Process process)
    {
        var (said, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        if (!process.WaitForExit(s_patience)) process.Kill();
        return (process.ExitCode, await said, await errors);
    }

    async Task KilledRunAsync()
    {
        using var process = Start(Words());
        while (Checkpoints().Length < 2) WaitForCheckpointAfter(Newest(), process);
        process.Kill();
        await EndAsync(process);
    }

    void WaitForCheckpointAfter(long step, Process process)
    {
        var patience = Stopwatch.StartNew();
        while (Newest() <= step)
        {
            Assert.False(process.HasExited, process.HasExited ? process.StandardError.ReadToEnd() : "");
            Assert.True(patience.Elapsed < s_patience, "No checkpoint comes.");
            Thread.Sleep(5);
        }
    }

    long Newest() => Checkpoints().Select(StepOf).DefaultIfEmpty().Max();

    static long StepOf(string path) => long.Parse(Path.GetFileNameWithoutExtension(path)[5..], CultureInfo.InvariantCulture);

    string[] Checkpoints() => !Directory.Exists(_folder["out/checkpoints"]) ? [] : Directory.GetFiles(_folder["out/checkpoints"], "step-*.safetensors", SearchOption.AllDirectories);

    static bool IsIgnored(int signal)
    {
        if (!File.Exists("/proc/self/status")) return false;
        var mask = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..].Trim();
        return (Convert.ToUInt64(mask, 16) >> (signal - 1) & 1) != 0;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Send(int process, int signal);

    [GeneratedRegex(@"^Stopped after step (\d+) of 100000 \(best, 100000 steps, seed 0\), which is kept in \S+\.")]
    private static partial Regex Stopped();
}
