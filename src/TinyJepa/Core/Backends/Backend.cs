namespace TinyJepa;

/// <summary>
/// Where tensors are and the primitives that everything else is made of. Operations check shapes and record; a backend only computes.
/// </summary>
/// <remarks>
/// <para>
/// <b>A backend of your own</b> derives from this class in any assembly and implements the abstract members. Everything fused is virtual and
/// composed of them, so a new backend starts small and becomes fast by overriding what its measurements name.
/// </para>
/// <para><b>Shapes</b> are checked before a primitive is called; a primitive need not check them again.</para>
/// <para>
/// <b>Tensors</b> are dense row-major views of a <see cref="Storage"/>: <see cref="StorageOf{TStorage}"/> gives the block and the offset, and
/// refuses a tensor of another backend. Get every operand through it, or through a check of your own that does the same: operations do not
/// check it again.
/// </para>
/// <para>
/// <b>Accumulation</b>: where <c>accumulate</c> is set, or <see cref="GradientTarget.Accumulate"/>, the result is added to what the target
/// holds. Otherwise the target is overwritten and its old elements, which may be NaN, are not read. The docs write <c>[y +]</c> for it.
/// A gradient that nobody needs is null.
/// </para>
/// <para>
/// <b>Aliasing</b>: in <see cref="Add"/>, <see cref="Map"/>, <see cref="Zip"/> and <see cref="Softmax"/> the result may be exactly one of the
/// operands of its shape.
/// Apart from that no result overlaps an operand or another result.
/// </para>
/// <para>
/// <b>Empty tensors</b> may be passed everywhere. A sum over an empty axis, and a product over an empty inner size, is zero.
/// </para>
/// <para>
/// <b>Threads and order</b>: primitives are called from any thread, at the same time for different tensors. What one thread calls happens in
/// the order of its calls, as in one stream; a backend may return before the work is done. Only <see cref="Download"/> waits for it.
/// <see cref="Upload(ReadOnlySpan{float}, Tensor)"/> must have read its values before it returns. A tensor that crosses threads is handed over
/// by the program, which synchronises as for any object.
/// </para>
/// <para>
/// <b>Lifetime</b>: an operand may become garbage during the call; whoever works on after that, as a device does, keeps the storage alive or
/// frees it in stream order.
/// </para>
/// </remarks>
public abstract partial class Backend
{
    /// <summary>The processor.</summary>
    public static Backend Cpu { get; } = new CpuBackend();

    /// <summary>
    /// The backend of tensors and parameters made without naming one: the processor, unless the program sets another. It is one for the whole
    /// process.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public static Backend Default
    {
        get => Volatile.Read(ref s_default) ?? Cpu;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            Volatile.Write(ref s_default, value);
        }
    }

    static Backend? s_default;

    /// <summary>A name for messages, for example "the processor".</summary>
    public abstract string Name { get; }

    /// <summary>A new block of at least this many floats; their values are undefined.</summary>
    /// <exception cref="OutOfMemoryException">There is no room for it.</exception>
    public abstract Storage Allocate(int length);

    /// <summary>Copies values into a tensor of as many elements.</summary>
    public abstract void Upload(ReadOnlySpan<float> values, Tensor y);

    /// <summary>Copies bytes into a tensor of as many elements, as floats from 0 to 255.</summary>
    public virtual void Upload(ReadOnlySpan<byte> values, Tensor y)
    {
        var floats = new float[values.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertTruncating(values, floats.AsSpan());
        Upload(floats, y);
    }

    /// <summary>Waits for all that this thread has called, and copies a tensor's elements out.</summary>
    public abstract void Download(Tensor x, Span<float> values);

    /// <summary>The elements as process memory, if they are.</summary>
    /// <exception cref="NotSupportedException">They are not in this process's memory.</exception>
    public virtual Span<float> Span(Tensor x) => throw new NotSupportedException(
        $"The elements of this tensor are on {Name}, not in this process's memory: "
        + "read them with ToArray() or CopyTo, write them with CopyFrom or Tensor.From.");

    /// <summary>The block behind a tensor of this backend, and where in it the tensor begins.</summary>
    /// <param name="x">A tensor that is alive.</param>
    /// <param name="offset">The first element's place in the block, in floats.</param>
    /// <typeparam name="TStorage">The backend's own kind of storage.</typeparam>
    /// <exception cref="InvalidOperationException">The tensor is on another backend.</exception>
    /// <exception cref="ObjectDisposedException">The tensor's scope has ended.</exception>
    protected TStorage StorageOf<TStorage>(Tensor x, out int offset) where TStorage : Storage
    {
        var node = x.Node;
        offset = node.Offset;
        if (node.Storage is TStorage storage && storage.Backend == this) return storage;
        Throw.Backends(this, node.Storage.Backend);
        return null;
    }

    /// <summary>The place for a packed copy of a weight that is frozen; null if its elements may change, or if the tensor is only a view of it.</summary>
    protected static FrozenWeight? FrozenWeightOf(Tensor weight) => weight.Node is { Base: null, Frozen: { } frozen } ? frozen : null;

    /// <summary>A view of a tensor's elements under another shape, from an element on: for primitives that are composed of others.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="shape">The shape of the view.</param>
    /// <param name="start">The first element.</param>
    protected static Tensor View(Tensor x, in Shape shape, int start = 0) => new(Arena.NewView(x.Node, shape, x.Node.Offset + start));

    /// <summary>How many rows a tensor has, and how many elements each of them: its last axis.</summary>
    protected static (int Rows, int Width) RowsOf(Tensor x) => (x.Shape[-1] == 0 ? 0 : x.Length / x.Shape[-1], x.Shape[-1]);
}
