namespace TinyJepa.Kernels;

/// <summary>Where the operands of a tile lie; distances of A in bytes, the others in floats.</summary>
unsafe struct MicroTile
{
    internal int Depth;                                  // steps of the sum, in each tap
    internal byte* A;
    internal nint ARow, AStep;                           // from row to row, and from step to step
    internal int Taps;                                   // segments of a row of A, for windows of an image,
    internal nint Jump;                                  // and from the end of one to the beginning of the next
    internal float* Panel, Start, C;
    internal nint PanelRow, StartRow, CRow;

    internal byte* Ahead;                                // rows of A to prefetch, or null
    internal int Panels;                                 // panels side by side,
    internal nint NextPanel, NextStart;                  // and the distance of them, and of what their chains start from

    /// <summary>The tile some packs further to the right.</summary>
    internal readonly MicroTile Right(int packs) => this with { Panel = Panel + 16 * packs, Start = Start + 16 * packs, C = C + 16 * packs };

    /// <summary>The tile some rows further down.</summary>
    internal readonly MicroTile Below(int rows) => this with { A = A + rows * ARow, Start = Start + rows * StartRow, C = C + rows * CRow };

    /// <summary>On to the next panel.</summary>
    internal void Move()
    {
        Panel += NextPanel;
        Start += NextStart;
        C += MicroKernel.PanelColumns;
    }
}
