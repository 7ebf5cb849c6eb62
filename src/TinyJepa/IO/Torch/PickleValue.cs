namespace TinyJepa.IO;

/// <summary>A dictionary of a pickle: pairs in the order they were set.</summary>
sealed class PickledDict
{
    internal List<KeyValuePair<object?, object?>> Pairs { get; } = [];
}

/// <summary>A list of a pickle; tuples are plain arrays.</summary>
sealed class PickledList
{
    internal List<object?> Items { get; } = [];
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
}

/// <summary>The type of a storage, as data.</summary>
sealed record PickledStorageType(NumberType Type);

/// <summary>Something PyTorch has an object for and this library only the name, such as <c>torch.float32</c>.</summary>
sealed record PickledName(string Name);

/// <summary>A storage: an entry of the zip, checked against its size.</summary>
sealed record PickledStorage(ZipEntry Entry, NumberType Type, long Count);

/// <summary>A tensor: a window on a storage, checked to lie inside it.</summary>
sealed record PickledTensor(PickledStorage Storage, long Offset, Shape Shape, long[]? Strides);
