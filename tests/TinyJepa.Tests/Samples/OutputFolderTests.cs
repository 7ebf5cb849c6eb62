using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

public sealed class OutputFolderTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tinyjepa-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Write_MakesFoldersAndReplaces_AndLeavesNothingElse()
    {
        var path = Path.Combine(_folder.FullName, "a", "b", "file.bin");
        OutputFolder.Write(path, [1, 2, 3, 4]);
        OutputFolder.Write(path, [5, 6]);

        Assert.Equal([5, 6], File.ReadAllBytes(path));
        Assert.Equal(["file.bin"], Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!).Select(Path.GetFileName));
    }

    [Fact]
    public void Write_SaysWhere_WhenTheFolderCannotBeMade()
    {
        var file = Path.Combine(_folder.FullName, "occupied");
        File.WriteAllText(file, "a file where the folder should be");
        var error = Assert.Throws<IOException>(() => OutputFolder.Write(Path.Combine(file, "report.html"), [1]));

        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.InnerException);
    }

    [Fact]
    public void Write_LeavesNothingBehind_WhenTheTargetCannotBeReplaced()
    {
        var path = Path.Combine(_folder.FullName, "target");
        Directory.CreateDirectory(path);

        Assert.Throws<IOException>(() => OutputFolder.Write(path, [1]));
        Assert.Equal(["target"], _folder.EnumerateFileSystemInfos().Select(f => f.Name));
    }
}
