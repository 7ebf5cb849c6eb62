using System.Runtime.InteropServices;
using System.Text;

namespace TinyJepa.Tests.IO;

/// <summary>
/// ONNX Runtime through its C interface: a table of functions whose order never changes, called by their places in it, so that no binding is
/// needed.
/// </summary>
sealed unsafe class OnnxRuntime : IDisposable
{
    const int GetErrorMessage = 2, CreateEnv = 3, CreateSessionFromArray = 8, RunSession = 9, CreateSessionOptions = 10, SetIntraOpThreads = 24,
        CreateTensorWithData = 49, CreateCpuMemoryInfo = 69, ReleaseEnv = 92, ReleaseStatus = 93, ReleaseMemoryInfo = 94, ReleaseSession = 95, ReleaseValue = 96,
        ReleaseSessionOptions = 100;

    const int ApiVersion = 11, Warning = 2, Float = 1;

    readonly nint _library;
    readonly nint* _api;
    nint _environment, _memory;

    internal OnnxRuntime(string library)
    {
        _library = NativeLibrary.Load(library);
        var table = ((delegate* unmanaged<nint*>)NativeLibrary.GetExport(_library, "OrtGetApiBase"))();
        _api = ((delegate* unmanaged<uint, nint*>)table[0])(ApiVersion);
        Version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)table[1])())!;
        nint made;
        fixed (byte* name = "tests"u8) Check(((delegate* unmanaged<int, byte*, nint*, nint>)_api[CreateEnv])(Warning, name, &made));
        _environment = made;
        Check(((delegate* unmanaged<int, int, nint*, nint>)_api[CreateCpuMemoryInfo])(0, 0, &made));
        _memory = made;
    }

    internal string Version { get; }

    /// <summary>Runs a model of one output, whose shape must be the one expected.</summary>
    internal float[] Run(byte[] model, IReadOnlyList<(string Name, Tensor Value)> inputs, string output, Shape shape)
    {
        nint options, session;
        Check(((delegate* unmanaged<nint*, nint>)_api[CreateSessionOptions])(&options));
        Check(((delegate* unmanaged<nint, int, nint>)_api[SetIntraOpThreads])(options, 1));
        fixed (byte* bytes = model)
            Check(((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)_api[CreateSessionFromArray])(_environment, bytes, (nuint)model.Length, options, &session));
        var result = new float[shape.Elements];
        nint[] names = [.. inputs.Select(input => Text(input.Name)), Text(output)], values = new nint[inputs.Count + 1];
        float[][] numbers = [.. inputs.Select(input => input.Value.ToArray()), result];
        GCHandle[] pins = [.. numbers.Select(array => GCHandle.Alloc(array, GCHandleType.Pinned))];
        try
        {
            for (var i = 0; i < values.Length; i++) values[i] = Value(pins[i].AddrOfPinnedObject(), i < inputs.Count ? inputs[i].Value.Shape : shape);
            fixed (nint* name = names)
            fixed (nint* value = values)
                Check(((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)_api[RunSession])(
                    session, 0, name, value, (nuint)inputs.Count, name + inputs.Count, 1, value + inputs.Count));
        }
        finally
        {
            foreach (var value in values) Release(ReleaseValue, value);
            foreach (var name in names) Marshal.FreeCoTaskMem(name);
            foreach (var pin in pins) pin.Free();
            Release(ReleaseSession, session);
            Release(ReleaseSessionOptions, options);
        }

        return result;
    }

    public void Dispose()
    {
        Release(ReleaseMemoryInfo, _memory);
        Release(ReleaseEnv, _environment);
        NativeLibrary.Free(_library);
    }

    nint Value(nint data, Shape shape)
    {
        nint value;
        long[] sizes = [.. shape.Select(size => (long)size), 0];                        // never an empty array
        fixed (long* size = sizes)
            Check(((delegate* unmanaged<nint, nint, nuint, long*, nuint, int, nint*, nint>)_api[CreateTensorWithData])(
                _memory, data, (nuint)shape.Elements * sizeof(float), size, (nuint)shape.Rank, Float, &value));
        return value;
    }

    static nint Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text + '\0');
        var copy = Marshal.AllocCoTaskMem(bytes.Length);
        Marshal.Copy(bytes, 0, copy, bytes.Length);
        return copy;
    }

    void Release(int function, nint thing)
    {
        if (thing != 0) ((delegate* unmanaged<nint, void>)_api[function])(thing);
    }

    void Check(nint status)
    {
        if (status == 0) return;
        var message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)_api[GetErrorMessage])(status));
        Release(ReleaseStatus, status);
        throw new InvalidOperationException(message);
    }
}
