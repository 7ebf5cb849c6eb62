namespace TinyJepa.Tests.Samples;

/// <summary>A test that drives a real browser, and says so where none is installed.</summary>
public sealed class BrowserFactAttribute : FactAttribute
{
    static readonly string[] s_usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    public BrowserFactAttribute()
    {
        if (Browser is null) Skip = "No Chromium is installed; set the environment variable CHROMIUM to one.";
    }

    /// <summary>Where a Chromium is, if anywhere.</summary>
    public static string? Browser { get; } =
        s_usual.Prepend(Environment.GetEnvironmentVariable("CHROMIUM")).FirstOrDefault(File.Exists);
}
