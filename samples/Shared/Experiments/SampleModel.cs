using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Samples;

/// <summary>A sample's model: the networks are the sample's, the weights are saved, loaded and compared in one way.</summary>
public abstract class SampleModel
{
    /// <summary>All weights: what the loss trains first, then slow copies or decoders with sets of their own.</summary>
    public abstract IReadOnlyList<Parameters> Sets { get; }

    /// <summary>Trained values.</summary>
    public int Count => Sets.Sum(set => set.Count);

    /// <summary>Differs when any weight differs in any bit: the hash of the only set, or the first 8 digits of the hash of each.</summary>
    public string Hash => Sets is [var only] ? only.Hash() : string.Concat(Sets.Select(set => set.Hash()[..8]));

    /// <summary>Writes all weights under their paths.</summary>
    /// <param name="file">A safetensors file; an existing one is replaced only by a complete new one.</param>
    /// <param name="metadata">Texts to store with them.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string file, IReadOnlyDictionary<string, string> metadata) =>
        Safetensors.Save(file, Sets.SelectMany(set => set.Entries).Select(entry => (entry.Path, entry.Value)), metadata);

    /// <summary>Reads all weights from a file; on any error none has changed.</summary>
    /// <returns>The texts stored with them.</returns>
    /// <exception cref="InvalidDataException">The file is broken or does not fit.</exception>
    public IReadOnlyDictionary<string, string> Load(string file) => Safetensors.Load(file, [.. Sets]);
}
