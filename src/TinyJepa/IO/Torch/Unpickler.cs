using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace TinyJepa.IO;

/// <summary>
/// The opcodes of pickle protocol 2 that a saved state dict needs (those of PyTorch's weights-only unpickler), on a stack machine that
/// handles data only: a name outside <see cref="TorchGlobals"/> is an error, and no name is ever resolved. It is stricter where PyTorch's own
/// restricted reader had vulnerabilities: items are set on dictionaries only, states on OrderedDicts only (CVE-2026-24747), and no old or
/// nested format is passed to another reader (CVE-2025-32434).
/// </summary>
ref struct Unpickler
{
    const int LongestName = 255;
    static readonly object s_true = true, s_false = false;
    static readonly object[] s_bytes = [.. Enumerable.Range(0, 256).Select(value => (object)(long)value)];
    static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    readonly TorchGlobals _globals;
    readonly Dictionary<uint, object?> _memo = [];
    readonly List<object?> _stack = [];
    readonly List<int> _marks = [];
    ReadOnlySpan<byte> _rest;

    Unpickler(ReadOnlySpan<byte> pickle, TorchGlobals globals)
    {
        _rest = pickle;
        _globals = globals;
    }

    /// <summary>The value of a pickle and its number of opcodes.</summary>
    internal static (object? Value, int Opcodes) Read(ReadOnlySpan<byte> pickle, TorchGlobals globals)
    {
        var machine = new Unpickler(pickle, globals);
        var opcodes = 1;
        while (machine.Step()) opcodes++;
        if (machine._rest.Length > 0) throw machine.Broken($"{machine._rest.Length} bytes follow its end");
        if (machine._stack.Count != 1 || machine._marks.Count > 0) throw machine.Broken("it does not end with exactly one value");
        return (machine._stack[0], opcodes);
    }

    bool Step()
    {
        var opcode = (char)Take(1)[0];
        switch (opcode)
        {
            case '\x80': Protocol(); break;
            case '.': return false;
            case '(': _marks.Add(_stack.Count); break;
            case 'N': Push(null); break;
            case '\x88': Push(s_true); break;
            case '\x89': Push(s_false); break;
            case 'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 'K': Push(s_bytes[Take(1)[0]]); break;
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case '\x8a': Push(Number(Take(Take(1)[0]))); break;
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case 'X': Push(Text(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))))); break;
            case 'U': Push(Encoding.Latin1.GetString(Take(Take(1)[0]))); break;
            case '}': Push(new PickledDict()); break;
            case ']': Push(new PickledList()); break;
            case ')': Push(Array.Empty<object?>()); break;
            case 't': Push(PopMarked()); break;
            case '\x85': Push(PopLast(1)); break;
            case '\x86': Push(PopLast(2)); break;
            case '\x87': Push(PopLast(3)); break;
            case 'a': Append(Pop()); break;
            case 'e': Append(PopMarked().AsSpan()); break;
            case 's': SetItems(PopLast(2)); break;
            case 'u': SetItems(PopMarked()); break;
            case 'q': _memo[Take(1)[0]] = Top(); break;
            case 'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top(); break;
            case 'h': Push(Remembered(Take(1)[0])); break;
            case 'j': Push(Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)))); break;
            case 'c': Push(_globals.Find(Line(), Line())); break;
            case 'R': Reduce(); break;
            case '\x81': New(); break;
            case 'b': Build(); break;
            case 'Q': Push(_globals.Storage(Pop())); break;
            default: throw Broken($"it has the opcode 0x{(int)opcode:X2}, which a saved state dict of protocol 2 does not need");
        }

        return true;
    }

    void Protocol()
    {
        var version = Take(1)[0];
        if (version != 2) throw Broken($"it is of pickle protocol {version}; save it with PyTorch's own, 2 (torch.save without pickle_protocol)");
    }

    void Reduce()
    {
        var arguments = Pop() as object[] ?? throw Broken("it calls something with arguments that are not a tuple");
        var what = Pop();
        Push(what is PickledGlobal global ? _globals.Call(global, arguments) : throw Broken("it calls something that is not a function"));
    }

    /// <summary>OrderedDict is the only type whose empty instances are data here.</summary>
    void New()
    {
        if (Pop() is not object[] { Length: 0 } || Pop() is not PickledGlobal.OrderedDict) throw Broken("it makes an object that is not an empty OrderedDict");
        Push(new PickledDict());
    }

    /// <summary>A state dict has the versions of its modules as an attribute, which is not needed; a NumPy type has its byte order.</summary>
    readonly void Build()
    {
        var state = Pop();
        if (Top() is PickledNumPyType && state is object[] and [3L, "<" or "|", null, null, null, long, long, long]) return;
        if (state is not PickledDict || Top() is not PickledDict) throw Broken("it gives attributes to something that is not an OrderedDict");
    }

    readonly void Append(params ReadOnlySpan<object?> items)
    {
        var list = Top() as PickledList ?? throw Broken("it appends to something that is not a list");
        list.Add(items);
    }

    readonly void SetItems(object?[] items)
    {
        var dict = Top() as PickledDict ?? throw Broken("it sets items of something that is not a dictionary");
        if (items.Length % 2 != 0) throw Broken("it sets a key without a value");
        for (var i = 0; i < items.Length; i += 2) dict.Add(items[i], items[i + 1]);
    }

    readonly object? Remembered(uint index) => _memo.TryGetValue(index, out var value) ? value : throw Broken($"it reads the memo {index}, which it " +
        "never wrote");

    static object Number(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long)) return new BigInteger(bytes);
        var value = bytes.Length > 0 && bytes[^1] > 127 ? -1L : 0L;
        for (var i = bytes.Length - 1; i >= 0; i--) value = value << 8 | bytes[i];
        return value;
    }

    readonly string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return s_utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw Broken("it has a string that is not UTF-8");
        }
    }

    string Line()
    {
        var end = _rest.IndexOf((byte)'\n');
        if (end is < 0 or > LongestName) throw Broken("it has a name without an end");
        var line = Text(_rest[..end]);
        _rest = _rest[(end + 1)..];
        return line;
    }

    ReadOnlySpan<byte> Take(uint count)
    {
        if (count > _rest.Length) throw Broken("it is cut off");
        var bytes = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return bytes;
    }

    readonly void Push(object? value) => _stack.Add(value);

    readonly object? Pop()
    {
        var top = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return top;
    }

    readonly object? Top()
    {
        if (_stack.Count <= Floor()) throw Broken("it takes a value from an empty stack");
        return _stack[^1];
    }

    readonly object?[] PopLast(int count)
    {
        if (_stack.Count - count < Floor()) throw Broken("it takes a value from an empty stack");
        return Cut(_stack.Count - count);
    }

    readonly object?[] PopMarked()
    {
        if (_marks.Count == 0) throw Broken("it takes values up to a mark that it never set");
        var start = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return Cut(start);
    }

    readonly object?[] Cut(int start)
    {
        if (start == _stack.Count) return [];
        var items = new object?[_stack.Count - start];
        _stack.CopyTo(start, items, 0, items.Length);
        _stack.RemoveRange(start, items.Length);
        return items;
    }

    /// <summary>Values below the last mark must not be popped.</summary>
    readonly int Floor() => _marks.Count == 0 ? 0 : _marks[^1];

    readonly InvalidDataException Broken(string what) => _globals.Broken(what);
}
