namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// The Mersenne Twister MT19937 (Matsumoto &amp; Nishimura 1998) read the way NumPy's legacy <c>RandomState</c> reads it,
/// so that a seed makes the same world here as in Python, bit for bit.
/// </summary>
public sealed class NumPyRandom
{
    const int Length = 624;
    const int Middle = 397;

    readonly uint[] _state = new uint[Length];
    int _next = Length;

    /// <summary>Seeds as <c>RandomState(seed)</c> does for an integer: Knuth's linear recurrence fills the state.</summary>
    /// <param name="seed">Any 32-bit seed.</param>
    public NumPyRandom(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Length; i++)
            _state[i] = 1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30)) + (uint)i;
    }

    /// <summary>The next 32 tempered bits.</summary>
    public uint NextUInt32()
    {
        if (_next == Length) Refill();
        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680u;
        y ^= (y << 15) & 0xefc60000u;
        return y ^ (y >> 18);
    }

    /// <summary>Uniform on [0, 1) with 53 random bits, as <c>random_sample()</c>: 27 bits of one draw, then 26 of the next.</summary>
    public double NextDouble()
    {
        var high = NextUInt32() >> 5;
        var low = NextUInt32() >> 6;
        return (high * 67108864.0 + low) / 9007199254740992.0;
    }

    /// <summary>Uniform on [low, high), as <c>uniform(low, high)</c>.</summary>
    /// <param name="low">The smallest value.</param>
    /// <param name="high">The bound that is never exceeded.</param>
    public double Uniform(double low, double high) => low + (high - low) * NextDouble();

    /// <summary>−1 or +1, as <c>choice([-1, 1])</c>: the lowest bit of one draw picks.</summary>
    public int Sign() => (NextUInt32() & 1) == 0 ? -1 : 1;

    void Refill()
    {
        for (var i = 0; i < Length; i++)
        {
            var y = (_state[i] & 0x80000000u) | (_state[(i + 1) % Length] & 0x7fffffffu);
            var twist = (y & 1) == 0 ? 0u : 0x9908b0dfu;
            _state[i] = _state[(i + Middle) % Length] ^ (y >> 1) ^ twist;
        }

        _next = 0;
    }
}
