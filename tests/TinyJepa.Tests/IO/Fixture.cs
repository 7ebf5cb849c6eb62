using System.Buffers.Binary;
using System.Text.Json;

namespace TinyJepa.Tests.IO;

/// <summary>
/// A fixture that PyTorch made (Fixtures/make_fixtures.py), read by a second reader that supports float64 and shares no code with the
/// library's.
/// </summary>
sealed class Fixture
{
    readonly Dictionary<string, (int[] Shape, double[] Values)> _tensors = new(StringComparer.Ordinal);

    Fixture(string name)
    {
        var bytes = System.IO.File.ReadAllBytes(PathOf(name));
        var data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, data - 8));
        foreach (var entry in header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__"))
        {
            var offsets = entry.Value.GetProperty("data_offsets").EnumerateArray().Select(number => number.GetInt32()).ToArray();
            var numbers = bytes.AsSpan((data + offsets[0])..(data + offsets[1]));
            int[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(number => number.GetInt32())];
            _tensors.Add(entry.Name, (shape, Values(numbers, entry.Value.GetProperty("dtype").GetString()!)));
        }
    }

    internal static Fixture Dvd { get; } = new("dvd_ten_steps");

    internal static Fixture Ops { get; } = new("ops");

    internal static Fixture VicReg { get; } = new("vicreg");

    internal static Fixture SigReg { get; } = new("sigreg");

    internal static Fixture Attention { get; } = new("attention");

    internal static Fixture Optimisers { get; } = new("adamw_schedule");

    internal static Fixture Images { get; } = new("images");

    internal static Fixture Transformers { get; } = new("transformers");

    internal static Fixture Types { get; } = new("dtypes");

    /// <summary>What is in the files of other programs (Fixtures/make_files.py), by "file/tensor".</summary>
    internal static Fixture Files { get; } = new("files/files");

    internal IReadOnlyCollection<string> Names => _tensors.Keys;

    /// <summary>The values in full precision.</summary>
    internal double[] this[string name] => _tensors[name].Values;

    internal int[] Shape(string name) => _tensors[name].Shape;

    internal bool Has(string name) => _tensors.ContainsKey(name);

    internal Tensor Tensor(string name) => TinyJepa.Tensor.From(Floats(name), TinyJepa.Shape.Create(Shape(name)));

    internal float[] Floats(string name) => Array.ConvertAll(this[name], value => (float)value);

    internal static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name + ".safetensors");

    /// <summary>A file of another program, sound or hostile.</summary>
    internal static string File(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", name);

    /// <summary>The make_fixtures.py formula: values in [−bound, bound) that any language computes without rounding.</summary>
    internal static float[] Formula(int seed, int count, float bound = 1f)
    {
        var values = new float[count];
        for (var i = 0u; i < values.Length; i++)
        {
            var h = unchecked(i + (uint)seed * 0x9E3779B9);
            h = unchecked((h ^ (h >> 16)) * 0x85EBCA6B);
            h = unchecked((h ^ (h >> 13)) * 0xC2B2AE35);
            h ^= h >> 16;
            values[i] = ((h >> 8) * (1f / (1 << 23)) - 1f) * bound;
        }

        return values;
    }

    static double[] Values(ReadOnlySpan<byte> bytes, string type)
    {
        var size = type is "F64" or "I64" ? 8 : type is "F32" ? 4 : 2;
        var values = new double[bytes.Length / size];
        for (var i = 0; i < values.Length; i++)
        {
            var one = bytes.Slice(i * size, size);
            values[i] = type switch
            {
                "F64" => BinaryPrimitives.ReadDoubleLittleEndian(one),
                "F32" => BinaryPrimitives.ReadSingleLittleEndian(one),
                "F16" => (double)BinaryPrimitives.ReadHalfLittleEndian(one),
                _ => BinaryPrimitives.ReadInt64LittleEndian(one),
            };
        }

        return values;
    }
}
