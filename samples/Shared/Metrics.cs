using System.Buffers;
using System.Text.Json;
using CommunityToolkit.HighPerformance.Buffers;

namespace TinyJepa.Samples;

/// <summary>The figures of one run as a JSON file, so that a README and a test read what the run wrote and no number is typed twice.</summary>
public sealed class Metrics
{
    readonly List<Figure> _figures = [];

    /// <summary>An empty list of figures.</summary>
    /// <param name="sample">The sample, for example <c>dvd-logo</c>.</param>
    /// <param name="recipe">The recipe that was trained, for example <c>published</c>.</param>
    /// <param name="seed">The seed; the first one if the figures are means over several.</param>
    public Metrics(string sample, string recipe, long seed) => (Sample, Recipe, Seed) = (sample, recipe, seed);

    /// <summary>The sample.</summary>
    public string Sample { get; }

    /// <summary>The recipe that was trained.</summary>
    public string Recipe { get; }

    /// <summary>The seed.</summary>
    public long Seed { get; }

    /// <summary>The figures in the order they were added.</summary>
    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>Adds a figure.</summary>
    /// <param name="figure">Its name must be new.</param>
    public Metrics Add(Figure figure)
    {
        if (_figures.Any(f => f.Name == figure.Name)) throw new ArgumentException($"There is a figure '{figure.Name}' already.", nameof(figure));
        _figures.Add(figure);
        return this;
    }

    /// <summary>The file's content. What is NaN, infinite or absent is null.</summary>
    /// <returns>UTF-8.</returns>
    public byte[] ToJson()
    {
        using var bytes = new ArrayPoolBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("sample", Sample);
            json.WriteString("recipe", Recipe);
            json.WriteNumber("seed", Seed);
            json.WriteStartObject("figures");
            foreach (var figure in _figures) Write(json, figure);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Writes the file; an existing one is replaced only by a complete new one.</summary>
    /// <param name="path">The JSON file. Missing folders are made.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string path) => OutputFolder.Write(path, ToJson());

    static void Write(Utf8JsonWriter json, Figure figure)
    {
        json.WriteStartObject(figure.Name);
        if (figure.Text is { } text) json.WriteString("value", text);
        else Number("value", figure.Value);
        Number("low", figure.Low);
        Number("high", figure.High);
        Number("n", figure.N);
        Number("claim", figure.Claim);
        json.WriteEndObject();

        void Number(string name, double? value)
        {
            if (value is { } v && double.IsFinite(v)) json.WriteNumber(name, v);
            else json.WriteNull(name);
        }
    }
}
