using System.IO.Compression;
using System.Security.Cryptography;
using TinyJepa.Tests.Docs;
using TinyJepa.Tests.IO;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Package;

/// <summary>The same sources give the same package, wherever they lie: whoever doubts a published package can build it and compare.</summary>
[Trait("Category", "Package")]
public sealed class DeterminismTests(ITestOutputHelper output)
{
    // NuGet names this entry at random; it holds who made the package when, and the relations name it.
    static readonly string[] s_nugetsOwn = ["package/services/metadata/core-properties/", "_rels/.rels"];

    [Fact]
    public void Package_OfTwoFolders_HasTheSameBytes()
    {
        using TempFolder one = new(), other = new();
        var (here, there) = (Pack(one["a"]), Pack(other["a-longer/name/of/a-folder"]));
        foreach (var kind in (string[])[".nupkg", ".snupkg"])
        {
            var (first, second) = (Entries(here, kind), Entries(there, kind));
            Assert.Contains(first.Keys, name => name.StartsWith("lib/net10.0/TinyJepa.", StringComparison.Ordinal));
            Assert.Equal(first, second);
            foreach (var (name, hash) in first) output.WriteLine($"{hash[..16]} {name}");
        }
    }

    static string Pack(string folder)
    {
        foreach (var file in (string[])["Directory.Build.props", "Directory.Packages.props", "NuGet.config", "global.json", "README.md", ".editorconfig"])
        {
            Directory.CreateDirectory(folder);
            File.Copy(Repository.PathTo(file), Path.Combine(folder, file));
        }

        var source = Repository.PathTo("src", "TinyJepa");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(source, file);
            if (path.Split(Path.DirectorySeparatorChar)[0] is "bin" or "obj") continue;
            var copy = Path.Combine(folder, "src", "TinyJepa", path);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        Directory.CreateDirectory(Path.Combine(folder, "artifacts", "packages"));                  // a source of the NuGet.config
        Consumer.Dotnet(folder, "pack", Path.Combine("src", "TinyJepa"), "-c", "Release", "-o", "packed");
        return Path.Combine(folder, "packed");
    }

    static SortedDictionary<string, string> Entries(string folder, string kind)
    {
        using var zip = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(folder, $"*{kind}"), file => Path.GetExtension(file) == kind));
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in zip.Entries.Where(entry => !s_nugetsOwn.Any(own => entry.FullName.StartsWith(own, StringComparison.Ordinal))))
        {
            using var stream = entry.Open();
            hashes.Add(entry.FullName, Convert.ToHexStringLower(SHA256.HashData(stream)));
        }

        return hashes;
    }
}
