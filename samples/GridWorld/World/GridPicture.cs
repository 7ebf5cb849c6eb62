using CommunityToolkit.HighPerformance;

namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// The picture of a state, 128 × 128 grey: tiles seen from a corner of the grid, two greys in turn, blocks lighter, and the agent, a white disc
/// hovering above its tile. Drawn with four by four samples per pixel, in integers and plain float64 arithmetic: the same bytes everywhere.
/// </summary>
internal static class GridPicture
{
    /// <summary>Rows, and columns, of a picture.</summary>
    public const int Side = 128;

    /// <summary>Pixels in a picture.</summary>
    public const int Length = Side * Side;

    const float Background = 0.10f, LightTile = 0.35f, DarkTile = 0.30f, Block = 0.60f, Agent = 1f;
    const int Samples = 4;

    // On the 5 × 5 grid a tile is 22 pixels wide and 11 high, the agent's radius is 5; larger grids are drawn smaller, in the same place.
    const double GridWidth = 55, AgentRadius = 25, AgentHeight = 20, MiddleX = 64, MiddleY = 56;

    /// <summary>Draws one state.</summary>
    /// <param name="map">The grid.</param>
    /// <param name="state">Where the agent is; −1 leaves it out.</param>
    /// <param name="picture">[128, 128], rows from the top; values in [0, 1].</param>
    public static void Render(GridMap map, int state, Span2D<float> picture)
    {
        for (var y = 0; y < Side; y++)
            for (var x = 0; x < Side; x++)
            {
                var sum = 0f;
                for (var j = 0; j < Samples; j++)
                    for (var i = 0; i < Samples; i++) sum += Light(map, state, x + (i + 0.5) / Samples, y + (j + 0.5) / Samples);
                picture[y, x] = sum / (Samples * Samples);
            }
    }

    /// <summary>Draws every state.</summary>
    /// <returns>[states, 128, 128, 1]</returns>
    public static Tensor RenderAll(GridMap map)
    {
        var pixels = new float[map.States * Length];
        for (var state = 0; state < map.States; state++) Render(map, state, pixels.AsSpan(state * Length, Length).AsSpan2D(Side, Side));
        return Tensor.From(pixels, [map.States, Side, Side, 1]);
    }

    /// <summary>The middle of a tile, in pixels.</summary>
    public static (double X, double Y) Centre(GridMap map, int row, int column)
    {
        var half = GridWidth / map.Side;
        return (MiddleX + (column - row) * half, MiddleY + (column + row - (map.Side - 1)) * half / 2);
    }

    static float Light(GridMap map, int state, double x, double y)
    {
        var half = GridWidth / map.Side;
        if (state >= 0)
        {
            var (agentX, agentY) = Centre(map, map.Row(state), map.Column(state));
            var (dx, dy, radius) = (x - agentX, y - (agentY - AgentHeight / map.Side), AgentRadius / map.Side);
            if (dx * dx + dy * dy <= radius * radius) return Agent;
        }

        // x = X + (column − row)·half and y = Y + (column + row)·half/2, solved for the cell.
        var (across, along) = ((x - MiddleX) / half, (y - MiddleY) / half * 2 + (map.Side - 1));
        int column = (int)Math.Floor((along + across + 1) / 2), row = (int)Math.Floor((along - across + 1) / 2);
        if ((uint)row >= (uint)map.Side || (uint)column >= (uint)map.Side) return Background;
        return map.StateAt(row, column) < 0 ? Block : (row + column) % 2 == 0 ? LightTile : DarkTile;
    }
}
