namespace TinyJepa.Tests;

/// <summary>Pinned floats that start on no cache line, between two guard areas that a kernel must not write.</summary>
sealed unsafe class Block
{
    const int Guard = 67;
    const float GuardValue = -1.2345678e30f;

    readonly float[] _array;
    readonly int _length;

    internal Block(int length)
    {
        _length = length;
        _array = GC.AllocateUninitializedArray<float>(length + 2 * Guard, pinned: true);
        Array.Fill(_array, GuardValue);
        Pointer = (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _array[0]) + Guard;
    }

    internal Block(ReadOnlySpan<float> values) : this(values.Length) => values.CopyTo(Span);

    internal float* Pointer { get; }

    internal Span<float> Span => _array.AsSpan(Guard, _length);

    /// <summary>Values in [low, high) that depend on the seed only.</summary>
    internal static Block Random(int length, int seed, float low = -2f, float high = 2f)
    {
        var block = new Block(length);
        var random = new Random(seed);
        foreach (ref var x in block.Span) x = low + (high - low) * random.NextSingle();
        return block;
    }

    internal Block Copy() => new(Span);

    /// <summary>The values, after a check of the guard areas.</summary>
    internal float[] Result()
    {
        for (var i = 0; i < Guard; i++)
            if (_array[i] != GuardValue || _array[^(i + 1)] != GuardValue) Assert.Fail($"A kernel wrote outside its {_length} elements.");
        return Span.ToArray();
    }
}
