namespace TinyJepa.Tests.Docs;

/// <summary>The files of this repository, found from where the tests run.</summary>
static class Repository
{
    internal static string Root { get; } = Find();

    internal static string PathTo(params string[] path) => System.IO.Path.Combine([Root, .. path]);

    internal static string Read(params string[] path) => File.ReadAllText(System.IO.Path.Combine([Root, .. path])).ReplaceLineEndings("\n");

    /// <summary>What stands between two marks.</summary>
    internal static string Between(string text, string start, string end)
    {
        var from = text.IndexOf(start, StringComparison.Ordinal);
        var to = text.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= 0 && to > from, $"'{start}' … '{end}' is missing.");
        return text[(from + start.Length)..to];
    }

    /// <summary>
    /// Asserts what the README says between two marks. With TINYJEPA_UPDATE_README=1 it is written there instead, to be looked at and committed
    /// with the results it comes from.
    /// </summary>
    internal static void AssertReadme(string mark, string text)
    {
        var (start, end, readme) = ($"<!-- {mark} -->", $"<!-- /{mark} -->", Read("README.md"));
        var shown = Between(readme, start, end);
        if (shown == text) return;
        if (Environment.GetEnvironmentVariable("TINYJEPA_UPDATE_README") != "1") Assert.Equal(text, shown);
        File.WriteAllText(PathTo("README.md"), readme.Replace(start + shown + end, start + text + end, StringComparison.Ordinal));
    }

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "TinyJepa.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("The tests must run inside the repository.");
    }
}
