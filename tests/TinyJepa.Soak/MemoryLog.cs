using System.Globalization;
using System.Text;
using System.Text.Json;

namespace TinyJepa.Soak;

/// <summary>
/// A process's memory (RSS) through a long run. Drift compares the median of the samples in the last tenth of the run with that in the second
/// tenth: the first tenth is warm-up, in which code is compiled and pools fill, and single samples jump with the garbage collector.
/// </summary>
sealed class MemoryLog
{
    readonly List<(double Done, long Bytes)> _samples = new(1 << 16);                     // room that need not grow while it watches

    /// <param name="done">How much of the run is done, 0 to 1.</param>
    /// <param name="bytes">The memory then.</param>
    public void Add(double done, long bytes) => _samples.Add((done, bytes));

    public int Count => _samples.Count;

    /// <summary>The median in the second tenth of the run.</summary>
    public double AfterWarmUp => Median(0.1, 0.2);

    /// <summary>The median in the last tenth.</summary>
    public double AtTheEnd => Median(0.9, 1.0);

    /// <summary>By how much the end lies above the beginning, in percent.</summary>
    public double DriftPercent => (AtTheEnd / AfterWarmUp - 1) * 100;

    /// <summary>The medians of all ten tenths.</summary>
    public IEnumerable<double> Tenths => Enumerable.Range(0, 10).Select(i => Median(i / 10.0, (i + 1) / 10.0));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{AfterWarmUp / 1e6:0.00} MB after warm-up, {AtTheEnd / 1e6:0.00} MB at the end: drift {DriftPercent:+0.00;-0.00} % ({Count} samples)");

    /// <summary>Writes a run with its memory as JSON.</summary>
    /// <param name="file">Where.</param>
    /// <param name="run">What ran.</param>
    /// <param name="figures">What else was counted.</param>
    public void Write(string file, string run, params ReadOnlySpan<(string Name, double Value)> figures)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("run"u8, run);
            json.WriteString("processor"u8, Machine.Name);
            foreach (var (name, value) in figures) json.WriteNumber(name, value);
            json.WriteNumber("rss_after_warm_up_bytes"u8, AfterWarmUp);
            json.WriteNumber("rss_at_the_end_bytes"u8, AtTheEnd);
            json.WriteNumber("drift_percent"u8, Math.Round(DriftPercent, 3));
            json.WriteNumber("samples"u8, Count);
            json.WriteStartArray("rss_of_each_tenth_bytes"u8);
            foreach (var bytes in Tenths) json.WriteNumberValue(bytes);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        File.WriteAllText(file, Encoding.UTF8.GetString(stream.ToArray()) + "\n");
    }

    double Median(double from, double to)
    {
        var sorted = _samples.Where(sample => sample.Done >= from && sample.Done <= to).Select(sample => sample.Bytes).Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2.0;
    }
}
