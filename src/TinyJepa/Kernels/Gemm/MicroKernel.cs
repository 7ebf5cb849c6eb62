using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>Rows of A times one packed panel of B, all sums in registers.</summary>
/// <remarks>
/// A tile of 14 rows by two packs fills the 32 registers of AVX-512 and reads the panel at 4.6 bytes a cycle, where 6 rows would need 10.7. With 16
/// registers of 256 bits a tile is 6 rows by one pack, and the panel is read twice.
/// </remarks>
static unsafe class MicroKernel
{
    /// <summary>Columns of a panel: two packs.</summary>
    internal const int PanelColumns = 32;

    /// <summary>Rows of the tallest tile: 14 at once, or two parts of six.</summary>
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
    /// <param name="startRow">Distance of rows of the start, 0 if all start from the same row.</param>
    /// <param name="c">The results; rows <paramref name="cRow"/> apart.</param>
    /// <param name="cRow">Distance of rows of C.</param>
    /// <param name="panelRow">Distance of the panel's rows.</param>
    /// <param name="packs">One or two packs of columns.</param>
    internal static void Run<V>(
        int kc, float* a, nint aRow, int rows, nint aStep, float* panel, float* start, nint startRow, float* c, nint cRow,
        nint panelRow = PanelColumns, int packs = 2) where V : struct, ILanes<V>
    {
        var t = new MicroTile
        {
            Depth = kc, A = (byte*)a, ARow = aRow * sizeof(float), AStep = aStep * sizeof(float),
            Panel = panel, PanelRow = panelRow, Start = start, StartRow = startRow, C = c, CRow = cRow,
        };
        Run<V, N1>(ref t, rows, packs);
    }

    /// <summary>
    /// The same for rows of A that consist of <paramref name="taps"/> segments of <paramref name="kc"/> neighbours each: windows of an image.
    /// </summary>
    /// <param name="taps">How many segments, at least one.</param>
    /// <param name="tapRow">Distance of a row's segments.</param>
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
        int packs) where V : struct, ILanes<V>
    {
        var t = new MicroTile
        {
            Depth = kc, A = (byte*)a, ARow = aRow * sizeof(float), AStep = sizeof(float), Taps = taps, Jump = (tapRow - kc) * sizeof(float),
            Panel = panel, PanelRow = PanelColumns, Start = start, StartRow = startRow, C = c, CRow = cRow,
        };
        Run<V, N2>(ref t, rows, packs);
    }

    static void Run<V, T>(ref MicroTile t, int rows, int packs) where V : struct, ILanes<V> where T : struct, ICount
    {
        if (typeof(V) == typeof(Lanes512) && packs == 2)
        {
            Choose<Single<V, N2, T>>(ref t, rows);
            return;
        }

        for (var pack = 0; pack < packs; pack++)
        {
            var tile = t.Right(pack);
            if (typeof(V) != typeof(Lanes512)) Parts<V, T>(tile, rows, typeof(V) == typeof(Lanes256x2) ? 6 : 2);
            else if (Simd.Halves512) Parts<Lanes256x2, T>(tile, rows, 6);
            else Choose<Single<V, N1, T>>(ref tile, rows);
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
    /// <param name="ahead">Rows of A to prefetch meanwhile, with the layout of these, or null.</param>
    internal static void Row<V>(
        int kc, float* a, nint aRow, int rows, nint aStep, float* panel, nint panelRow, nint nextPanel, int panels,
        float* start, nint startRow, nint nextStart, float* c, nint cRow, float* ahead) where V : struct, ILanes<V>
    {
        var t = new MicroTile
        {
            Depth = kc, A = (byte*)a, ARow = aRow * sizeof(float), AStep = aStep * sizeof(float),
            Panel = panel, PanelRow = panelRow, Start = start, StartRow = startRow, C = c, CRow = cRow,
            Ahead = (byte*)ahead, Panels = panels, NextPanel = nextPanel, NextStart = nextStart,
        };
        if (typeof(V) == typeof(Lanes512))
        {
            Choose<Along<V>>(ref t, rows);
            return;
        }

        for (; panels > 0; panels--)
        {
            var most = typeof(V) == typeof(Lanes256x2) ? 6 : 2;
            Parts<V, N1>(t, rows, most);
            Parts<V, N1>(t.Right(1), rows, most);
            t.Move();
        }
    }

    /// <summary>The rows in nearly equal parts, each of at most as many rows as the registers hold.</summary>
    static void Parts<V, T>(in MicroTile t, int rows, int most) where V : struct, ILanes<V> where T : struct, ICount
    {
        var parts = IntegerMath.CeilDiv(rows, most);
        for (var part = 0; part < parts; part++)
        {
            var (from, to) = (rows * part / parts, rows * (part + 1) / parts);
            var tile = t.Below(from);
            Choose<Single<V, N1, T>>(ref tile, to - from);
        }
    }

    /// <summary>The number of rows becomes a type.</summary>
    static void Choose<L>(ref MicroTile t, int rows) where L : ILoop
    {
        switch (rows)
        {
            case 1: L.Run<N1>(ref t); break;
            case 2: L.Run<N2>(ref t); break;
            case 3: L.Run<N3>(ref t); break;
            case 4: L.Run<N4>(ref t); break;
            case 5: L.Run<N5>(ref t); break;
            case 6: L.Run<N6>(ref t); break;
            case 7: L.Run<N7>(ref t); break;
            case 8: L.Run<N8>(ref t); break;
            case 9: L.Run<N9>(ref t); break;
            case 10: L.Run<N10>(ref t); break;
            case 11: L.Run<N11>(ref t); break;
            case 12: L.Run<N12>(ref t); break;
            case 13: L.Run<N13>(ref t); break;
            case 14: L.Run<N14>(ref t); break;
        }
    }

    /// <summary>What is done with a tile of so many rows.</summary>
    interface ILoop
    {
        static abstract void Run<R>(ref MicroTile t) where R : struct, ICount;
    }

    /// <summary>One tile.</summary>
    readonly struct Single<V, P, T> : ILoop where V : struct, ILanes<V> where P : struct, ICount where T : struct, ICount
    {
        [MethodImpl(Kernel.Inline)]
        public static void Run<R>(ref MicroTile t) where R : struct, ICount => MicroSum.Run<V, R, P, T>(t);
    }

    /// <summary>Tiles side by side. At every panel a part of the next rows of A is prefetched, so that they arrive while this tile is computed.</summary>
    readonly struct Along<V> : ILoop where V : struct, ILanes<V>
    {
        public static void Run<R>(ref MicroTile t) where R : struct, ICount
        {
            const int line = 64;
            var lines = t.Ahead == null ? 0 : IntegerMath.CeilDiv(t.Depth * sizeof(float), t.Panels * line);
            for (var panel = t.Panels; panel > 0; panel--)
            {
                for (var at = 0; at < lines; at++, t.Ahead += line)
                    for (var row = 0; row < R.Value; row++)
                        Simd.Prefetch(t.Ahead + row * t.ARow);
                MicroSum.Run<V, R, N2, N1>(t);
                t.Move();
            }
        }
    }
}
