namespace TinyJepa.IO;

/// <summary>
/// A dictionary of a pickle: pairs in the order they were set. One byte of a file creates one, so it allocates nothing until it holds something.
/// </summary>
sealed class PickledDict
{
    List<KeyValuePair<object?, object?>>? _pairs;

    internal IReadOnlyList<KeyValuePair<object?, object?>> Pairs => _pairs is null ? [] : _pairs;

    internal void Add(object? key, object? value) => (_pairs ??= new(1)).Add(new(key, value));
}

/// <summary>A list of a pickle; tuples are plain arrays.</summary>
sealed class PickledList
{
    List<object?>? _items;

    internal IReadOnlyList<object?> Items => _items is null ? [] : _items;

    internal void Add(params ReadOnlySpan<object?> items) => (_items ??= new(items.Length)).AddRange(items);
}

/// <summary>An allowed global name of a pickle. It is never resolved to a type or function.</summary>
enum PickledGlobal
{
    OrderedDict,
    RebuildTensor,
    RebuildParameter,
    RebuildParameterWithState,
    Size,
    Device,
    Encode,
    NumPyType,
    NumPyScalar,
}

/// <summary>The type of a storage, as data.</summary>
sealed record PickledStorageType(ElementType Type);

/// <summary>A NumPy type, as data; many checkpoints hold NumPy scalars.</summary>
sealed record PickledNumPyType(ElementType Type);

/// <summary>An object of PyTorch of which only the name is kept, such as <c>torch.float32</c>.</summary>
sealed record PickledName(string Name);

/// <summary>A storage: an entry of the zip, checked against its size.</summary>
sealed record PickledStorage(ZipEntry Entry, ElementType Type, long Count);

/// <summary>A tensor: a range of a storage, checked to lie inside it.</summary>
sealed record PickledTensor(PickledStorage Storage, long Offset, Shape Shape, long[]? Strides);
