using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;
using TinyJepa.IO;

namespace TinyJepa.Samples.Inspect;

/// <summary>What is in a file, for people as tables and for programs as JSON.</summary>
internal sealed class Listing
{
    const int LongestValue = 60, Wide = 400;

    readonly TensorFile _file;
    readonly List<(StoredTensor Tensor, Figures? Figures)> _rows;

    Listing(TensorFile file) => (_file, _rows) = (file, [.. file.Tensors.Select(tensor => (tensor, Figures.Of(tensor)))]);

    /// <summary>Reads every number once.</summary>
    internal static Listing Of(TensorFile file) => new(file);

    internal void Print(IAnsiConsole console)
    {
        if (!console.Profile.Out.IsTerminal) console.Profile.Width = Wide;           // files and pipes get whole lines
        var numbers = _rows.Sum(row => (long)row.Tensor.Shape.Elements);
        console.WriteLine($"{_file.Name}: {_file.Format}, {_rows.Count} tensors, {numbers.ToString("N0", CultureInfo.InvariantCulture)} numbers");
        if (_rows.Count > 0)
        {
            var table = new Table().Border(TableBorder.Rounded).AddColumns("tensor", "type", "shape", "least", "mean", "std", "most", "NaN", "infinite");
            foreach (var column in table.Columns.Skip(3)) column.RightAligned();
            foreach (var column in table.Columns) column.NoWrap();
            foreach (var (tensor, figures) in _rows)
            {
                table.AddRow(new string[] { Plain(tensor.Name), tensor.Type.ToString(), tensor.Shape.ToString() }.Concat(figures is { } f
                    ? [Short(f.Smallest), Short(f.Mean), Short(f.Std), Short(f.Largest), Whole(f.NaN), Whole(f.Infinite)]
                    : Enumerable.Repeat("–", 6)).Select(Markup.Escape).ToArray());
            }

            console.Write(table);
        }

        if (_file.Values.Count == 0) return;
        var values = new Table().Border(TableBorder.Rounded).AddColumns("value", "");
        foreach (var (name, value) in _file.Values) values.AddRow(Markup.Escape(Plain(name)), Markup.Escape(Cut(Plain(Text(value)))));
        console.Write(values);
    }

    internal void PrintJson(TextWriter output)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("file", _file.Name);
            json.WriteString("format", _file.Format.ToString());
            json.WriteStartArray("tensors");
            foreach (var (tensor, figures) in _rows) Write(json, tensor, figures);
            json.WriteEndArray();
            json.WriteStartObject("values");
            foreach (var (name, value) in _file.Values)
            {
                json.WritePropertyName(name);
                Write(json, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(text.ToArray()));
    }

    static void Write(Utf8JsonWriter json, StoredTensor tensor, Figures? figures)
    {
        json.WriteStartObject();
        json.WriteString("name", tensor.Name);
        json.WriteString("type", tensor.Type.ToString());
        json.WriteStartArray("shape");
        foreach (var size in tensor.Shape) json.WriteNumberValue(size);
        json.WriteEndArray();
        if (figures is { } f)
        {
            foreach (var (name, value) in (ReadOnlySpan<(string, double)>)[("min", f.Smallest), ("mean", f.Mean), ("std", f.Std), ("max", f.Largest)])
            {
                json.WritePropertyName(name);
                Write(json, value);
            }

            json.WriteNumber("nan", f.NaN);
            json.WriteNumber("infinite", f.Infinite);
        }

        json.WriteEndObject();
    }

    /// <summary>JSON has neither NaN nor the infinities: null and texts stand for them.</summary>
    static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case bool truth: json.WriteBooleanValue(truth); break;
            case long number: json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case double number when double.IsNaN(number): json.WriteNullValue(); break;
            case IEnumerable<object?> list:
                json.WriteStartArray();
                foreach (var item in list) Write(json, item);
                json.WriteEndArray();
                break;
            case null: json.WriteNullValue(); break;
            default: json.WriteStringValue(Text(value)); break;
        }
    }

    static string Text(object? value) => value switch
    {
        null => "None",
        IEnumerable<object?> list => $"[{string.Join(", ", list.Select(Text))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    /// <summary>A file's texts must not steer the terminal.</summary>
    static string Plain(string text) => string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));

    static string Cut(string text) => text.Length > LongestValue ? text[..LongestValue] + "…" : text;

    static string Short(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);
}
