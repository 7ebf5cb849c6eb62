using TinyJepa.Kernels;

namespace TinyJepa;

/// <summary>
/// Random numbers that are a pure function of (seed, name, position): Philox4x32-10 (Salmon et al. 2011), the same on every machine.
/// <c>rng["shuffle"]</c> is a stream of its own; drawing from one never shifts another.
/// </summary>
public sealed class Rng : IResumable
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

    /// <summary>The sub-stream of that index, from its beginning: one per step, clip or episode.</summary>
    public Rng this[long index] => new(Key(index));

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

    /// <summary>Keeps the position; the seed and names must be the same.</summary>
    void IResumable.Visit(StateVisitor state)
    {
        state.Match("key", (long)_key, "the stream has another seed or name");
        var position = Position;
        state.Visit("position", ref position);
        Position = position;
    }

    /// <summary>32 random bits.</summary>
    public uint NextBits()
    {
        if (_left == 0)
        {
            Philox.Block(_key, _block++, 0, out _r0, out _r1, out _r2, out _r3);
            _left = 4;
        }

        return _left-- switch { 4 => _r0, 3 => _r1, 2 => _r2, _ => _r3 };
    }

    /// <summary>A float in [0, 1), a multiple of 2⁻²⁴.</summary>
    public float NextFloat() => (NextBits() >> 8) * (1f / (1 << 24));

    /// <summary>A double in [0, 1), a multiple of 2⁻⁵³.</summary>
    public double NextDouble()
    {
        var high = NextBits() >> 5;
        return (high * 67108864.0 + (NextBits() >> 6)) * (1.0 / (1L << 53));
    }

    /// <summary>An integer in [0, <paramref name="end"/>), each equally likely (Lemire 2019).</summary>
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

    /// <summary>Independent values, uniform in [low, high): one draw each.</summary>
    public void FillUniform(Span<float> values, float low = 0f, float high = 1f)
    {
        FillUniform(_key, Position, values, low, high);
        Position += values.Length;
    }

    /// <summary>The same elements for a tensor, made where it is.</summary>
    public void FillUniform(Tensor y, float low = 0f, float high = 1f)
    {
        y.Backend.FillUniform(y, _key, Position, low, high);
        Position += y.Length;
    }

    /// <summary>
    /// Independent normal values (Box &amp; Muller 1958, over this library's own log, sin and cos). They use up draws in groups of 32, the
    /// last group too.
    /// </summary>
    public void FillNormal(Span<float> values, float mean = 0f, float std = 1f) => Position += FillNormal(_key, Position, values, mean, std);

    /// <summary>The same elements for a tensor, made where it is.</summary>
    public void FillNormal(Tensor y, float mean = 0f, float std = 1f)
    {
        y.Backend.FillNormal(y, _key, Position, mean, std);
        Position += NormalDraws(y.Length);
    }

    /// <summary>What <c>this[index].FillNormal(y)</c> gives, without making that stream: nothing is allocated.</summary>
    internal void FillNormal(long index, Tensor y) => y.Backend.FillNormal(y, Key(index), 0, 0f, 1f);

    internal static unsafe void FillUniform(ulong key, long position, Span<float> values, float low, float high)
    {
        var below = high > low ? MathF.BitDecrement(high) : high;                    // rounding may reach the end
        fixed (float* y = values)
        {
            var kernel = new Philox.Fill<Philox.Uniform>(key, position, new Philox.Uniform(y, low, high - low, below), values.Length);
            Cores.Run(kernel, Philox.Chunks(values.Length));
        }
    }

    /// <returns>How many draws that used up.</returns>
    internal static unsafe int FillNormal(ulong key, long position, Span<float> values, float mean, float std)
    {
        var draws = NormalDraws(values.Length);
        fixed (float* y = values)
            Cores.Run(new Philox.Fill<BoxMuller>(key, position, new BoxMuller(y, values.Length, mean, std), draws), Philox.Chunks(draws));
        return draws;
    }

    static int NormalDraws(int length) => IntegerMath.RoundUp(length, BoxMuller.Group);

    /// <summary>Puts the items into a random order (Fisher &amp; Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    ulong Key(long index) => Mix(_key + (ulong)index * 0xD1342543DE82EF95 + 1);

    /// <summary>The finaliser of SplitMix64: every bit of the input moves every bit of the output.</summary>
    static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
