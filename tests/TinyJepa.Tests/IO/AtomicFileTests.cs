using TinyJepa.IO;

namespace TinyJepa.Tests.IO;

public sealed class AtomicFileTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ReplacesTheOldFile_AndLeavesNothingBeside()
    {
        File.WriteAllText(_folder["f"], "old and longer");
        AtomicFile.Write(_folder["f"], stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(_folder["f"]));
        Assert.Equal(["f"], _folder.Names);
    }

    [Fact]
    public void AWriterThatFails_LeavesTheOldFile_AndNothingBeside()
    {
        File.WriteAllText(_folder["f"], "old");
        foreach (var failure in (Exception[])[new InvalidOperationException("no"), new IOException("The disk is full."), new UnauthorizedAccessException("no"), new ArgumentOutOfRangeException("value", "Too large for the file system.")])
        {
            var error = Record.Exception(() => AtomicFile.Write(_folder["f"], stream =>
            {
                stream.Write("half of the n"u8);
                Assert.Equal("old", File.ReadAllText(_folder["f"]));
                throw failure;
            }));
            Assert.NotNull(error);
            if (failure is InvalidOperationException) Assert.Same(failure, error);
            else Assert.Contains(failure.Message, Assert.IsType<IOException>(error).Message, StringComparison.Ordinal);
            Assert.Equal("old", File.ReadAllText(_folder["f"]));
            Assert.Equal(["f"], _folder.Names);
        }
    }

    [Fact]
    public void AnUnwritablePlace_IsNamed_WithWhatToDo()
    {
        File.WriteAllText(_folder["file"], "a file, not a folder");
        Directory.CreateDirectory(_folder["folder"]);
        foreach (var path in (string[])[_folder["missing/f"], _folder["file/f"], _folder["folder"]])
        {
            var error = Assert.Throws<IOException>(() => Safetensors.Save(path, [("x", Tensor.Scalar(1f))]));
            Assert.Contains($"Cannot write {path}", error.Message, StringComparison.Ordinal);
            Assert.Contains("Choose a folder that exists and may be written to", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["file", "folder"], _folder.Names);
    }
}
