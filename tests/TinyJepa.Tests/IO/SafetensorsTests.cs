using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Tests.IO;

public sealed class SafetensorsTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("dvd_ten_steps")]
    [InlineData("ops")]
    [InlineData("vicreg")]
    [InlineData("adamw_schedule")]
    [InlineData("dtypes")]
    public void Read_AgreesWithAnotherReader_OnPyTorchsFiles(string name)
    {
        var file = Safetensors.Read(Fixture.PathOf(name), convert: true);
        var other = name switch { "dvd_ten_steps" => Fixture.Dvd, "ops" => Fixture.Ops, "vicreg" => Fixture.VicReg, "adamw_schedule" => Fixture.Optimisers, _ => Fixture.Types };
        Assert.Equal(other.Names.Order(StringComparer.Ordinal), file.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var tensor in other.Names)
        {
            Assert.Equal(other.Shape(tensor), file[tensor].Shape);
            Expect.Bits(other.Floats(tensor), file[tensor].ToArray(), tensor);
        }

        Assert.Equal("make_fixtures.py", file.Metadata["script"]);
    }

    /// <summary>A header of 640, 896, 1152 or 1408 bytes begins with the two bytes of a pickle.</summary>
    [Fact]
    public void AHeader_MayHaveAnyLength()
    {
        var lengths = new HashSet<int>();
        for (var letters = 0; letters < 1600; letters += 8)
        {
            Safetensors.Save(_folder["a"], [("x", Tensor.Scalar(3f))], new Dictionary<string, string> { ["note"] = new('n', letters) });
            lengths.Add(BinaryPrimitives.ReadInt32LittleEndian(File.ReadAllBytes(_folder["a"])));
            using var file = TensorFile.Open(_folder["a"]);
            Assert.Equal(TensorFormat.Safetensors, file.Format);
        }

        Assert.Subset(lengths, new HashSet<int> { 640, 896, 1152, 1408 });
    }

    [Fact]
    public void EveryBit_ComesBack()
    {
        float[] odd = [0f, -0f, float.Epsilon, -float.MaxValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, BitConverter.Int32BitsToSingle(0x7FA12345)];
        Safetensors.Save(_folder["a"], [("odd", Tensor.From(odd)), ("scalar", Tensor.Scalar(3f)), ("empty", Tensor.Zeros([0, 3])), ("cube", Tensor.From([1f, 2f, 3f, 4f], [2, 1, 2]))]);
        var file = Safetensors.Read(_folder["a"]);

        Assert.Equal(["cube", "empty", "odd", "scalar"], file.Tensors.Keys.Order(StringComparer.Ordinal));
        Expect.Bits(odd, file["odd"].ToArray(), "odd");
        Assert.Equal(["[2, 1, 2]", "[0, 3]", "[8]", "[]"], new[] { "cube", "empty", "odd", "scalar" }.Select(name => file[name].Shape.ToString()));
        Assert.Equal(3f, file["scalar"].Item);
    }

    [Fact]
    public void Parameters_ComeBack_WithTheirTexts()
    {
        var (model, copy) = (Model(seed: 1), Model(seed: 2));
        var texts = new Dictionary<string, string> { ["recipe"] = "best", ["note"] = "Größe \"π\"\n\u0001 日本 😀", [""] = "" };
        Safetensors.Save(_folder["a"], model, texts);
        Assert.Equal(texts, Safetensors.Load(_folder["a"], copy));
        Assert.Equal(model.Hash(), copy.Hash());
    }

    [Fact]
    public void APart_IsSavedWithoutItsPrefix_AndLoadedIntoAnother()
    {
        var model = Model(seed: 1);
        var other = new Parameters(seed: 3);
        _ = new Mlp(other["elsewhere"]["slow"], [3, 4, 2]);
        Safetensors.Save(_folder["a"], model["online"]);
        Assert.Equal(["0.bias", "0.weight", "2.bias", "2.weight"], Safetensors.Read(_folder["a"]).Tensors.Keys.Order(StringComparer.Ordinal));
        Safetensors.Load(_folder["a"], other["elsewhere"]["slow"]);
        Assert.Equal(model["online"].Hash(), other["elsewhere"]["slow"].Hash());
    }

    [Fact]
    public void SeveralSets_ShareAFile()
    {
        Parameters a = new(seed: 1), b = new(seed: 2), a2 = new(seed: 3), b2 = new(seed: 4);
        _ = (new Linear(a["a"], 2, 3), new Linear(b["b"], 2, 3), new Linear(a2["a"], 2, 3), new Linear(b2["b"], 2, 3));
        Safetensors.Save(_folder["f"], a.Entries.Concat(b.Entries).Select(entry => (entry.Path, entry.Value)));
        Safetensors.Load(_folder["f"], a2, b2);
        Assert.Equal((a.Hash(), b.Hash()), (a2.Hash(), b2.Hash()));
        Assert.Contains("'a.weight'", Assert.Throws<ArgumentException>(() => Safetensors.Load(_folder["f"], a2, a)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SavingAgain_GivesTheSameBytes_WhateverTheOrder()
    {
        Tensor one = Tensor.From([1f, 2f]), two = Tensor.From([3f]);
        Safetensors.Save(_folder["a"], [("one", one), ("two", two)], new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        Safetensors.Save(_folder["b"], [("two", two), ("one", one)], new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        var file = Safetensors.Read(_folder["a"]);
        Safetensors.Save(_folder["c"], file.Tensors.Select(pair => (pair.Key, pair.Value)), file.Metadata);

        var bytes = File.ReadAllBytes(_folder["a"]);
        Assert.Equal(bytes, File.ReadAllBytes(_folder["b"]));
        Assert.Equal(bytes, File.ReadAllBytes(_folder["c"]));
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(bytes) % 8);               // the data stays aligned
    }

    [Fact]
    public void OneOfTwoNamesakes_IsRefused()
    {
        var one = Tensor.Scalar(1f);
        Assert.Contains("'a'", Assert.Throws<ArgumentException>(() => Safetensors.Save(_folder["f"], [("a", one), ("a", one)])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Safetensors.Save(_folder["f"], [("__metadata__", one)]));
        Assert.Empty(_folder.Names);
    }

    public static TheoryData<string, byte[], float[]> Numbers => new()
    {
        { "F64", Of(0.1, -2.5, 1e300, double.NaN), [0.1f, -2.5f, float.PositiveInfinity, float.NaN] },
        { "F32", Of(0.1f, -0f), [0.1f, -0f] },
        { "I64", Of(1L, -2L, long.MinValue, (1L << 24) + 1), [1, -2, -9.223372e18f, 16777216] },
        { "U64", Of(1UL, ulong.MaxValue), [1, 1.8446744e19f] },
        { "I32", Of(1, -2, int.MaxValue), [1, -2, 2147483648f] },
        { "U32", Of(1u, uint.MaxValue), [1, 4294967296f] },
        { "I16", Of<short>(1, -2, short.MinValue), [1, -2, -32768] },
        { "U16", Of<ushort>(1, ushort.MaxValue), [1, 65535] },
        { "I8", Of<sbyte>(1, -2, sbyte.MinValue), [1, -2, -128] },
        { "U8", Of<byte>(0, 1, 255), [0, 1, 255] },
        { "BOOL", Of<byte>(0, 1), [0, 1] },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void OtherTypes_BecomeFloats_OnRequestOnly(string type, byte[] bytes, float[] expected)
    {
        File.WriteAllBytes(_folder["f"], RawFile.Of(type, expected.Length, bytes));
        var values = Safetensors.Read(_folder["f"], convert: true)["x"].ToArray();
        for (var i = 0; i < expected.Length; i++) Assert.True(expected[i].Equals(values[i]), $"{type} at {i}: {expected[i]:R} expected, {values[i]:R} came.");
        if (type == "F32") return;

        var error = Assert.Throws<InvalidDataException>(() => Safetensors.Read(_folder["f"]));
        Assert.Contains($"'x' is of type {type}", error.Message, StringComparison.Ordinal);
        Assert.Contains("convert: true", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void EveryHalf_AndEveryBFloat_BecomesItsFloat()
    {
        var all = new byte[2 * 65536];
        for (var i = 0; i < 65536; i++) BinaryPrimitives.WriteUInt16LittleEndian(all.AsSpan(2 * i), (ushort)i);
        File.WriteAllBytes(_folder["half"], RawFile.Of("F16", 65536, all));
        File.WriteAllBytes(_folder["bfloat"], RawFile.Of("BF16", 65536, all));
        var (halves, bfloats) = (Safetensors.Read(_folder["half"], convert: true)["x"].ToArray(), Safetensors.Read(_folder["bfloat"], convert: true)["x"].ToArray());
        for (var i = 0; i < 65536; i++)
        {
            int sign = i >> 15 == 0 ? 1 : -1, exponent = (i >> 10) & 31, fraction = i & 1023;
            var half = exponent == 31 ? (fraction == 0 ? sign * double.PositiveInfinity : double.NaN)
                : exponent == 0 ? sign * Math.ScaleB(fraction, -24) : sign * Math.ScaleB(1024 + fraction, exponent - 25);
            Assert.True(half.Equals(halves[i]), $"F16 0x{i:X4}: {half:R} expected, {halves[i]:R} came.");
            Assert.True(BitConverter.SingleToInt32Bits(bfloats[i]) == i << 16, $"BF16 0x{i:X4}: {bfloats[i]:R} came.");
        }
    }

    [Theory]
    [InlineData("F8_E4M3")]
    [InlineData("F8_E5M2")]
    public void TypesWithoutAFloatForm_AreRefused(string type)
    {
        File.WriteAllBytes(_folder["f"], RawFile.Of(type, 2, [1, 2]));
        var error = Assert.Throws<InvalidDataException>(() => Safetensors.Read(_folder["f"], convert: true));
        Assert.Contains($"'x' is of type {type}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("convert: true", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMissingTensor_IsNamed_WithThoseThatExist()
    {
        Safetensors.Save(_folder["f"], [("one", Tensor.Scalar(1f))]);
        var error = Assert.Throws<KeyNotFoundException>(() => Safetensors.Read(_folder["f"])["two"]);
        Assert.Contains("'two'", error.Message, StringComparison.Ordinal);
        Assert.Contains("one", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.safetensors")]
    [InlineData("no/such/folder.safetensors")]
    public void AFileThatIsNotThere_IsAnIOException(string name)
    {
        var hash = Model(seed: 1);
        var before = hash.Hash();
        Assert.ThrowsAny<IOException>(() => Safetensors.Load(_folder[name], hash));
        Assert.Equal(before, hash.Hash());
    }

    [Fact]
    public void AModelThatDoesNotFit_IsToldWhy_AndLeftAlone()
    {
        var file = new Parameters(seed: 1);
        _ = (new Mlp(file["online"], [3, 4, 2]), new Linear(file["extra"], 2, 2));
        Safetensors.Save(_folder["f"], file);

        var wider = new Parameters(seed: 2);
        _ = (new Mlp(wider["online"], [3, 5, 2]), new Linear(wider["extra"], 2, 2));
        Refuse(wider, "'online.0.", "in the file", "in the model");
        var more = new Parameters(seed: 2);
        _ = (new Mlp(more["online"], [3, 4, 2]), new Linear(more["extra"], 2, 2), new Linear(more["lacking"], 2, 2));
        Refuse(more, "missing 'lacking.bias', 'lacking.weight'");
        var fewer = new Parameters(seed: 2);
        _ = new Mlp(fewer["online"], [3, 4, 2]);
        Refuse(fewer, "unexpected 'extra.bias', 'extra.weight'");
        var other = new Parameters(seed: 2);
        for (var i = 0; i < 9; i++) other.Create($"p{i}", [1], Init.Zero);
        Refuse(other, "missing 'p0', 'p1', 'p2', 'p3', 'p4' and 4 more; unexpected 'extra.bias'", "and 1 more");

        void Refuse(Parameters model, params string[] texts)
        {
            var before = model.Hash();
            var error = Assert.Throws<InvalidDataException>(() => Safetensors.Load(_folder["f"], model));
            foreach (var text in texts.Append(_folder["f"])) Assert.Contains(text, error.Message, StringComparison.Ordinal);
            Assert.Equal(before, model.Hash());
        }
    }

    static Parameters Model(long seed)
    {
        var p = new Parameters(seed);
        _ = new Mlp(p["online"], [3, 4, 2]);
        p.Buffer("norm.mean", [2], Init.Uniform(1f));
        return p;
    }

    static byte[] Of<T>(params ReadOnlySpan<T> values) where T : unmanaged => MemoryMarshal.AsBytes(values).ToArray();
}
