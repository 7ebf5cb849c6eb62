using System.Globalization;
using System.Text;

namespace TinyJepa.IO;

/// <summary>
/// Files of <c>torch.save</c> since PyTorch 1.6: a zip of a pickle that describes the structure, and of raw storages. Read only. Nested
/// dictionaries become names joined by dots.
/// </summary>
static class TorchFile
{
    const int LongestPickle = 64 << 20, Deepest = 64, LongestName = 4096;

    /// <summary>The first bytes of the format before 1.6: protocol 2 and the pickled number 0x1950a86a20f9469cfc6c.</summary>
    static ReadOnlySpan<byte> OldMagic => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

    internal static bool IsOldFormat(ByteSource source) =>
        source.Begins([0x80, 2]) || source.Begins([0x80, 3]) || source.Begins([0x80, 4]) || source.Begins([0x80, 5]);

    internal static InvalidDataException OldFormat(ByteSource source) => new(source.Begins(OldMagic)
        ? $"{source.Name} is in PyTorch's format before 1.6, which is not read. Save it again with PyTorch: torch.save(torch.load(\"file\", " +
            "map_location=\"cpu\"), \"new.pt\")."
        : $"{source.Name} is a bare pickle, which is not read. Save its tensors with torch.save or numpy.savez.");

    internal static TensorFile Parse(ZipDirectory zip)
    {
        if (zip.Entries.Exists(entry => entry.Name.EndsWith("constants.pkl", StringComparison.Ordinal)))
            throw Broken(zip, "it is a TorchScript program. Save its weights alone: torch.save(torch.jit.load(\"file\").state_dict(), \"new.pt\")");
        if (zip.Entries.Find(entry => entry.Deflated) is { } packed)
            throw Broken(zip, $"its entry '{Names.Shown(packed.Name)}' is compressed, which PyTorch never does. Load it there and save it again");
        var folder = FolderOf(zip);
        var pickle = zip.Find(folder + "data.pkl")!;
        if (pickle.Length > LongestPickle) throw Broken(zip, $"its data.pkl claims {pickle.Length} bytes; at most {LongestPickle} are read");
        var bigEndian = BigEndian(zip, folder);
        var bytes = pickle.Open().Bytes(pickle.Offset, (int)pickle.Length);
        var globals = new TorchGlobals(zip, folder);
        var (root, opcodes) = Unpickler.Read(bytes, globals);
        return new Flattening(zip, bigEndian, opcodes, bytes.Length).Run(root);
    }

    static string FolderOf(ZipDirectory zip)
    {
        var pickles = zip.Entries.Where(entry => entry.Name == "data.pkl" || entry.Name.EndsWith("/data.pkl", StringComparison.Ordinal)).ToList();
        if (pickles.Count != 1 || pickles[0].Name.Split('/').Length > 2)
            throw Broken(zip, $"it has {pickles.Count} entries data.pkl where one in one folder is expected");
        var folder = pickles[0].Name[..^"data.pkl".Length];
        return folder;
    }

    static bool BigEndian(ZipDirectory zip, string folder)
    {
        if (zip.Find(folder + "byteorder") is not { } entry) return false;               // written since PyTorch 2.0
        if (entry.Length > 16) throw Broken(zip, $"its byteorder has {entry.Length} bytes");
        var order = entry.Open().Bytes(entry.Offset, (int)entry.Length);
        return order.SequenceEqual("little"u8) ? false : order.SequenceEqual("big"u8) ? true : throw Broken(zip, "its byteorder is neither little nor big");
    }

    static InvalidDataException Broken(ZipDirectory zip, string what) => new($"{zip.Source.Name} is not a PyTorch file that can be read safely: {what}.");

    /// <summary>
    /// Walks the nested value. A pickle may refer to one container many times, so visits and the total length of names are limited by its length.
    /// </summary>
    sealed class Flattening(ZipDirectory zip, bool bigEndian, int opcodes, int length)
    {
        readonly List<StoredTensor> _tensors = [];
        readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);
        readonly HashSet<string> _names = new(StringComparer.Ordinal);
        readonly StringBuilder _path = new();
        int _visits = 2 * opcodes + 64;
        long _characters = 8L * length + 1024;

        internal TensorFile Run(object? root)
        {
            Visit(root, 0);
            return new TensorFile(zip.Source, TensorFormat.Torch, _tensors, _values);
        }

        void Visit(object? value, int depth)
        {
            Count(depth);
            switch (value)
            {
                case PickledDict dict:
                    for (var i = 0; i < dict.Pairs.Count; i++) VisitUnder(KeyOf(dict.Pairs[i].Key), dict.Pairs[i].Value, depth);
                    break;
                case PickledList or object[] when !IsPlain(value, depth):
                    var items = Items(value);
                    for (var i = 0; i < items.Count; i++) VisitUnder(i.ToString(CultureInfo.InvariantCulture), items[i], depth);
                    break;
                case PickledTensor tensor:
                    var storage = tensor.Storage;
                    _tensors.Add(new StoredTensor(Name("tensor"), storage.Type, tensor.Shape, zip.Source, storage.Entry,
                        storage.Entry.Offset + tensor.Offset * storage.Type.Bytes(), tensor.Strides, bigEndian));
                    break;
                default:
                    _values.Add(Name(""), PlainOf(value, depth));
                    break;
            }
        }

        void VisitUnder(string key, object? value, int depth)
        {
            var length = _path.Length;
            if (length + key.Length >= LongestName) throw Broken(zip, $"a name is longer than {LongestName} characters");
            (depth > 0 ? _path.Append('.') : _path).Append(key);
            Visit(value, depth + 1);
            _path.Length = length;
        }

        /// <summary>The current path as a name. A container that is referred to twice gets its names twice, within the limit.</summary>
        string Name(string ofRoot)
        {
            if ((_characters -= _path.Length) < 0) throw Broken(zip, "it refers to the same lists or dictionaries again and again. Save a state dict alone");
            var name = _path.Length > 0 ? _path.ToString() : ofRoot;
            return _names.Add(name) ? name : throw Broken(zip, $"the name '{Names.Shown(name)}' occurs twice");
        }

        /// <summary>Whether a list holds plain values only, and is one itself.</summary>
        bool IsPlain(object? value, int depth)
        {
            Count(depth);
            if (value is PickledTensor or PickledDict) return false;
            if (value is not (PickledList or object[])) return true;
            var items = Items(value);
            for (var i = 0; i < items.Count; i++)
                if (!IsPlain(items[i], depth + 1)) return false;
            return true;
        }

        object? PlainOf(object? value, int depth) => value switch
        {
            PickledList or object[] => PlainList(value, depth),
            PickledName known => known.Name,
            PickledStorage or PickledStorageType or PickledNumPyType or PickledGlobal or byte[] => throw Broken(zip, "it holds a storage, type or function " +
                "where a value is expected"),
            _ => value,
        };

        List<object?> PlainList(object value, int depth)
        {
            Count(depth);
            return Items(value).Select(item => PlainOf(item, depth + 1)).ToList();
        }

        void Count(int depth)
        {
            if (depth > Deepest) throw Broken(zip, $"its values are nested more than {Deepest} deep");
            if (_visits-- == 0) throw Broken(zip, "it refers to the same lists or dictionaries again and again. Save a state dict alone");
        }

        string KeyOf(object? key) => key switch
        {
            string text => text,
            long number => number.ToString(CultureInfo.InvariantCulture),
            bool truth => truth ? "True" : "False",
            _ => throw Broken(zip, "a key of a dictionary is neither a string nor an integer"),
        };

        static IReadOnlyList<object?> Items(object? value) => value is PickledList list ? list.Items : (object?[])value!;
    }
}
