using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Text;

namespace TinyJepa;

/// <summary>
/// Float32 elements in a dense row-major block: a light handle, copied freely, never disposed. Made inside a <see cref="Scope"/> or
/// <see cref="Tape"/> it dies with it, and touching it later throws; made outside it lives as long as somebody holds it. A static field's
/// tensor is made when the field is first touched: touch it outside scopes, or keep it.
/// </summary>
public readonly struct Tensor
{
    readonly Node _node;
    readonly int _life;

    internal Tensor(Node node) => (_node, _life) = (node, node.Life);

    internal Node Node
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var node = _node;
            if (node is null || node.Life != _life) Throw.Dead(node is null);
            return node;
        }
    }

    /// <summary>The sizes of the axes, outermost first.</summary>
    public Shape Shape => Node.Shape;

    /// <summary>How many elements.</summary>
    public int Length => Node.Shape.Elements;

    /// <summary>Where the elements are and who computes with them.</summary>
    public Backend Backend => Node.Storage.Backend;

    /// <summary>Whether the tensor may still be used: its scope is open.</summary>
    public bool IsAlive => _node is not null && _node.Life == _life;

    /// <summary>The value of a tensor with one element. On another device this waits for everything that was started before.</summary>
    /// <exception cref="InvalidOperationException">It has more or none.</exception>
    public float Item
    {
        get
        {
            if (Length != 1) throw new InvalidOperationException(
                $"Item reads a tensor of one element, but the shape is {Shape}. Use ToArray(), Span or an index.");
            Span<float> value = [0f];
            Backend.Download(this, value);
            return value[0];
        }
    }

    /// <summary>The elements themselves, to read and to write. Writes are not recorded by a tape.</summary>
    /// <exception cref="NotSupportedException">They are not in this process's memory; use <see cref="CopyTo"/>.</exception>
    /// <exception cref="InvalidOperationException">The tensor is a frozen parameter.</exception>
    public Span<float> Span
    {
        get
        {
            ThrowIfFrozen();
            return Backend.Span(this);
        }
    }

    /// <summary>
    /// The elements as a view with the same shape for System.Numerics.Tensors; a scalar becomes [1], since a span without axes is empty there.
    /// </summary>
    public ReadOnlyTensorSpan<float> AsTensorSpan()
    {
        Span<nint> lengths = stackalloc nint[Shape.MaxRank];
        var rank = 0;
        for (; rank < Shape.Rank; rank++) lengths[rank] = Shape[rank];
        if (rank == 0) lengths[rank++] = 1;
        return new ReadOnlyTensorSpan<float>(Span, lengths[..rank], []);
    }

    /// <summary>A tensor with undefined elements, to be overwritten.</summary>
    public static Tensor Empty(in Shape shape, Backend? backend = null) => new(Arena.NewNode(shape, backend ?? Backend.Default));

    /// <summary>A tensor of zeros.</summary>
    public static Tensor Zeros(in Shape shape, Backend? backend = null) => Full(shape, 0f, backend);

    /// <summary>A tensor of ones.</summary>
    public static Tensor Ones(in Shape shape, Backend? backend = null) => Full(shape, 1f, backend);

    /// <summary>A tensor of one value.</summary>
    public static Tensor Full(in Shape shape, float value, Backend? backend = null)
    {
        var y = Empty(shape, backend);
        y.Backend.Fill(y, value);
        return y;
    }

    /// <summary>A scalar, of shape [].</summary>
    public static Tensor Scalar(float value, Backend? backend = null) => Full([], value, backend);

    /// <summary>A tensor with a copy of the values, row-major.</summary>
    /// <exception cref="ArgumentException">There are more or fewer values than the shape holds.</exception>
    public static Tensor From(ReadOnlySpan<float> values, in Shape shape, Backend? backend = null)
    {
        if (values.Length != shape.Elements)
            throw new ArgumentException($"The shape {shape} holds {shape.Elements} elements, but {values.Length} values were given.");
        var y = Empty(shape, backend);
        y.Backend.Upload(values, y);
        return y;
    }

    /// <summary>A tensor of bytes as floats from 0 to 255, row-major. They travel to another device as bytes, a quarter of the traffic.</summary>
    /// <exception cref="ArgumentException">There are more or fewer values than the shape holds.</exception>
    public static Tensor FromBytes(ReadOnlySpan<byte> values, in Shape shape, Backend? backend = null)
    {
        if (values.Length != shape.Elements)
            throw new ArgumentException($"The shape {shape} holds {shape.Elements} elements, but {values.Length} bytes were given.");
        var y = Empty(shape, backend);
        y.Backend.Upload(values, y);
        return y;
    }

    /// <summary>A row of values, of shape [n].</summary>
    public static Tensor From(ReadOnlySpan<float> values) => From(values, [values.Length]);

    /// <summary>A tensor with a copy of the elements and shape of a tensor span.</summary>
    public static Tensor From(in ReadOnlyTensorSpan<float> values)
    {
        Span<int> sizes = stackalloc int[values.Rank];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = checked((int)values.Lengths[i]);
        var y = Empty(Shape.Create(sizes), Backend.Cpu);
        values.FlattenTo(y.Span);
        return y.To(Backend.Default);
    }

    /// <summary>Overwrites the elements, row-major. A tape does not record it.</summary>
    /// <exception cref="ArgumentException">There are more or fewer values than elements.</exception>
    /// <exception cref="InvalidOperationException">The tensor is a frozen parameter.</exception>
    public void CopyFrom(ReadOnlySpan<float> values)
    {
        if (values.Length != Length) throw new ArgumentException($"The tensor of shape {Shape} has {Length} elements, but {values.Length} values were given.");
        ThrowIfFrozen();
        Backend.Upload(values, this);
    }

    /// <summary>Overwrites the elements with those of a tensor of the same shape, which may be on another backend. A tape does not record it.</summary>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="InvalidOperationException">The tensor is a frozen parameter.</exception>
    public void CopyFrom(Tensor other)
    {
        if (other.Shape != Shape) Throw.Mismatch("CopyFrom", Shape, other.Shape, "both must have the same shape");
        ThrowIfFrozen();
        if (other.Backend == Backend) Backend.Copy(other, this);
        else Backend.Upload(other.ToArray(), this);
    }

    /// <summary>Copies the elements out, row-major.</summary>
    /// <exception cref="ArgumentException">The span is shorter than the tensor.</exception>
    public void CopyTo(Span<float> destination)
    {
        if (destination.Length < Length)
            throw new ArgumentException($"The tensor of shape {Shape} has {Length} elements; the span has room for {destination.Length}.");
        Backend.Download(this, destination[..Length]);
    }

    /// <summary>A new array with the elements, row-major.</summary>
    public float[] ToArray()
    {
        var values = new float[Length];
        Backend.Download(this, values);
        return values;
    }

    /// <summary>The same elements on another backend; this tensor itself if it is there already.</summary>
    public Tensor To(Backend backend) => backend == Backend ? this : From(ToArray(), Shape, backend);

    /// <summary>A constant copy of the elements, unknown to any tape.</summary>
    public Tensor Clone()
    {
        var y = Empty(Shape, Backend);
        Backend.Copy(this, y);
        return y;
    }

    /// <summary>The same elements as a constant: gradients stop here. Shares memory.</summary>
    public Tensor Detach()
    {
        var node = Arena.NewView(Node, Shape, Node.Offset);
        node.Base = null;
        node.Tracker = null;
        return new Tensor(node);
    }

    /// <summary>Shape and first elements, for debuggers and logs.</summary>
    public override string ToString()
    {
        if (!IsAlive) return "Tensor (dead)";
        const int shown = 8;
        var text = new StringBuilder($"Tensor {Shape} {{ ");
        using var scope = Scope.Begin();                            // a view outside scopes would pin a parameter to its place
        Span<float> values = stackalloc float[Math.Min(shown, Length)];
        if (values.Length > 0) Backend.Download(new Tensor(Arena.NewView(Node, [values.Length], Node.Offset)), values);
        for (var i = 0; i < values.Length; i++) text.Append(i == 0 ? "" : ", ").Append(values[i].ToString("G6", null));
        return text.Append(Length > shown ? ", … }" : " }").ToString();
    }

    /// <summary>Whether the running backward pass needs the gradient of this tensor, and where it goes. For <see cref="IOp.Backward"/>.</summary>
    public bool NeedsGradient(out GradientTarget target)
    {
        if (Arena.Current is { Recording: { IsTape: true } tape } && Node.Root.TrackedBy(tape))
        {
            target = tape.TargetOf(Node);
            return true;
        }

        target = default;
        return false;
    }

    /// <summary>Where the gradient of this tensor goes; null if the running backward pass does not need it.</summary>
    public GradientTarget? GradientTargetOrNull() => NeedsGradient(out var target) ? target : null;

    void ThrowIfFrozen()
    {
        if (Node.Root.Frozen is not null) Throw.Frozen(Shape);
    }
}
