using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Rows of A times one packed panel of B, all sums in registers.</summary>
/// <remarks>
/// The accumulators are named locals because the JIT keeps only those in registers (an array of them ran at a third of the speed), and
/// nothing here calls anything: a call would spill every vector register. A tile of 14 rows by two packs fills the 32 registers of AVX-512,
/// and reads the panel at 4.6 bytes a cycle where 6 rows would need 10.7; with 16 registers of 256 bits it is 6 rows by one pack, and the
/// panel is walked twice. The number of rows is a type, so that each height is compiled for itself and no row is computed in vain.
/// </remarks>
static unsafe class MicroKernel
{
    /// <summary>Columns of a panel: two packs.</summary>
    internal const int PanelColumns = 32;

    /// <summary>Rows of the tallest tile: 14 in one go, or two parts of six.</summary>
    internal static int TileRows => Simd.Is512 ? MostRows : 12;

    /// <summary>The same at any width, for the size of buffers.</summary>
    internal const int MostRows = 14;

    /// <summary>c[i, j] = start[i, j] + Σ a[i, k]·panel[k, j] for up to <see cref="TileRows"/> rows and one or two packs of columns.</summary>
    /// <param name="kc">Steps of the sum.</param>
    /// <param name="a">The first row's first element; rows lie <paramref name="aRow"/> apart, steps of the sum <paramref name="aStep"/>.</param>
    /// <param name="aRow">Distance of rows of A.</param>
    /// <param name="rows">How many rows, at least one.</param>
    /// <param name="aStep">Distance of elements of A along k.</param>
    /// <param name="panel">Columns of B, their rows <paramref name="panelRow"/> apart.</param>
    /// <param name="start">Where the chains start; rows <paramref name="startRow"/> apart.</param>
    /// <param name="startRow">Distance of rows of the start, 0 for one row that serves all.</param>
    /// <param name="c">The results; rows <paramref name="cRow"/> apart.</param>
    /// <param name="cRow">Distance of rows of C.</param>
    /// <param name="panelRow">Distance of the panel's rows.</param>
    /// <param name="packs">One or two packs of columns.</param>
    internal static void Run<V>(
        int kc, float* a, nint aRow, int rows, nint aStep, float* panel, float* start, nint startRow, float* c, nint cRow,
        nint panelRow = PanelColumns, int packs = 2) where V : struct, ILanes<V> =>
        Run<V, One>(new Tile(kc, (byte*)a, aRow * sizeof(float), aStep * sizeof(float), panel, panelRow, start, startRow, c, cRow), rows, packs);

    /// <summary>The same for rows of A that consist of <paramref name="taps"/> stretches of <paramref name="kc"/> neighbours each: windows of an image.</summary>
    /// <param name="taps">How many stretches, at least one.</param>
    /// <param name="tapRow">Distance of a row's stretches.</param>
    /// <param name="kc">Steps of the sum in each.</param>
    /// <param name="a">The first row's first element.</param>
    /// <param name="aRow">Distance of rows of A.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="panel">Columns of B, 32 in a row.</param>
    /// <param name="start">Where the chains start.</param>
    /// <param name="startRow">Distance of rows of the start.</param>
    /// <param name="c">The results.</param>
    /// <param name="cRow">Distance of rows of C.</param>
    /// <param name="packs">One or two packs of columns.</param>
    internal static void Run<V>(
        int taps, nint tapRow, int kc, float* a, nint aRow, int rows, float* panel, float* start, nint startRow, float* c, nint cRow,
        int packs) where V : struct, ILanes<V> =>
        Run<V, Two>(
            new Tile(kc, (byte*)a, aRow * sizeof(float), sizeof(float), panel, PanelColumns, start, startRow, c, cRow, taps, (tapRow - kc) * sizeof(float)),
            rows, packs);

    static void Run<V, T>(in Tile t, int rows, int packs) where V : struct, ILanes<V> where T : struct, ICount
    {
        if (typeof(V) == typeof(Lanes512) && packs == 2)
        {
            Choose<V, Two, T>(t, rows);
            return;
        }

        for (var pack = 0; pack < packs; pack++)
        {
            if (typeof(V) != typeof(Lanes512)) Parts<V, T>(t.Right(pack), rows, typeof(V) == typeof(Lanes256x2) ? 6 : 2);
            else if (Simd.Halves512) Parts<Lanes256x2, T>(t.Right(pack), rows, 6);
            else Choose<V, One, T>(t.Right(pack), rows);
        }
    }

    /// <summary>The same for <paramref name="panels"/> whole panels side by side: the height is chosen once for all of them.</summary>
    /// <param name="kc">Steps of the sum.</param>
    /// <param name="a">The first row's first element.</param>
    /// <param name="aRow">Distance of rows of A.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="aStep">Distance of elements of A along k.</param>
    /// <param name="panel">The first panel.</param>
    /// <param name="panelRow">Distance of the panels' rows.</param>
    /// <param name="nextPanel">Distance of panels.</param>
    /// <param name="panels">How many panels.</param>
    /// <param name="start">Where the chains of the first panel start.</param>
    /// <param name="startRow">Distance of rows of the start.</param>
    /// <param name="nextStart">Distance of the starts of neighbouring panels.</param>
    /// <param name="c">The first panel's results.</param>
    /// <param name="cRow">Distance of rows of C.</param>
    /// <param name="ahead">Rows of A to ask for meanwhile, laid out as these are, or null.</param>
    internal static void Row<V>(
        int kc, float* a, nint aRow, int rows, nint aStep, float* panel, nint panelRow, nint nextPanel, int panels,
        float* start, nint startRow, nint nextStart, float* c, nint cRow, float* ahead) where V : struct, ILanes<V>
    {
        var t = new Tile(kc, (byte*)a, aRow * sizeof(float), aStep * sizeof(float), panel, panelRow, start, startRow, c, cRow) { Ahead = (byte*)ahead };
        if (typeof(V) == typeof(Lanes512))
        {
            switch (rows)
            {
                case 1: Along<V, R1>(ref t, nextPanel, nextStart, panels); break;
                case 2: Along<V, R2>(ref t, nextPanel, nextStart, panels); break;
                case 3: Along<V, R3>(ref t, nextPanel, nextStart, panels); break;
                case 4: Along<V, R4>(ref t, nextPanel, nextStart, panels); break;
                case 5: Along<V, R5>(ref t, nextPanel, nextStart, panels); break;
                case 6: Along<V, R6>(ref t, nextPanel, nextStart, panels); break;
                case 7: Along<V, R7>(ref t, nextPanel, nextStart, panels); break;
                case 8: Along<V, R8>(ref t, nextPanel, nextStart, panels); break;
                case 9: Along<V, R9>(ref t, nextPanel, nextStart, panels); break;
                case 10: Along<V, R10>(ref t, nextPanel, nextStart, panels); break;
                case 11: Along<V, R11>(ref t, nextPanel, nextStart, panels); break;
                case 12: Along<V, R12>(ref t, nextPanel, nextStart, panels); break;
                case 13: Along<V, R13>(ref t, nextPanel, nextStart, panels); break;
                case 14: Along<V, R14>(ref t, nextPanel, nextStart, panels); break;
            }

            return;
        }

        for (; panels > 0; panels--)
        {
            var most = typeof(V) == typeof(Lanes256x2) ? 6 : 2;
            Parts<V, One>(t, rows, most);
            Parts<V, One>(t.Right(1), rows, most);
            t.Move(nextPanel, nextStart);
        }
    }

    static void Along<V, R>(ref Tile t, nint nextPanel, nint nextStart, int panels) where V : struct, ILanes<V> where R : struct, ICount
    {
        // A share of what comes next at every panel: it arrives from far away while this tile is computed.
        const int line = 64;
        var lines = t.Ahead == null ? 0 : (t.Depth * sizeof(float) + panels * line - 1) / (panels * line);
        for (; panels > 0; panels--)
        {
            for (var at = 0; at < lines; at++, t.Ahead += line)
                for (var row = 0; row < R.Value; row++)
                    Simd.Prefetch(t.Ahead + row * t.ARow);
            Sum<V, R, Two, One>(t);
            t.Move(nextPanel, nextStart);
        }
    }

    /// <summary>The rows in parts as equal as can be, of at most as many as the registers hold.</summary>
    static void Parts<V, T>(in Tile t, int rows, int most) where V : struct, ILanes<V> where T : struct, ICount
    {
        var parts = (rows + most - 1) / most;
        for (var part = 0; part < parts; part++)
        {
            var (from, to) = (rows * part / parts, rows * (part + 1) / parts);
            Choose<V, One, T>(t.Below(from), to - from);
        }
    }

    static void Choose<V, P, T>(in Tile t, int rows) where V : struct, ILanes<V> where P : struct, ICount where T : struct, ICount
    {
        switch (rows)
        {
            case 1: Sum<V, R1, P, T>(t); break;
            case 2: Sum<V, R2, P, T>(t); break;
            case 3: Sum<V, R3, P, T>(t); break;
            case 4: Sum<V, R4, P, T>(t); break;
            case 5: Sum<V, R5, P, T>(t); break;
            case 6: Sum<V, R6, P, T>(t); break;
            case 7: Sum<V, R7, P, T>(t); break;
            case 8: Sum<V, R8, P, T>(t); break;
            case 9: Sum<V, R9, P, T>(t); break;
            case 10: Sum<V, R10, P, T>(t); break;
            case 11: Sum<V, R11, P, T>(t); break;
            case 12: Sum<V, R12, P, T>(t); break;
            case 13: Sum<V, R13, P, T>(t); break;
            case 14: Sum<V, R14, P, T>(t); break;
        }
    }

    [MethodImpl(Kernel.NoInline)]
    static void Sum<V, R, P, T>(in Tile t) where V : struct, ILanes<V> where R : struct, ICount where P : struct, ICount where T : struct, ICount
    {
        var s = t.Start;
        var next = t.StartRow;
        V c00 = V.Load(s), c01 = P.Value > 1 ? V.Load(s + 16) : default,
          c10 = R.Value > 1 ? V.Load(s + next) : default, c11 = R.Value > 1 && P.Value > 1 ? V.Load(s + next + 16) : default,
          c20 = R.Value > 2 ? V.Load(s + 2 * next) : default, c21 = R.Value > 2 && P.Value > 1 ? V.Load(s + 2 * next + 16) : default,
          c30 = R.Value > 3 ? V.Load(s + 3 * next) : default, c31 = R.Value > 3 && P.Value > 1 ? V.Load(s + 3 * next + 16) : default,
          c40 = R.Value > 4 ? V.Load(s + 4 * next) : default, c41 = R.Value > 4 && P.Value > 1 ? V.Load(s + 4 * next + 16) : default,
          c50 = R.Value > 5 ? V.Load(s + 5 * next) : default, c51 = R.Value > 5 && P.Value > 1 ? V.Load(s + 5 * next + 16) : default,
          c60 = R.Value > 6 ? V.Load(s + 6 * next) : default, c61 = R.Value > 6 && P.Value > 1 ? V.Load(s + 6 * next + 16) : default,
          c70 = R.Value > 7 ? V.Load(s + 7 * next) : default, c71 = R.Value > 7 && P.Value > 1 ? V.Load(s + 7 * next + 16) : default,
          c80 = R.Value > 8 ? V.Load(s + 8 * next) : default, c81 = R.Value > 8 && P.Value > 1 ? V.Load(s + 8 * next + 16) : default,
          c90 = R.Value > 9 ? V.Load(s + 9 * next) : default, c91 = R.Value > 9 && P.Value > 1 ? V.Load(s + 9 * next + 16) : default,
          ca0 = R.Value > 10 ? V.Load(s + 10 * next) : default, ca1 = R.Value > 10 && P.Value > 1 ? V.Load(s + 10 * next + 16) : default,
          cb0 = R.Value > 11 ? V.Load(s + 11 * next) : default, cb1 = R.Value > 11 && P.Value > 1 ? V.Load(s + 11 * next + 16) : default,
          cc0 = R.Value > 12 ? V.Load(s + 12 * next) : default, cc1 = R.Value > 12 && P.Value > 1 ? V.Load(s + 12 * next + 16) : default,
          cd0 = R.Value > 13 ? V.Load(s + 13 * next) : default, cd1 = R.Value > 13 && P.Value > 1 ? V.Load(s + 13 * next + 16) : default;

        // Five pointers and two distances reach all rows: more would not fit the general registers beside the counters.
        nint row = t.ARow, row2 = 2 * row, step = t.AStep, panelRow = t.PanelRow;
        byte* a0 = t.A, a3 = a0 + 3 * row, a6 = a3 + 3 * row, a9 = a6 + 3 * row, ac = a9 + 3 * row;
        var panel = t.Panel;
        var taps = T.Value > 1 ? t.Taps : 1;
        do
        {
            for (var k = t.Depth; k > 0; k--)
            {
                V b0 = V.Load(panel), b1 = P.Value > 1 ? V.Load(panel + 16) : default, x;
                panel += panelRow;
                { x = V.Broadcast(*(float*)(a0)); c00 = V.Fma(x, b0, c00); if (P.Value > 1) c01 = V.Fma(x, b1, c01); }
                if (R.Value > 1) { x = V.Broadcast(*(float*)(a0 + row)); c10 = V.Fma(x, b0, c10); if (P.Value > 1) c11 = V.Fma(x, b1, c11); }
                if (R.Value > 2) { x = V.Broadcast(*(float*)(a0 + row2)); c20 = V.Fma(x, b0, c20); if (P.Value > 1) c21 = V.Fma(x, b1, c21); }
                if (R.Value > 3) { x = V.Broadcast(*(float*)(a3)); c30 = V.Fma(x, b0, c30); if (P.Value > 1) c31 = V.Fma(x, b1, c31); }
                if (R.Value > 4) { x = V.Broadcast(*(float*)(a3 + row)); c40 = V.Fma(x, b0, c40); if (P.Value > 1) c41 = V.Fma(x, b1, c41); }
                if (R.Value > 5) { x = V.Broadcast(*(float*)(a3 + row2)); c50 = V.Fma(x, b0, c50); if (P.Value > 1) c51 = V.Fma(x, b1, c51); }
                if (R.Value > 6) { x = V.Broadcast(*(float*)(a6)); c60 = V.Fma(x, b0, c60); if (P.Value > 1) c61 = V.Fma(x, b1, c61); }
                if (R.Value > 7) { x = V.Broadcast(*(float*)(a6 + row)); c70 = V.Fma(x, b0, c70); if (P.Value > 1) c71 = V.Fma(x, b1, c71); }
                if (R.Value > 8) { x = V.Broadcast(*(float*)(a6 + row2)); c80 = V.Fma(x, b0, c80); if (P.Value > 1) c81 = V.Fma(x, b1, c81); }
                if (R.Value > 9) { x = V.Broadcast(*(float*)(a9)); c90 = V.Fma(x, b0, c90); if (P.Value > 1) c91 = V.Fma(x, b1, c91); }
                if (R.Value > 10) { x = V.Broadcast(*(float*)(a9 + row)); ca0 = V.Fma(x, b0, ca0); if (P.Value > 1) ca1 = V.Fma(x, b1, ca1); }
                if (R.Value > 11) { x = V.Broadcast(*(float*)(a9 + row2)); cb0 = V.Fma(x, b0, cb0); if (P.Value > 1) cb1 = V.Fma(x, b1, cb1); }
                if (R.Value > 12) { x = V.Broadcast(*(float*)(ac)); cc0 = V.Fma(x, b0, cc0); if (P.Value > 1) cc1 = V.Fma(x, b1, cc1); }
                if (R.Value > 13) { x = V.Broadcast(*(float*)(ac + row)); cd0 = V.Fma(x, b0, cd0); if (P.Value > 1) cd1 = V.Fma(x, b1, cd1); }
                a0 += step;
                if (R.Value > 3) a3 += step;
                if (R.Value > 6) a6 += step;
                if (R.Value > 9) a9 += step;
                if (R.Value > 12) ac += step;
            }

            if (T.Value > 1)
            {
                var jump = t.Jump;
                a0 += jump;
                if (R.Value > 3) a3 += jump;
                if (R.Value > 6) a6 += jump;
                if (R.Value > 9) a9 += jump;
                if (R.Value > 12) ac += jump;
            }
        } while (T.Value > 1 && --taps > 0);

        var c = t.C;
        next = t.CRow;
        { V.Store(c00, c); if (P.Value > 1) V.Store(c01, c + 16); }
        if (R.Value > 1) { V.Store(c10, c + next); if (P.Value > 1) V.Store(c11, c + next + 16); }
        if (R.Value > 2) { V.Store(c20, c + 2 * next); if (P.Value > 1) V.Store(c21, c + 2 * next + 16); }
        if (R.Value > 3) { V.Store(c30, c + 3 * next); if (P.Value > 1) V.Store(c31, c + 3 * next + 16); }
        if (R.Value > 4) { V.Store(c40, c + 4 * next); if (P.Value > 1) V.Store(c41, c + 4 * next + 16); }
        if (R.Value > 5) { V.Store(c50, c + 5 * next); if (P.Value > 1) V.Store(c51, c + 5 * next + 16); }
        if (R.Value > 6) { V.Store(c60, c + 6 * next); if (P.Value > 1) V.Store(c61, c + 6 * next + 16); }
        if (R.Value > 7) { V.Store(c70, c + 7 * next); if (P.Value > 1) V.Store(c71, c + 7 * next + 16); }
        if (R.Value > 8) { V.Store(c80, c + 8 * next); if (P.Value > 1) V.Store(c81, c + 8 * next + 16); }
        if (R.Value > 9) { V.Store(c90, c + 9 * next); if (P.Value > 1) V.Store(c91, c + 9 * next + 16); }
        if (R.Value > 10) { V.Store(ca0, c + 10 * next); if (P.Value > 1) V.Store(ca1, c + 10 * next + 16); }
        if (R.Value > 11) { V.Store(cb0, c + 11 * next); if (P.Value > 1) V.Store(cb1, c + 11 * next + 16); }
        if (R.Value > 12) { V.Store(cc0, c + 12 * next); if (P.Value > 1) V.Store(cc1, c + 12 * next + 16); }
        if (R.Value > 13) { V.Store(cd0, c + 13 * next); if (P.Value > 1) V.Store(cd1, c + 13 * next + 16); }
    }

    /// <summary>Where a tile's operands lie; distances of A in bytes, the others in floats.</summary>
    struct Tile(
        int kc, byte* a, nint aRow, nint aStep, float* panel, nint panelRow, float* start, nint startRow, float* c, nint cRow, int taps = 1, nint jump = 0)
    {
        internal readonly int Depth = kc, Taps = taps;
        internal readonly nint Jump = jump;              // from the end of a stretch of A to the beginning of the next
        internal readonly byte* A = a;
        internal readonly nint ARow = aRow, AStep = aStep, PanelRow = panelRow, StartRow = startRow, CRow = cRow;
        internal float* Panel = panel, Start = start, C = c;
        internal byte* Ahead;

        /// <summary>The tile some packs further to the right.</summary>
        internal readonly Tile Right(int packs) => new(Depth, A, ARow, AStep, Panel + 16 * packs, PanelRow, Start + 16 * packs, StartRow, C + 16 * packs, CRow, Taps, Jump);

        /// <summary>On to the next panel.</summary>
        internal void Move(nint nextPanel, nint nextStart)
        {
            Panel += nextPanel;
            Start += nextStart;
            C += PanelColumns;
        }

        /// <summary>The tile some rows further down.</summary>
        internal readonly Tile Below(int rows) => new(Depth, A + rows * ARow, ARow, AStep, Panel, PanelRow, Start + rows * StartRow, StartRow, C + rows * CRow, CRow, Taps, Jump);
    }

    /// <summary>A number as a type, known when a kernel is compiled.</summary>
    interface ICount
    {
        static abstract int Value { get; }
    }

    readonly struct One : ICount { public static int Value => 1; }

    readonly struct Two : ICount { public static int Value => 2; }

    readonly struct R1 : ICount { public static int Value => 1; }

    readonly struct R2 : ICount { public static int Value => 2; }

    readonly struct R3 : ICount { public static int Value => 3; }

    readonly struct R4 : ICount { public static int Value => 4; }

    readonly struct R5 : ICount { public static int Value => 5; }

    readonly struct R6 : ICount { public static int Value => 6; }

    readonly struct R7 : ICount { public static int Value => 7; }

    readonly struct R8 : ICount { public static int Value => 8; }

    readonly struct R9 : ICount { public static int Value => 9; }

    readonly struct R10 : ICount { public static int Value => 10; }

    readonly struct R11 : ICount { public static int Value => 11; }

    readonly struct R12 : ICount { public static int Value => 12; }

    readonly struct R13 : ICount { public static int Value => 13; }

    readonly struct R14 : ICount { public static int Value => 14; }
}
