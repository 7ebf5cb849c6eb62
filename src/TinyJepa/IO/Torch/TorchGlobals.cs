using System.Text;

namespace TinyJepa.IO;

/// <summary>
/// The global names that a PyTorch file may use, each of which stands for data, and the results of "calling" them. Storages and tensors are
/// checked here against the entries of the zip, in arithmetic that cannot overflow, before they are created.
/// </summary>
sealed class TorchGlobals(ZipDirectory zip, string folder)
{
    readonly Dictionary<string, PickledStorage> _storages = new(StringComparer.Ordinal);

    internal object Find(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") => PickledGlobal.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2") => PickledGlobal.RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => PickledGlobal.RebuildParameter,
        ("torch._utils", "_rebuild_parameter_with_state") => PickledGlobal.RebuildParameterWithState,
        ("torch", "Size") => PickledGlobal.Size,
        ("torch", "device") => PickledGlobal.Device,
        ("_codecs", "encode") => PickledGlobal.Encode,
        ("numpy", "dtype") => PickledGlobal.NumPyType,
        ("numpy.core.multiarray" or "numpy._core.multiarray", "scalar") => PickledGlobal.NumPyScalar,
        ("torch", "FloatStorage") => new PickledStorageType(ElementType.F32),
        ("torch", "DoubleStorage") => new PickledStorageType(ElementType.F64),
        ("torch", "HalfStorage") => new PickledStorageType(ElementType.F16),
        ("torch", "BFloat16Storage") => new PickledStorageType(ElementType.BF16),
        ("torch", "LongStorage") => new PickledStorageType(ElementType.I64),
        ("torch", "IntStorage") => new PickledStorageType(ElementType.I32),
        ("torch", "ShortStorage") => new PickledStorageType(ElementType.I16),
        ("torch", "CharStorage") => new PickledStorageType(ElementType.I8),
        ("torch", "ByteStorage") => new PickledStorageType(ElementType.U8),
        ("torch", "BoolStorage") => new PickledStorageType(ElementType.BOOL),
        ("torch", "float32" or "float64" or "float16" or "bfloat16" or "int64" or "int32" or "int16" or "int8" or "uint8" or "bool") =>
            new PickledName($"torch.{name}"),
        ("torch", _) when name.EndsWith("Storage", StringComparison.Ordinal) => throw Broken($"its element type torch.{Names.Shown(name)} is not supported"),
        _ => throw Broken($"it uses '{Names.Shown($"{module}.{name}")}', and only tensors, dictionaries, lists, tuples, numbers and strings are read. If you " +
            "trust it, load it in PyTorch and save model.state_dict() alone"),
    };

    internal object? Call(PickledGlobal global, object?[] arguments) => (global, arguments) switch
    {
        (PickledGlobal.OrderedDict, []) => new PickledDict(),
        (PickledGlobal.RebuildTensor, [PickledStorage storage, long offset, object[] sizes, object[] strides, bool, .. { Length: 1 or 2 }]) =>
            Tensor(storage, offset, sizes, strides),
        (PickledGlobal.RebuildParameter, [PickledTensor tensor, bool, _]) => tensor,
        (PickledGlobal.RebuildParameterWithState, [PickledTensor tensor, bool, _, _]) => tensor,
        (PickledGlobal.Size, [object[] sizes]) => sizes,
        (PickledGlobal.Device, [string device]) => new PickledName(device),
        (PickledGlobal.Device, [string device, long index]) => new PickledName($"{device}:{index}"),
        // Protocol 2 has no bytes type: bytes are strings whose characters are bytes.
        (PickledGlobal.Encode, [string text, "latin1"]) when text.All(letter => letter < 256) => Encoding.Latin1.GetBytes(text),
        (PickledGlobal.NumPyType, [string name, bool, bool]) when NpyHeader.TypeOf(name) is { } type => new PickledNumPyType(type),
        (PickledGlobal.NumPyScalar, [PickledNumPyType type, byte[] bytes]) when bytes.Length == type.Type.Bytes() => ElementTypes.ToValue(bytes, type.Type),
        _ => throw Broken($"it calls {global} with arguments of other kinds than PyTorch's"),
    };

    /// <summary>The storage of a persistent id ('storage', type, key, location, count).</summary>
    internal PickledStorage Storage(object? id)
    {
        if (id is not object[] parts || parts is not ["storage", PickledStorageType type, string key, string, long count])
            throw Broken("it has a persistent id that is not a storage's");
        if (_storages.TryGetValue(key, out var known))
            return known.Type == type.Type && known.Count == count ? known : throw Broken($"the storage '{Names.Shown(key)}' is used with two types or sizes");
        if (key.Length == 0 || !key.All(char.IsAsciiLetterOrDigit)) throw Broken($"the storage '{Names.Shown(key)}' has no name that PyTorch gives");
        var entry = zip.Find($"{folder}data/{key}") ?? throw Broken($"the storage '{Names.Shown(key)}' is not in the file");
        if (count < 0 || (Int128)count * type.Type.Bytes() != entry.Length)
            throw Broken($"the storage '{Names.Shown(key)}' should hold {count} elements of {type.Type}, but its entry has {entry.Length} bytes");
        var storage = new PickledStorage(entry, type.Type, count);
        _storages.Add(key, storage);
        return storage;
    }

    internal InvalidDataException Broken(string what) => new($"{zip.Source.Name} is not a PyTorch file that can be read safely: {what}.");

    PickledTensor Tensor(PickledStorage storage, long offset, object?[] sizes, object?[] strides)
    {
        if (sizes.Length != strides.Length) throw Broken($"a tensor has {sizes.Length} sizes and {strides.Length} strides");
        if (sizes.Length > Shape.MaxRank) throw Broken($"a tensor has {sizes.Length} axes; at most {Shape.MaxRank} are supported");
        if (offset < 0) throw Broken($"a tensor begins at {offset}");
        Span<int> axes = stackalloc int[sizes.Length];
        var steps = new long[sizes.Length];
        Int128 count = 1, last = offset;
        for (var i = 0; i < axes.Length; i++)
        {
            if (sizes[i] is not long size || strides[i] is not long stride) throw Broken("a tensor has a size or stride that is not an integer");
            if (size is < 0 or > int.MaxValue) throw Broken($"a tensor has the size {size}");
            if (stride < 0) throw Broken($"a tensor has the negative stride {stride}");
            (axes[i], steps[i]) = ((int)size, stride);
            count *= size;
            if (count > int.MaxValue) throw Broken($"a tensor has more than {int.MaxValue} elements");
            last += (Int128)Math.Max(0, size - 1) * stride;
        }

        if (count > 0 && last >= storage.Count) throw Broken($"a tensor reaches element {last} of a storage of {storage.Count}");
        if (count == 0 && offset > storage.Count) throw Broken($"an empty tensor begins at element {offset} of a storage of {storage.Count}");
        // A few bytes must not become gigabytes: only expanded views are larger than their storage.
        if (count > storage.Count)
            throw Broken($"a tensor of {count} elements is an expanded view of a storage of {storage.Count}. Save it with .contiguous()");
        return new PickledTensor(storage, offset, Shape.Create(axes), RowMajor(axes, steps) ? null : steps);
    }

    static bool RowMajor(ReadOnlySpan<int> sizes, ReadOnlySpan<long> strides)
    {
        var due = 1L;
        for (var i = sizes.Length - 1; i >= 0; due *= Math.Max(1, sizes[i--]))
            if (sizes[i] > 1 && strides[i] != due) return false;
        return true;
    }
}
