namespace TinyJepa.Bench;

/// <summary>Numbers in [−scale, scale) that every peer can make for itself: a hash of position and seed. `series.py` and `ort_peer.c` say the same.</summary>
static class TestData
{
    /// <summary>values[i] = offset + scale·u(i, seed) with u in [−1, 1).</summary>
    internal static void Fill(Span<float> values, uint seed, float scale = 1f, float offset = 0f)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var hash = (uint)(i + 1) * 2654435761u + seed * 1000003u;
            hash = (hash ^ (hash >> 15)) * 2246822519u;
            hash ^= hash >> 13;
            values[i] = offset + scale * ((hash >> 8) * (1f / 8388608f) - 1f);
        }
    }

    internal static Tensor Of(in Shape shape, uint seed, float scale = 1f, float offset = 0f)
    {
        var x = Tensor.Empty(shape);
        Fill(x.Span, seed, scale, offset);
        return x;
    }

    /// <summary>
    /// Overwrites every parameter by its shape alone, so that two libraries start from equal networks whatever they call their
    /// parameters and in whatever order they make them: matrices ±1/√inputs, rows (biases and gains) 0.5 ± 0.5.
    /// </summary>
    internal static void Fill(Nn.Parameters parameters)
    {
        foreach (var entry in parameters.Entries)
        {
            var shape = entry.Value.Shape;
            uint seed = 17;
            var (rank, inputs) = (0, 1);
            for (var i = 0; i < shape.Rank; i++)
            {
                if (rank == 0 && shape[i] == 1) continue;              // [1, 257, 192] is [257, 192]
                seed = seed * 31 + (uint)shape[i];
                if (rank++ > 0) inputs *= shape[i];
            }

            if (entry.IsBuffer) continue;
            if (rank > 1) Fill(entry.Value.Span, seed, 1f / MathF.Sqrt(inputs));
            else Fill(entry.Value.Span, seed, 0.5f, 0.5f);
        }
    }
}
