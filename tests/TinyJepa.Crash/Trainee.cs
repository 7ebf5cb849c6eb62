using System.Diagnostics;

namespace TinyJepa.Crash;

/// <summary>A process that trains the bouncing ball, as a user would start it.</summary>
sealed class Trainee : IDisposable
{
    readonly Process _process;
    readonly Task<string> _output, _errors;

    /// <param name="folder">Where its results go.</param>
    /// <param name="steps">Steps of each of its two models.</param>
    /// <param name="every">Steps from one checkpoint to the next.</param>
    internal Trainee(string folder, int steps, int every)
    {
        string[] words =
        [
            Path.Combine(AppContext.BaseDirectory, "BouncingBall.dll"), "train", "--resume", "--threads", "1", "--out", folder,
            "--steps", $"{steps}", "--checkpoint-every", $"{every}",
        ];
        _process = Process.Start(new ProcessStartInfo("dotnet", words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        (_output, _errors) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    /// <summary>What it has said; known once it has ended.</summary>
    internal string Output => _output.Result;

    internal string Errors => _errors.Result;

    /// <summary>Waits for its end.</summary>
    /// <returns>The exit code; null if it goes on beyond that time.</returns>
    internal int? Wait(TimeSpan time) => _process.WaitForExit(time) ? _process.ExitCode : null;

    /// <summary>SIGKILL: nothing of the process's own runs after it.</summary>
    /// <returns>Whether it came before the end.</returns>
    internal bool Kill()
    {
        _process.Kill();
        _process.WaitForExit();
        return _process.ExitCode is not (0 or 1 or 2);
    }

    public void Dispose()
    {
        if (!_process.HasExited) Kill();
        _process.Dispose();
    }
}
