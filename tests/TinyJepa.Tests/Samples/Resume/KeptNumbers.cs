using System.Security.Cryptography;
using TinyJepa.IO;

namespace TinyJepa.Tests.Samples.Resume;

/// <summary>All that the newest checkpoint in a folder holds but the time it took, each part by its sum.</summary>
static class KeptNumbers
{
    internal static Dictionary<string, string> In(string folder)
    {
        using var file = TensorFile.Open(Directory.EnumerateFiles(folder, "step-*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last());
        return file.Tensors.Where(tensor => !tensor.Name.StartsWith("clock.", StringComparison.Ordinal)).ToDictionary(tensor => tensor.Name, tensor =>
        {
            using var bytes = new MemoryStream();
            tensor.Write(bytes);
            return Convert.ToHexString(SHA256.HashData(bytes.ToArray()));
        });
    }
}
