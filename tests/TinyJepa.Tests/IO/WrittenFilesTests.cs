using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Tests.IO;

/// <summary>What is written comes back; with TINYJEPA_WRITTEN set the files stay there, for Fixtures/check_written.py to open with NumPy and PyTorch.</summary>
public sealed class WrittenFilesTests
{
    static readonly (int Seed, int[] Sizes)[] s_tensors = [(1, []), (2, [7]), (3, [3, 5]), (4, [0, 3]), (5, [2, 3, 4]), (6, [1, 1, 2, 1, 2, 3]), (7, [200, 170])];

    [Fact]
    public void EveryFormat_ComesBack()
    {
        using var temporary = new TempFolder();
        var folder = Environment.GetEnvironmentVariable("TINYJEPA_WRITTEN") is { Length: > 0 } kept ? Directory.CreateDirectory(kept).FullName : temporary.Path;
        string In(string name) => Path.Combine(folder, name);
        var tensors = s_tensors.Select(t => (Name: $"tensor.{t.Seed}.{string.Join('x', t.Sizes)}", Value: Tensor.From(Fixture.Formula(t.Seed, Shape.Create(t.Sizes).Elements), Shape.Create(t.Sizes)))).ToList();
        Safetensors.Save(In("all.safetensors"), tensors, new Dictionary<string, string> { ["note"] = "Größe \"π\"\\\n\u0001 😀" });
        Npz.Save(In("all.npz"), tensors);
        var p = new Parameters();
        foreach (var (name, value) in tensors) p.Create(name, value.Shape, (values, _) => value.CopyTo(values));
        StateDict.Save(In("under.safetensors"), p, new LoadOptions { Under = "model.größe" });
        StateDict.Save(In("under.npz"), p, new LoadOptions { Under = "model.größe" });
        foreach (var (name, value) in tensors) Npy.Save(In(name + ".npy"), value);

        foreach (var (path, prefix) in (IEnumerable<(string, string)>)[("all.safetensors", ""), ("all.npz", ""), ("under.npz", "model.größe."), ("under.safetensors", "model.größe."), .. tensors.Select(t => (t.Name + ".npy", ""))])
        {
            using var file = TensorFile.Open(In(path));
            Assert.Equal(path.EndsWith("npy", StringComparison.Ordinal) ? 1 : tensors.Count, file.Tensors.Count);
            foreach (var tensor in file.Tensors)
            {
                var value = tensors.Find(t => prefix + t.Name == tensor.Name).Value;
                Assert.Equal(value.Shape, tensor.Shape);
                Expect.Bits(value.ToArray(), tensor.ToTensor().ToArray(), $"{path} {tensor.Name}");
            }
        }
    }
}
