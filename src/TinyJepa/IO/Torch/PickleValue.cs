namespace TinyJepa.IO;

/// <summary>A dictionary of a pickle: pairs in the order they were set. One byte of a file makes one, so it is small until it holds something.</summary>
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

/// <summary>A name that a pickle asked for and that stands on the list of allowed ones. It is never looked up anywhere.</summary>
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
sealed record PickledStorageType(NumberType Type);

/// <summary>A type of NumPy's, as data; its scalars stand among the figures of many checkpoints.</summary>
sealed record PickledNumPyType(NumberType Type);

/// <summary>Something PyTorch has an object for and this library only the name, such as <c>torch.float32</c>.</summary>
sealed record PickledName(string Name);

/// <summary>A storage: an entry of the zip, checked against its size.</summary>
sealed record PickledStorage(ZipEntry Entry, NumberType Type, long Count);

/// <summary>A tensor: a window on a storage, checked to lie inside it.</summary>
sealed record PickledTensor(PickledStorage Storage, long Offset, Shape Shape, long[]? Strides);
