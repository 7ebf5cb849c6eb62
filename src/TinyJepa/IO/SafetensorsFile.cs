namespace TinyJepa.IO;

/// <summary>The contents of a safetensors file.</summary>
/// <param name="Tensors">The tensors by name.</param>
/// <param name="Metadata">The strings stored with them.</param>
public sealed record SafetensorsFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The tensor of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists some that exist.</exception>
    public Tensor this[string name] => Tensors.TryGetValue(name, out var tensor) ? tensor
        : throw new KeyNotFoundException($"The file has no tensor '{name}'. It has: {string.Join(", ", Tensors.Keys.Order(StringComparer.Ordinal).Take(20))}.");
}
