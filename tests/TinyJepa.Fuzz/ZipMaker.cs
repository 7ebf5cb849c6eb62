using System.IO.Compression;
using TinyJepa.IO;

namespace TinyJepa.Fuzz;

/// <summary>Archives around made or mutated entries, with right sums, so that what is inside is reached.</summary>
static class ZipMaker
{
    static readonly byte[] s_data = [.. Enumerable.Range(0, 64).Select(i => (byte)(i * 37))];

    internal static byte[] Torch(Rng rng, byte[] pickle)
    {
        var folder = SafetensorsMaker.Often(rng) ? "archive/" : rng.NextInt(2) == 0 ? "" : "a/b/";
        using var stream = new MemoryStream();
        var zip = new ZipWriter(stream);
        zip.Add(folder + "data.pkl", entry => entry.Write(pickle));
        if (rng.NextInt(4) == 0) zip.Add(folder + "byteorder", entry => entry.Write(rng.NextInt(2) == 0 ? "little"u8 : "big"u8));
        zip.Add(folder + "data/0", entry => entry.Write(s_data, 0, 16));
        zip.Add(folder + "data/1", entry => entry.Write(s_data));
        zip.Add(folder + "data/2", entry => entry.Write([]));
        zip.Finish();
        return stream.ToArray();
    }

    /// <summary>A .npz of made arrays, stored by our writer or deflated by the framework's.</summary>
    internal static byte[] Npz(Rng rng)
    {
        using var stream = new MemoryStream();
        if (rng.NextInt(2) == 0)
        {
            var zip = new ZipWriter(stream);
            for (var n = rng.NextInt(4); n >= 0; n--) zip.Add($"a{n}.npy", entry => entry.Write(NpyMaker.Make(rng)));
            zip.Finish();
            return stream.ToArray();
        }

        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var n = rng.NextInt(3); n >= 0; n--)
            {
                using var entry = zip.CreateEntry($"a{n}.npy", CompressionLevel.Fastest).Open();
                entry.Write(NpyMaker.Make(rng));
            }
        }

        return stream.ToArray();
    }

    /// <summary>The pickle of a PyTorch file, empty if it is none.</summary>
    internal static byte[] PickleOf(byte[] file)
    {
        if (!file.AsSpan().StartsWith("PK"u8)) return [];
        try
        {
            var zip = ZipDirectory.Read(ByteSource.Of(file, "corpus"));
            return zip.Entries.Find(entry => entry is { Deflated: false } && entry.Name.EndsWith("data.pkl", StringComparison.Ordinal)) is { } pickle
                ? file[(int)pickle.Start..(int)(pickle.Start + pickle.Length)] : [];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }
}
