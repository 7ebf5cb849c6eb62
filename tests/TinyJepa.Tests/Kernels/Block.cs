namespace TinyJepa.Tests;

/// <summary>Floats at an address that never moves and is on no cache line, between two walls that a kernel must leave alone.</summary>
sealed unsafe class Block
{
    const int Wall = 67;
    const float Brick = -1.2345678e30f;

    readonly float[] _array;
    readonly int _length;

    internal Block(int length)
    {
        _length = length;
        _array = GC.AllocateUninitializedArray<float>(length + 2 * Wall, pinned: true);
        Array.Fill(_array, Brick);
        Pointer = (float*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _array[0]) + Wall;
    }

    internal Block(ReadOnlySpan<float> values) : this(values.Length) => values.CopyTo(Span);

    internal float* Pointer { get; }

    internal Span<float> Span => _array.AsSpan(Wall, _length);

    /// <summary>Numbers in [low, high) that depend on the seed only.</summary>
    internal static Block Random(int length, int seed, float low = -2f, float high = 2f)
    {
        var block = new Block(length);
        var random = new Random(seed);
        foreach (ref var x in block.Span) x = low + (high - low) * random.NextSingle();
        return block;
    }

    internal Block Copy() => new(Span);

    /// <summary>The numbers, after a look at the walls.</summary>
    internal float[] Result()
    {
        for (var i = 0; i < Wall; i++)
            if (_array[i] != Brick || _array[^(i + 1)] != Brick) Assert.Fail($"A kernel wrote outside its {_length} numbers.");
        return Span.ToArray();
    }
}
