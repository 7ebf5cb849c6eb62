using TinyJepa.Samples.GridWorld;

namespace TinyJepa.Tests.Samples.Grid;

/// <summary>The measurements themselves, on codes and policies whose results are known.</summary>
public sealed class GridEvaluationTests
{
    /// <summary>Codes that say where they are are read anywhere; a code for each cell without sense is read only where it was learnt.</summary>
    [Fact]
    public void LeaveOut_TellsSenseFromMemory()
    {
        var map = GridMap.Seed;
        var (sense, noise) = (new float[25 * 192], new float[25 * 192]);
        new Rng(1).FillNormal(noise);
        for (var i = 0; i < sense.Length; i++)
            sense[i] = map.Column(i / 192) * noise[i % 192] + map.Row(i / 192) * noise[192 + i % 192];
        Tensor meaning = Tensor.From(sense, [25, 192]), random = Tensor.From(noise, [25, 192]);

        Assert.Equal(1, PlaceProbe.InSample(map, random).Column, 1e-6);
        Assert.Equal(1, PlaceProbe.InSample(map, random).Row, 1e-6);
        Assert.InRange(PlaceProbe.LeaveOut(map, random), -2, 0);
        Assert.InRange(PlaceProbe.LeaveOut(map, meaning), 0.999, 1);
        Assert.InRange(PlaceProbe.LeaveOut(map, meaning, lines: true), 0.999, 1);
    }

    [Fact]
    public void Routes_CountWhatIsReached_AndWhatIsShort()
    {
        var map = GridMap.Seed;
        var perfect = Routes.Of(map, (at, goal) => Enumerable.Range(0, 4).Select(move => (Move)move).MinBy(move => map.Distance(map.Next(at, move), goal)));
        Assert.Equal((600, 600, 600), (perfect.AllSolved, perfect.AllOptimal, perfect.AllPairs));
        Assert.Equal([80, 124, 136, 120, 80, 40, 16, 4], perfect.Optimal);
        var upwards = Routes.Of(map, (_, _) => Move.Up);
        Assert.Equal(5 * (4 + 3 + 2 + 1), upwards.AllSolved);
        Assert.Equal([20, 15, 10, 5, 0, 0, 0, 0], upwards.Solved);

        var detour = Routes.OfWhole(map, (start, goal) => start == 0 && goal == 1 ? [Move.Down, Move.Right, Move.Up] : null);
        Assert.Equal((1, 0), (detour.AllSolved, detour.AllOptimal));
    }

    [Fact]
    public void HeldOut_AreTransitions_ThatLeaveEveryCellReachable()
    {
        for (var seed = 0; seed < 10; seed++)
        {
            var held = Walks.HoldOut(GridMap.Seed, HeldOut.Count, seed);
            Assert.Equal(HeldOut.Count, held.Count);
            Assert.All(Enumerable.Range(0, 25), state => Assert.InRange(GridMap.Seed.Transitions.Except(held).Count(t => t.To == state), 2, 5));
        }
    }
}
