using System.Numerics;
using TinyJepa.IO;

namespace TinyJepa.Tests.IO;

/// <summary>The files that PyTorch and NumPy wrote (Fixtures/make_files.py), equal to the bit.</summary>
public sealed class OtherProgramsFilesTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => [.. Directory.GetFiles(Fixture.File("files")).Select(file => Path.GetFileName(file)).Where(name => name != "files.safetensors").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EveryTensor_IsEqualToTheBit(string name)
    {
        var path = Fixture.File($"files/{name}");
        using var mapped = TensorFile.Open(path);
        using var unmapped = TensorFile.OpenUnmapped(path);
        using var memory = TensorFile.Read(File.ReadAllBytes(path), path);
        using var opened = File.OpenRead(path);
        using var stream = TensorFile.Read(opened, path);
        var expected = Fixture.Files.Names.Where(key => key.StartsWith(name + "/", StringComparison.Ordinal)).Select(key => key[(name.Length + 1)..]).Order(StringComparer.Ordinal);
        foreach (var file in (TensorFile[])[mapped, unmapped, memory, stream])
        {
            Assert.Equal(expected, file.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
            foreach (var tensor in file.Tensors)
            {
                var key = $"{name}/{tensor.Name}";
                var values = tensor.ToTensor(convert: true);
                Assert.Equal(Fixture.Files.Shape(key), values.Shape);
                Expect.Bits(Fixture.Files.Floats(key), values.ToArray(), key);
                if (tensor.TryFloats(out var floats)) Expect.Bits(Fixture.Files.Floats(key), floats.ToArray(), key);
            }
        }
    }

    [Fact]
    public void TorchTypes_AreKept()
    {
        using var file = TensorFile.Open(Fixture.File("files/types.pt"));
        Assert.Equal(TensorFormat.Torch, file.Format);
        Assert.Equal("F32 F64 F16 BF16 I64 I32 I16 I8 U8 BOOL I64", string.Join(' ', file.Tensors.Select(tensor => tensor.Type)));
        Assert.Contains("convert: true", Assert.Throws<InvalidDataException>(() => file["f16"].ToTensor()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TorchViews_ShareTheirStorage_AndAreUsedInPlaceWhereTheyCan()
    {
        using var file = TensorFile.Open(Fixture.File("files/views.pt"));
        Assert.True(file["base"].TryFloats(out var whole));
        Assert.True(file["rows"].TryFloats(out var rows));
        Assert.True(file["again"].TryFloats(out var again));
        Assert.True(whole[6..18].Overlaps(rows, out var offset) && offset == 0 && whole.Overlaps(again));
        Assert.False(file["transposed"].TryFloats(out _));
        Assert.True(file["empty"].TryFloats(out var none) && none.IsEmpty);
    }

    [Fact]
    public void TorchValues_StandBesideTheTensors()
    {
        using var file = TensorFile.Open(Fixture.File("files/checkpoint.pt"));
        var expected = new Dictionary<string, object?>
        {
            ["epoch"] = 3L, ["lr"] = 1e-3, ["done"] = true, ["note"] = "Größe π 日本 😀", ["best"] = null, ["val.x"] = 0.5, ["val.inf"] = double.PositiveInfinity,
            ["large"] = BigInteger.Pow(2, 70), ["negative"] = -5L, ["long"] = -(1L << 40), ["type"] = "torch.bfloat16", ["7"] = "seven",
            ["np.f8"] = 0.1, ["np.f4"] = (double)0.1f, ["np.f2"] = (double)(float)(Half)0.1, ["np.i8"] = -(1L << 40), ["np.i4"] = -(1L << 30), ["np.i2"] = -300L, ["np.i1"] = -3L,
            ["np.u8"] = new BigInteger(ulong.MaxValue), ["np.u4"] = (long)uint.MaxValue, ["np.u2"] = 65535L, ["np.u1"] = 255L, ["np.b1"] = true,
            ["optimizer.param_groups.0.lr"] = 1e-3, ["optimizer.param_groups.0.amsgrad"] = false,
        };
        foreach (var (name, value) in expected) Assert.Equal(value, file.Values[name]);
        Assert.Equal(["ball_x", "ball_y"], (IEnumerable<object?>)file.Values["state_names"]!);
        Assert.Equal([2L, 3L], (IEnumerable<object?>)file.Values["shape"]!);
        Assert.Equal([0.9, 0.999], (IEnumerable<object?>)file.Values["optimizer.param_groups.0.betas"]!);
        Assert.Equal([3.5, "x"], (IEnumerable<object?>)((IReadOnlyList<object?>)file.Values["sizes"]!)[2]!);
        Assert.Empty((IEnumerable<object?>)file.Values["nothing"]!);
    }

    [Theory]
    [InlineData("dvd_ten_steps")]
    [InlineData("ops")]
    [InlineData("vicreg")]
    [InlineData("adamw_schedule")]
    [InlineData("dtypes")]
    [InlineData("files/files")]
    public void Safetensors_SavedAgain_HasTheSameBytes(string name)
    {
        using var file = TensorFile.Open(Fixture.PathOf(name));
        Safetensors.Save(_folder["again"], file);
        Assert.Equal(File.ReadAllBytes(Fixture.PathOf(name)), File.ReadAllBytes(_folder["again"]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AnyFile_SavedAsSafetensors_KeepsTypesAndNumbers(string name)
    {
        using var file = TensorFile.Open(Fixture.File($"files/{name}"));
        Safetensors.Save(_folder["again"], file);
        using var again = TensorFile.Open(_folder["again"]);
        Assert.Equal(file.Tensors.Select(t => (t.Name, t.Type, t.Shape)).OrderBy(t => t.Name, StringComparer.Ordinal), again.Tensors.Select(t => (t.Name, t.Type, t.Shape)).OrderBy(t => t.Name, StringComparer.Ordinal));
        foreach (var tensor in again.Tensors) Expect.Bits(Fixture.Files.Floats($"{name}/{tensor.Name}"), tensor.ToTensor(convert: true).ToArray(), tensor.Name);
        Safetensors.Save(_folder["twice"], again);
        Assert.Equal(File.ReadAllBytes(_folder["again"]), File.ReadAllBytes(_folder["twice"]));
    }

    /// <summary>Row-major little-endian arrays of version 1: what numpy.save writes for them, byte by byte.</summary>
    [Theory]
    [InlineData("b1", "c_order", "empty", "f2", "f4", "f8", "i1", "i2", "i4", "i8", "scalar", "u1", "u2", "u4", "u8", "fortran_vector")]
    public void Npy_SavedAgain_HasNumPysBytes(params string[] names)
    {
        foreach (var name in names)
        {
            var path = Fixture.File($"files/{name}.npy");
            using var file = TensorFile.Open(path);
            Npy.Save(_folder["again"], file.Tensors[0]);
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_folder["again"]));
            if (file.Tensors[0].Type != ElementType.F32) continue;
            Npy.Save(_folder["tensor"], Npy.Read(path));
            Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_folder["tensor"]));
        }
    }

    [Fact]
    public void Npz_SavedAgain_HasNumPysBytes()
    {
        var path = Fixture.File("files/floats.npz");
        using var file = TensorFile.Open(path);
        Npz.Save(_folder["file"], file);
        Npz.Save(_folder["tensors"], file.Tensors.Select(tensor => (tensor.Name, tensor.ToTensor())));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_folder["file"]));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(_folder["tensors"]));
    }

    [Fact]
    public void Npz_IsReadWhole_AndOneOfTwoNamesakesIsRefused()
    {
        var file = Npz.Read(Fixture.File("files/compressed.npz"), convert: true);
        Assert.Equal([0f, 1, 2, 3, 4], file["second/deep"].ToArray());
        Assert.Throws<InvalidDataException>(() => Npz.Read(Fixture.File("files/compressed.npz")));
        Assert.Contains("is a Torch file", Assert.Throws<InvalidDataException>(() => Npz.Read(Fixture.File("files/one.pth"))).Message, StringComparison.Ordinal);
        var one = Tensor.Scalar(1f);
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => Npz.Save(_folder["f"], [("a", one), ("a", one)])).Message, StringComparison.Ordinal);
        foreach (var name in (string[])["", "/a", "../a", "a/../b", "a\\b", new string('a', 5000)]) Assert.Throws<ArgumentException>(() => Npz.Save(_folder["f"], [(name, one)]));
        Assert.Throws<ArgumentException>(() => Safetensors.Save(_folder["f"], [(new string('a', 5000), one)]));
        using var half = TensorFile.Open(Fixture.File("files/types.pt"));
        Assert.Contains("BF16", Assert.Throws<ArgumentException>(() => Npz.Save(_folder["f"], half)).Message, StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void AClosedFile_SaysSo()
    {
        var file = TensorFile.Open(Fixture.File("files/views.pt"));
        file.Dispose();
        Assert.Contains("was closed", Assert.Throws<ObjectDisposedException>(() => file["base"].ToTensor()).Message, StringComparison.Ordinal);
        file.Dispose();
    }

    [Fact]
    public void SomethingElseThanAFile_IsAnIOException_WithWhatToDo()
    {
        foreach (var read in (Func<string, object>[])[TensorFile.Open, path => Safetensors.Read(path), path => Npy.Read(path), path => Npz.Read(path)])
        {
            Assert.Contains("is a folder, not a file. Name a file in it.", Assert.Throws<IOException>(() => read(_folder.Path)).Message, StringComparison.Ordinal);
            Assert.Contains("Check the name.", Assert.Throws<FileNotFoundException>(() => read(_folder["x"])).Message, StringComparison.Ordinal);
            Assert.Contains("nor its folder", Assert.Throws<DirectoryNotFoundException>(() => read(_folder["x/y"])).Message, StringComparison.Ordinal);
            File.WriteAllBytes(_folder["empty"], []);
            Assert.Contains(_folder["empty"], Assert.Throws<InvalidDataException>(() => read(_folder["empty"])).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ATensor_TooLongForItsDestination_IsRefused()
    {
        using var file = TensorFile.Open(Fixture.File("files/c_order.npy"));
        Assert.Contains("24 elements, but the span has room for 23", Assert.Throws<ArgumentException>(() => file.Tensors[0].CopyTo(new float[23])).Message, StringComparison.Ordinal);
        Assert.Contains("It has: c_order", Assert.Throws<KeyNotFoundException>(() => file["x"]).Message, StringComparison.Ordinal);
    }

    /// <summary>Longer than a chunk, so that pieces are put together: converted, turned around and gathered.</summary>
    [Fact]
    public void LongTensors_AreReadInPieces()
    {
        const int rows = 301, columns = 257;
        var values = Fixture.Formula(seed: 9, rows * columns);
        var data = new byte[8 * values.Length];
        for (var i = 0; i < values.Length; i++)
            System.Buffers.Binary.BinaryPrimitives.WriteDoubleBigEndian(data.AsSpan(8 * (i % columns * rows + i / columns)), values[i]);
        var header = System.Text.Encoding.ASCII.GetBytes($"{{'descr': '>f8', 'fortran_order': True, 'shape': ({rows}, {columns}), }}\n");
        File.WriteAllBytes(_folder["long.npy"], [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. header, .. data]);
        Expect.Bits(values, Npy.Read(_folder["long.npy"], convert: true).ToArray(), "fortran");
        using var file = TensorFile.Open(_folder["long.npy"]);
        Safetensors.Save(_folder["long"], file);
        Expect.Bits(values, Safetensors.Read(_folder["long"], convert: true)["long"].ToArray(), "saved");
    }
}
