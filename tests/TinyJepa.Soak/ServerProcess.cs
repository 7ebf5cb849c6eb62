using System.Diagnostics;

namespace TinyJepa.Soak;

/// <summary>A server as a process of its own, on a free port.</summary>
internal sealed class ServerProcess : IDisposable
{
    readonly Process _process;

    /// <param name="program">The published file, or what `dotnet build` leaves beside the library.</param>
    /// <param name="model">The model it serves.</param>
    /// <exception cref="IOException">It does not begin to listen.</exception>
    public ServerProcess(string program, string model)
    {
        _process = Process.Start(new ProcessStartInfo(program, ["serve", "--model", model, "--port", "0"]) { RedirectStandardOutput = true })!;
        var line = _process.StandardOutput.ReadLine() ?? "";
        var address = line.Split(' ').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal));
        if (address is not null)
        {
            Port = new Uri(address).Port;
            return;
        }

        Dispose();
        throw new IOException($"'{program} serve' does not listen; it said: '{line}'.");
    }

    public int Port { get; }

    /// <summary>Its memory that is in the machine's, now, in bytes (RSS).</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
