namespace TinyJepa.Samples.DvdLogo;

/// <summary>The true centre of the logo in pixels. It is a label: probes and pictures may read it, the model never does.</summary>
/// <param name="Y">The row, growing downwards.</param>
/// <param name="X">The column, growing to the right.</param>
public readonly record struct Position(float Y, float X);
