namespace TinyJepa.Bench.Rows;

/// <summary>The rows by name; `peers/rows.py` lists the same names with their floating-point operations.</summary>
static class Catalogue
{
    /// <summary>Makes the row's workload, or null for a name that is not ours.</summary>
    internal static Workload? Make(string name) => name.Split('.') switch
    {
        ["peak", "fma"] => new FmaPeak(),
        ["gemm", var variant, var shape] => Gemms.Make(variant, shape),
        ["conv", var layer, var batch, var way] => Convs.Make(layer, batch, way),
        _ => Functions.Make(name) ?? Steps.Make(name) ?? Inference.Make(name),
    };
}
