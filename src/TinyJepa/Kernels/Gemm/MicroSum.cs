using System.Runtime.CompilerServices;

namespace TinyJepa.Kernels;

/// <summary>The loop of <see cref="MicroKernel"/>: all sums of one tile in registers.</summary>
/// <remarks>
/// The accumulators are named locals because the JIT enregisters only those (an array of them ran at a third of the speed), and nothing here calls
/// anything: a call would spill every vector register. The numbers of rows, packs and taps are types, so that each combination has its own
/// machine code and no row is computed for nothing.
/// </remarks>
static unsafe class MicroSum
{
    /// <typeparam name="V">The lanes.</typeparam>
    /// <typeparam name="R">Rows of the tile, 1 to 14.</typeparam>
    /// <typeparam name="P">Packs of columns, 1 or 2.</typeparam>
    /// <typeparam name="T">1 if a row of A is one segment, 2 if it consists of taps.</typeparam>
    /// <param name="t">Where the operands lie.</param>
    [MethodImpl(Kernel.NoInline)]
    internal static void Run<V, R, P, T>(in MicroTile t)
        where V : struct, ILanes<V> where R : struct, ICount where P : struct, ICount where T : struct, ICount
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
}
