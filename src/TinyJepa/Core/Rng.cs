using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>
/// Random numbers that are a pure function of (seed, name, position): Philox4x32-10 (Salmon et al. 2011), the same on every machine.
/// <c>rng["shuffle"]</c> is a stream of its own; drawing from one never shifts another.
/// </summary>
public sealed class Rng
{
    readonly ulong _key;
    ulong _block;
    uint _r0, _r1, _r2, _r3;
    int _left;

    /// <summary>The root stream of a seed.</summary>
    public Rng(long seed) => _key = Mix((ulong)seed ^ 0x9E3779B97F4A7C15);

    Rng(ulong key) => _key = key;

    /// <summary>The sub-stream of that name, from its beginning.</summary>
    public Rng this[string name]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(name);
            var hash = 0xCBF29CE484222325;                          // FNV-1a
            foreach (var letter in name) hash = (hash ^ letter) * 0x100000001B3;
            return new Rng(Mix(_key ^ Mix(hash)));
        }
    }

    /// <summary>The sub-stream of that number, from its beginning: one per step, clip or episode.</summary>
    public Rng this[long index] => new(Mix(_key + (ulong)index * 0xD1342543DE82EF95 + 1));

    /// <summary>How many 32-bit numbers were drawn; set it to jump.</summary>
    public long Position
    {
        get => (long)_block * 4 - _left;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _block = (ulong)value / 4;
            _left = 0;
            for (var skip = value % 4; skip > 0; skip--) NextBits();
        }
    }

    /// <summary>32 random bits.</summary>
    public uint NextBits()
    {
        if (_left == 0)
        {
            Philox(_key, _block++, 0, out _r0, out _r1, out _r2, out _r3);
            _left = 4;
        }

        return _left-- switch { 4 => _r0, 3 => _r1, 2 => _r2, _ => _r3 };
    }

    /// <summary>A number in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextFloat() => (NextBits() >> 8) * (1f / (1 << 24));

    /// <summary>A number in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble()
    {
        var high = NextBits() >> 5;
        return (high * 67108864.0 + (NextBits() >> 6)) * (1.0 / (1L << 53));
    }

    /// <summary>A number in [0, <paramref name="end"/>), each equally likely (Lemire 2019).</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="end"/> is below 1.</exception>
    public int NextInt(int end)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(end, 1);
        var product = (ulong)NextBits() * (uint)end;
        if ((uint)product < (uint)end)
        {
            var threshold = (0u - (uint)end) % (uint)end;
            while ((uint)product < threshold) product = (ulong)NextBits() * (uint)end;
        }

        return (int)(product >> 32);
    }

    /// <summary>Independent numbers, uniform in [low, high).</summary>
    public void FillUniform(Span<float> values, float low = 0f, float high = 1f)
    {
        var below = high > low ? MathF.BitDecrement(high) : high;                    // rounding may reach the end
        foreach (ref var value in values) value = MathF.Min(low + (high - low) * NextFloat(), below);
    }

    /// <summary>Independent normal numbers (Box &amp; Muller 1958, over this library's own log, sin and cos).</summary>
    public void FillNormal(Span<float> values, float mean = 0f, float deviation = 1f)
    {
        Span<float> pairs = stackalloc float[32];
        for (var done = 0; done < values.Length; done += 32)
        {
            foreach (ref var uniform in pairs) uniform = NextFloat();
            BoxMuller.Run(pairs, mean, deviation);
            pairs[..Math.Min(32, values.Length - done)].CopyTo(values[done..]);
        }
    }

    /// <summary>Puts the items into a random order (Fisher &amp; Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Ten rounds on the counter (low, high) under the key.</summary>
    internal static void Philox(ulong key, ulong low, ulong high, out uint r0, out uint r1, out uint r2, out uint r3)
    {
        var (c0, c1, c2, c3) = ((uint)low, (uint)(low >> 32), (uint)high, (uint)(high >> 32));
        var (k0, k1) = ((uint)key, (uint)(key >> 32));
        for (var round = 0; round < 10; round++)
        {
            var p0 = 0xD2511F53UL * c0;
            var p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        (r0, r1, r2, r3) = (c0, c1, c2, c3);
    }

    /// <summary>The finaliser of SplitMix64: every bit of the input moves every bit of the output.</summary>
    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
