namespace TinyJepa.Tests.IO;

/// <summary>A test in which ONNX Runtime runs what was written. It needs its C library and says so where that is missing.</summary>
public sealed class OnnxRuntimeFactAttribute : FactAttribute
{
    public OnnxRuntimeFactAttribute()
    {
        if (Library is null) Skip = "No ONNX Runtime; set the environment variable ORT_LIBRARY to libonnxruntime.so (.dylib, onnxruntime.dll).";
    }

    /// <summary>Where the library is, if anywhere.</summary>
    public static string? Library { get; } = Environment.GetEnvironmentVariable("ORT_LIBRARY") is { Length: > 0 } path && File.Exists(path) ? path : null;
}
