using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Tests.IO;

public sealed class StateDictTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void APyTorchCheckpoint_LoadsByPath()
    {
        var model = BatchNormModel("");
        var report = StateDict.Load(Fixture.File("files/state_dict.pt"), new LoadOptions { Ignore = ["num_batches_tracked"] }, model);
        Assert.True(report.IsExact);
        Assert.Equal(7, report.Matched.Count);
        foreach (var entry in model.Entries) Expect.Bits(Fixture.Files.Floats($"state_dict.pt/{entry.Path}"), entry.Value.ToArray(), entry.Path);
    }

    [Fact]
    public void APartOfACheckpoint_LoadsUnderAnotherName()
    {
        var model = BatchNormModel("encoder");
        var options = new LoadOptions { Under = "model", Prefixes = [("0", "encoder.0"), ("1", "encoder.1"), ("2", "encoder.2")], Ignore = ["num_batches_tracked"] };
        Assert.True(StateDict.Load(Fixture.File("files/checkpoint.pt"), options, model).IsExact);
        Expect.Bits(Fixture.Files.Floats("checkpoint.pt/model.2.weight"), model.Entry("encoder.2.weight").Value.ToArray(), "2.weight");
        Assert.True(StateDict.Load(Fixture.File("files/checkpoint.pt"), options with { Prefixes = [("", "encoder")] }, model).IsExact);
        Assert.True(StateDict.Load(Fixture.File("files/checkpoint.pt"), options with { Prefixes = [] }, model["encoder"]).IsExact);
    }

    [Fact]
    public void Strict_RefusesAnyDifference_AndChangesNothing()
    {
        var model = BatchNormModel("");
        model.Create("more", [3], Init.Zero);
        var before = model.Hash();
        var error = Assert.Throws<InvalidDataException>(() => StateDict.Load(Fixture.File("files/state_dict.pt"), LoadOptions.Exact, model));
        Assert.Contains("state_dict.pt does not fit the model: missing 'more'; unexpected '1.num_batches_tracked'.", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, model.Hash());
    }

    [Fact]
    public void Partial_LoadsWhatFits_AndReportsTheRest()
    {
        var model = new Parameters(seed: 3);
        _ = (new Linear(model["0"], 3, 4), new Linear(model["2"], 5, 2, bias: false), new Linear(model["head"], 2, 2));
        var kept = model["head"].Hash();
        var report = StateDict.Load(Fixture.File("files/state_dict.pt"), new LoadOptions { Strict = false }, model);
        Assert.Equal(["0.bias", "0.weight"], report.Matched.Order(StringComparer.Ordinal));
        Assert.Equal(["head.bias", "head.weight"], report.Missing);
        Assert.Equal(["1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var", "1.weight"], report.Unexpected);
        Assert.Equal([new ShapeMismatch("2.weight", [2, 4], [2, 5])], report.Mismatched);
        Assert.Equal("missing 'head.bias', 'head.weight'; unexpected '1.bias', '1.num_batches_tracked', '1.running_mean', '1.running_var', '1.weight'; "
            + "'2.weight' has the shape [2, 4] in the file and [2, 5] in the model", report.ToString());
        Assert.Equal(kept, model["head"].Hash());
        Expect.Bits(Fixture.Files.Floats("state_dict.pt/0.weight"), model.Entry("0.weight").Value.ToArray(), "0.weight");
    }

    [Fact]
    public void OtherTypes_AreLoadedOnRequestOnly()
    {
        var model = new Parameters(seed: 1);
        model.Create("bf16", [6], Init.Zero);
        var options = new LoadOptions { Strict = false };
        Assert.Contains("'bf16' is of type BF16, not F32", Assert.Throws<InvalidDataException>(() => StateDict.Load(Fixture.File("files/types.pt"), options, model)).Message, StringComparison.Ordinal);
        StateDict.Load(Fixture.File("files/types.pt"), options with { Convert = true }, model);
        Expect.Bits(Fixture.Files.Floats("types.pt/bf16"), model.Entry("bf16").Value.ToArray(), "bf16");
    }

    [Fact]
    public void ADamagedFile_ChangesNothing()
    {
        var bytes = File.ReadAllBytes(Fixture.File("files/state_dict.pt"));
        using (var sound = TensorFile.Read(bytes))
        {
            // The last parameter's last byte: everything before it is sound.
            var last = Fixture.Files.Floats("state_dict.pt/2.weight").SelectMany(BitConverter.GetBytes).ToArray();
            bytes[bytes.AsSpan().IndexOf(last) + last.Length - 1] ^= 1;
        }

        File.WriteAllBytes(_folder["f"], bytes);
        var model = BatchNormModel("");
        var before = model.Hash();
        Assert.Contains("has the checksum", Assert.Throws<InvalidDataException>(() => StateDict.Load(_folder["f"], new LoadOptions { Strict = false }, model)).Message, StringComparison.Ordinal);
        Assert.Equal(before, model.Hash());
    }

    [Theory]
    [InlineData("f.safetensors")]
    [InlineData("f.npz")]
    public void Save_WritesWhatLoadFinds(string name)
    {
        var model = BatchNormModel("encoder");
        var options = new LoadOptions { Under = "state.model", Prefixes = [("module.first", "encoder.0"), ("module", "")] };
        StateDict.Save(_folder[name], model, options);
        using var file = TensorFile.Open(_folder[name]);
        Assert.Contains("state.model.module.first.weight", file.Tensors.Select(tensor => tensor.Name));
        Assert.Contains("state.model.module.encoder.1.running_mean", file.Tensors.Select(tensor => tensor.Name));
        var copy = BatchNormModel("encoder", seed: 2);
        Assert.NotEqual(model.Hash(), copy.Hash());
        Assert.True(StateDict.Load(file, options, copy).IsExact);
        Assert.Equal(model.Hash(), copy.Hash());
    }

    [Fact]
    public void Prefixes_ThatDoNotLeadBack_AreRefused()
    {
        var model = BatchNormModel("");
        Assert.Contains("no name in the file that maps back", Assert.Throws<ArgumentException>(() =>
            StateDict.Save(_folder["f.npz"], model, new LoadOptions { Prefixes = [("", "x")] })).Message, StringComparison.Ordinal);
        Assert.Contains(".safetensors nor .npz", Assert.Throws<ArgumentException>(() => StateDict.Save(_folder["f.pt"], model)).Message, StringComparison.Ordinal);
        StateDict.Save(_folder["f.npz"], model);
        Assert.Contains("map both", Assert.Throws<InvalidDataException>(() =>
            StateDict.Load(_folder["f.npz"], new LoadOptions { Prefixes = [("0", ""), ("2", "")] }, model)).Message, StringComparison.Ordinal);
    }

    static Parameters BatchNormModel(string under, long seed = 1)
    {
        var root = new Parameters(seed);
        var p = under.Length > 0 ? root[under] : root;
        _ = (new Linear(p["0"], 3, 4), new Linear(p["2"], 4, 2, bias: false));
        foreach (var name in (string[])["weight", "bias"]) p["1"].Create(name, [4], Init.Uniform(1f));
        foreach (var name in (string[])["running_mean", "running_var"]) p["1"].Buffer(name, [4], Init.Uniform(1f));
        return root;
    }
}
