using System.Buffers.Text;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace TinyJepa.Soak;

/// <summary>Where something was measured.</summary>
static class Machine
{
    public static string Name { get; } = Describe();

    static readonly SafeFileHandle? s_statm = File.Exists("/proc/self/statm") ? File.OpenHandle("/proc/self/statm") : null;

    /// <summary>
    /// This process's memory that is in the machine's, now, in bytes (RSS). On Linux it is read without allocating anything: what the watcher
    /// leaves to the collector would look like a leak of what is watched (measured: 8 bytes a step, at one look in 500 steps).
    /// </summary>
    public static long Memory
    {
        get
        {
            if (s_statm is null) return Environment.WorkingSet;
            Span<byte> text = stackalloc byte[128];
            text = text[..RandomAccess.Read(s_statm, text, 0)];
            var pages = text[(text.IndexOf((byte)' ') + 1)..];                             // size, resident, shared, …
            return Utf8Parser.TryParse(pages, out long resident, out _) ? resident * Environment.SystemPageSize : Environment.WorkingSet;
        }
    }

    /// <summary>Processor time of this process's children that have ended; zero where the system does not tell.</summary>
    public static unsafe TimeSpan ChildrensTime
    {
        get
        {
            const int children = -1;
            var usage = stackalloc long[18];                                               // rusage: user and system time, each in s and µs, and 14 counts
            if (!OperatingSystem.IsLinux() || GetUsage(children, usage) != 0) return TimeSpan.Zero;
            return TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3]);
        }
    }

    [DllImport("libc", EntryPoint = "getrusage")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern unsafe int GetUsage(int who, long* usage);

    static string Describe()
    {
        const string file = "/proc/cpuinfo";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(text => text.StartsWith("model name", StringComparison.Ordinal)) : null;
        return $"{line?.Split(':')[1].Trim() ?? "unknown"}, {Environment.ProcessorCount} cores";
    }
}
