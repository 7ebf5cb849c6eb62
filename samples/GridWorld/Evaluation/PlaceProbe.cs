using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// A linear probe of column and row: least squares on the latents of all states, with a ridge against directions in which they hardly
/// differ. As published it is fitted and used on the same states; <see cref="LeaveOut"/> measures it on states it was not fitted to.
/// </summary>
internal sealed class PlaceProbe
{
    // For 25 states of 192 values with a variance of about one: a hundred times as much gives the same result, none at all fits noise.
    const double Ridge = 0.25;

    readonly LinearProbe _probe;

    PlaceProbe(LinearProbe probe) => _probe = probe;

    /// <param name="map">The grid.</param>
    /// <param name="codes">The latents of its states, [states, dim].</param>
    public static PlaceProbe Fit(GridMap map, Tensor codes) => new(LinearProbe.Fit(codes, map.Places(), Ridge));

    /// <summary>Columns and rows as they are read, [rows, 2]: no whole numbers.</summary>
    /// <param name="z">[rows, dim]</param>
    public Tensor Read(Tensor z) => _probe.Predict(z);

    /// <summary>R² of columns and of rows on the states the probe was fitted to, as published. 25 points in 192 dimensions can always be fitted.</summary>
    public static (double Column, double Row) InSample(GridMap map, Tensor codes)
    {
        var score = LinearProbe.Fit(codes, map.Places()).Score(codes, map.Places());
        return (score.R2[0], score.R2[1]);
    }

    /// <summary>
    /// R² of states that the probe was not fitted to: for each, a probe of all others. Codes without information about the cell get less
    /// than 0.
    /// </summary>
    /// <param name="map">The grid.</param>
    /// <param name="codes">[states, dim]</param>
    /// <param name="lines">Leave out the whole row and column of the state, too.</param>
    /// <returns>The mean over columns and rows.</returns>
    public static double LeaveOut(GridMap map, Tensor codes, bool lines = false)
    {
        using var scope = Scope.Begin();
        var places = map.Places();
        var read = Tensor.Empty(places.Shape);
        for (var state = 0; state < map.States; state++)
        {
            int[] others = [.. Enumerable.Range(0, map.States).Where(other =>
                lines ? map.Row(other) != map.Row(state) && map.Column(other) != map.Column(state) : other != state)];
            var probe = LinearProbe.Fit(codes.Gather(others), places.Gather(others), Ridge);
            probe.Predict(codes.Rows(state, 1)).CopyTo(read.Span[(2 * state)..]);
        }

        return ProbeScore.Of(read, places).R2.Average();
    }
}
