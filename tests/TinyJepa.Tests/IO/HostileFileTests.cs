using TinyJepa.IO;

namespace TinyJepa.Tests.IO;

/// <summary>The files made to attack a reader (Fixtures/make_files.py): each is refused with its sentence, whichever way it is read.</summary>
public sealed class HostileFileTests
{
    public static TheoryData<string, string> Files
    {
        get
        {
            var files = new TheoryData<string, string>();
            foreach (var line in File.ReadLines(Fixture.File("hostile/expected.tsv")).Select(line => line.Split('\t'))) files.Add(line[0], line[1]);
            return files;
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void AHostileFile_IsRefused(string name, string sentence)
    {
        var path = Fixture.File($"hostile/{name}");
        var bytes = File.ReadAllBytes(path);
        foreach (var open in (Func<TensorFile>[])[() => TensorFile.Open(path), () => TensorFile.OpenUnmapped(path), () => TensorFile.Read(bytes, path), () => TensorFile.Read(new MemoryStream(bytes), path)])
        {
            var error = Assert.Throws<InvalidDataException>(() => ReadAll(open));
            Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.True(error.Message.Length < 1000 && !error.Message.Any(char.IsControl), error.Message);
        }

        Assert.False(File.Exists("PWNED"));
    }

    [Fact]
    public void TheCorpus_IsComplete()
    {
        var listed = Files.Select(row => (string)row[0]).Order(StringComparer.Ordinal);
        Assert.Equal(Directory.GetFiles(Fixture.File("hostile")).Select(Path.GetFileName).Where(name => name != "expected.tsv").Order(StringComparer.Ordinal), listed);
        Assert.True(listed.Count() > 180);
    }

    static void ReadAll(Func<TensorFile> open)
    {
        using var file = open();
        using var scope = Scope.Begin();
        foreach (var tensor in file.Tensors) tensor.ToTensor(convert: true);
    }

    [Theory]
    [InlineData("state_dict.pt")]
    [InlineData("compressed.npz")]
    [InlineData("stored.npz")]
    [InlineData("c_order.npy")]
    public void AFile_CutOffAnywhere_IsRefused(string name)
    {
        var whole = File.ReadAllBytes(Fixture.File($"files/{name}"));
        for (var length = 0; length < whole.Length; length++) Assert.Throws<InvalidDataException>(() => TensorFile.Read(whole.AsMemory(0, length)));
        Assert.Throws<InvalidDataException>(() => TensorFile.Read((byte[])[.. whole, 0]));
    }

    /// <summary>Every byte is covered by a checksum or by the structure, or is a date, an attribute or padding: no change of a value goes unnoticed.</summary>
    [Theory]
    [InlineData("by_hand.pt")]
    [InlineData("by_hand.npz")]
    [InlineData("compressed.npz")]
    public void AFlippedBit_IsRefused_OrChangesNoNumber(string name)
    {
        var whole = File.ReadAllBytes(Fixture.File($"files/{name}"));
        var refused = 0;
        for (var bit = 0; bit < 8 * whole.Length; bit++)
        {
            whole[bit / 8] ^= (byte)(1 << bit % 8);
            try
            {
                using var scope = Scope.Begin();
                foreach (var tensor in TensorFile.Read(whole).Tensors)
                {
                    var key = $"{name}/{tensor.Name}";
                    if (Fixture.Files.Has(key)) Expect.Bits(Fixture.Files.Floats(key), tensor.ToTensor(convert: true).ToArray(), $"{key}, bit {bit}");
                }
            }
            catch (InvalidDataException)
            {
                refused++;
            }

            whole[bit / 8] ^= (byte)(1 << bit % 8);
        }

        Assert.True(refused > 4 * whole.Length, $"{refused} of {8 * whole.Length} refused.");
    }
}
