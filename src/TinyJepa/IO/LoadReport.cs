namespace TinyJepa.IO;

/// <summary>A parameter with different shapes in file and model.</summary>
/// <param name="Name">Its path in the model.</param>
/// <param name="InFile">The shape in the file.</param>
/// <param name="InModel">The shape in the model.</param>
public readonly record struct ShapeMismatch(string Name, Shape InFile, Shape InModel);

/// <summary>The result of loading; names are paths in the model.</summary>
/// <param name="Matched">Loaded.</param>
/// <param name="Missing">In the model only; they keep their values.</param>
/// <param name="Unexpected">In the file only.</param>
/// <param name="Mismatched">In both, with different shapes; they keep their values.</param>
public sealed record LoadReport(
    IReadOnlyList<string> Matched, IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<ShapeMismatch> Mismatched)
{
    /// <summary>Whether file and model have the same names and shapes.</summary>
    public bool IsExact => Missing.Count + Unexpected.Count + Mismatched.Count == 0;

    /// <summary>The differences in one line, or how many parameters were loaded if there are none.</summary>
    public override string ToString()
    {
        if (IsExact) return $"{Matched.Count} parameters matched";
        var shapes = Mismatched.Take(3).Select(one => $"'{Names.Shown(one.Name)}' has the shape {one.InFile} in the file and {one.InModel} in the model");
        if (Mismatched.Count > 3) shapes = shapes.Append($"{Mismatched.Count - 3} more have other shapes");
        return string.Join("; ", new[] { Names.List("missing", Missing), Names.List("unexpected", Unexpected) }.Where(part => part.Length > 0).Concat(shapes));
    }
}
