namespace TinyJepa.Planning;

/// <summary>Orders plans by cost, equal ones by index, so that the order is the same on every machine.</summary>
struct Ranking(int count)
{
    readonly ulong[] _keys = new ulong[count];

    /// <summary>Sorts.</summary>
    /// <param name="costs">[count], not NaN.</param>
    internal readonly void Sort(ReadOnlySpan<float> costs)
    {
        for (var i = 0; i < _keys.Length; i++)
        {
            // The bits of floats, with negative ones inverted, have the order of the values.
            var bits = BitConverter.SingleToInt32Bits(costs[i] + 0f);
            var ordered = (uint)(bits < 0 ? ~bits : bits | int.MinValue);
            _keys[i] = ((ulong)ordered << 32) | (uint)i;
        }

        Array.Sort(_keys);
    }

    /// <summary>The index of the plan at a rank; 0 is the cheapest.</summary>
    internal readonly int this[int rank] => (int)(uint)_keys[rank];
}
