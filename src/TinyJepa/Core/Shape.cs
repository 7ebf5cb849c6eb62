using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace TinyJepa;

/// <summary>The sizes of a tensor's axes, outermost first: at most six, none on the heap. <c>Shape s = [32, 16];</c></summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
[SuppressMessage("Naming", "CA1710:Identifiers should have correct suffix",
    Justification = "A shape is a shape; it enumerates for collection expressions only.")]
public readonly struct Shape : IEquatable<Shape>, IEnumerable<int>
{
    /// <summary>The largest number of axes.</summary>
    public const int MaxRank = 6;

    readonly Sizes _sizes;
    readonly int _length;                                // 0 in default(Shape), which is the scalar all the same

    Shape(ReadOnlySpan<int> sizes)
    {
        if (sizes.Length > MaxRank) throw new ArgumentException($"A shape has at most {MaxRank} axes, not {sizes.Length}.");
        Rank = sizes.Length;
        long length = 1;
        for (var i = 0; i < sizes.Length; i++)
        {
            if (sizes[i] < 0) throw new ArgumentException($"Axis {i} of a shape cannot have the size {sizes[i]}.");
            _sizes[i] = sizes[i];
            length *= sizes[i];
            if (length > int.MaxValue) throw new ArgumentException($"A tensor holds at most {int.MaxValue} elements.");
        }

        _length = (int)length;
    }

    /// <summary>Makes a shape; collection expressions call this.</summary>
    /// <exception cref="ArgumentException">More than six axes, a negative size or more than 2³¹ − 1 elements.</exception>
    public static Shape Create(ReadOnlySpan<int> sizes) => new(sizes);

    /// <summary>How many axes; a scalar has none.</summary>
    public int Rank { get; }

    /// <summary>How many elements a tensor of this shape holds; 1 for a scalar.</summary>
    /// <remarks>Not named Length: a collection expression such as <c>[n, .. shape]</c> would take that for the number of axes.</remarks>
    public int Elements => Rank == 0 ? 1 : _length;

    /// <summary>The size of an axis; negative indices count from the last axis.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public int this[int axis] => _sizes[Axis(axis)];

    /// <summary>The axis as an index from 0 on; negative ones count from the last.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public int Axis(int axis)
    {
        var index = axis < 0 ? axis + Rank : axis;
        if ((uint)index >= (uint)Rank) Throw.NoAxis(this, axis);
        return index;
    }

    /// <summary>The same shape with another last size.</summary>
    public Shape WithLast(int size) => With(-1, size);

    /// <summary>The same shape with another size of one axis.</summary>
    public Shape With(int axis, int size)
    {
        var sizes = _sizes;
        sizes[Axis(axis)] = size;
        return new Shape(((ReadOnlySpan<int>)sizes)[..Rank]);
    }

    /// <summary>The same shape without one axis.</summary>
    public Shape Without(int axis)
    {
        axis = Axis(axis);
        Sizes sizes = default;
        for (int i = 0, j = 0; i < Rank; i++)
            if (i != axis) sizes[j++] = _sizes[i];
        return new Shape(((ReadOnlySpan<int>)sizes)[..(Rank - 1)]);
    }

    /// <summary>The product of the sizes of a range of axes.</summary>
    internal int Product(int from, int to)
    {
        var product = 1;
        for (var i = from; i < to; i++) product *= _sizes[i];
        return product;
    }

    /// <summary>Whether these are the last axes of the other shape.</summary>
    internal bool IsSuffixOf(in Shape other)
    {
        if (Rank > other.Rank) return false;
        for (var i = 1; i <= Rank; i++)
            if (_sizes[Rank - i] != other._sizes[other.Rank - i]) return false;
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) => Rank == other.Rank && IsSuffixOf(other);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var size in this) hash.Add(size);
        return hash.ToHashCode();
    }

    /// <summary>The sizes in brackets: <c>[32, 16]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", this)}]";

    /// <summary>Enumerates the sizes.</summary>
    public IEnumerator<int> GetEnumerator()
    {
        for (var i = 0; i < Rank; i++) yield return _sizes[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether both have the same sizes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether they differ in a size.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    [InlineArray(MaxRank)]
    struct Sizes
    {
        int _0;
    }
}
