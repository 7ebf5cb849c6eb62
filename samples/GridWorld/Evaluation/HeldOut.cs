namespace TinyJepa.Samples.GridWorld;

/// <summary>A model that was never shown some of the transitions: does it predict where they lead, and plan through them?</summary>
/// <param name="Unseen">Transitions it was not shown, and those of them it predicts correctly.</param>
/// <param name="Seen">The others.</param>
/// <param name="Greedy">One-step control by the probe.</param>
internal sealed record HeldOut((int Right, int All) Unseen, (int Right, int All) Seen, Routes Greedy)
{
    /// <summary>Transitions held out, of 100.</summary>
    public const int Count = 20;

    /// <param name="map">The grid.</param>
    /// <param name="model">Trained without the transitions.</param>
    /// <param name="heldOut">Which.</param>
    public static HeldOut Of(GridMap map, GridModel model, IReadOnlyCollection<Transition> heldOut)
    {
        var navigator = new Navigator(map, model);
        return new HeldOut(Measurements.Right(navigator, heldOut), Measurements.Right(navigator, map.Transitions.Except(heldOut)), navigator.Greedy(navigator.ByPlace));
    }
}
