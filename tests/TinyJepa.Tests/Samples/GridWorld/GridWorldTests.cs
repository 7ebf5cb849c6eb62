using CommunityToolkit.HighPerformance;
using TinyJepa.Samples.GridWorld;

namespace TinyJepa.Tests.Samples.Grid;

/// <summary>The world is the published one: its states, pictures, transitions and tasks.</summary>
public sealed class GridWorldTests
{
    [Fact]
    public void Seed_Has25States_100Transitions_And20Bumps()
    {
        var map = GridMap.Seed;
        Assert.Equal(25, map.States);
        Assert.Equal(100, map.Transitions.Distinct().Count());
        Assert.Equal(20, map.Transitions.Count(t => t.IsCollision));
        Assert.All(map.Transitions, t => Assert.Equal(map.Next(t.From, t.Move), t.To));
    }

    [Fact]
    public void Pairs_LieApart_AsCounted()
    {
        var map = GridMap.Seed;
        Assert.Equal(600, map.Pairs.Count());
        Assert.Equal([80, 124, 136, 120, 80, 40, 16, 4], Enumerable.Range(1, 8).Select(d => map.Pairs.Count(p => map.Distance(p.Start, p.Goal) == d)));
        Assert.All(map.Pairs, p => Assert.Equal(
            Math.Abs(map.Row(p.Start) - map.Row(p.Goal)) + Math.Abs(map.Column(p.Start) - map.Column(p.Goal)), map.Distance(p.Start, p.Goal)));
    }

    [Theory]
    [InlineData(12, 0, 7)]
    [InlineData(12, 1, 17)]
    [InlineData(12, 2, 11)]
    [InlineData(12, 3, 13)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 2, 0)]
    [InlineData(24, 1, 24)]
    [InlineData(24, 3, 24)]
    public void AMove_LeadsToTheNextCell_OrNowhere(int state, int move, int next) => Assert.Equal(next, GridMap.Seed.Next(state, (Move)move));

    [Fact]
    public void Blocks_StopTheAgent_AndMakeItGoRound()
    {
        var map = GridMap.Large;
        Assert.Equal(81 - 7, map.States);
        Assert.All(map.Transitions, t => Assert.True(map.StateAt(map.Row(t.To), map.Column(t.To)) == t.To));
        Assert.Equal(-1, map.StateAt(4, 4));
        Assert.Equal(8 + 2, map.Distance(map.StateAt(3, 4), map.StateAt(5, 4)));           // four to the gap, two through it, four back
        Assert.Contains("parts", Assert.Throws<ArgumentException>(() => new GridMap(3, 3, 4, 5)).Message, StringComparison.Ordinal);
        Assert.Contains("outside", Assert.Throws<ArgumentException>(() => new GridMap(3, 9)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(9)]
    public void Pictures_AllDiffer_AndKeepTheirLight(int side)
    {
        var map = side == 5 ? GridMap.Seed : GridMap.Large;
        var images = GridPicture.RenderAll(map).ToArray();
        Assert.All(images, light => Assert.InRange(light, 0.1f, 1f));
        Assert.Equal(map.States, images.Chunk(GridPicture.Length).Select(picture => string.Join(',', picture)).Distinct().Count());
        for (var state = 0; state < map.States; state++)
        {
            var (x, y) = GridPicture.Centre(map, map.Row(state), map.Column(state));
            Assert.Equal(1f, images[state * GridPicture.Length + (int)(y - 20.0 / side) * GridPicture.Side + (int)x]);
            Assert.Equal(0.1f, images[state * GridPicture.Length], 1e-6f);
        }
    }

    /// <summary>A disc of radius 5 above a tile: so many pixels are white, and the whole picture is known by its sum.</summary>
    [Fact]
    public void APicture_IsThatOfTheRecommendation()
    {
        var map = GridMap.Seed;
        float[] with = new float[GridPicture.Length], without = new float[GridPicture.Length];
        GridPicture.Render(map, 12, with.AsSpan().AsSpan2D(GridPicture.Side, GridPicture.Side));
        GridPicture.Render(map, -1, without.AsSpan().AsSpan2D(GridPicture.Side, GridPicture.Side));
        Assert.Equal((64.0, 56.0), GridPicture.Centre(map, 2, 2));
        Assert.Equal((64.0, 34.0), GridPicture.Centre(map, 0, 0));
        Assert.InRange(with.Count(light => light == 1f), 60, 80);                         // of an area of 78.5
        var white = with.Zip(without, (a, b) => (a - b) / (1 - b)).Sum();
        Assert.InRange(white, 77, 80);
        Assert.Equal(0.3f, without[34 * 128 + 75 + 5 * 128], 0.06f);
    }

    [Fact]
    public void Walks_FollowTheWorld_AndAvoidWhatIsHeldOut()
    {
        var map = GridMap.Seed;
        var held = Walks.HoldOut(map, 20, seed: 3);
        Assert.Equal(20, held.Distinct().Count());
        Assert.NotEqual(held, Walks.HoldOut(map, 20, seed: 4));
        var walks = new Walks(map, held);
        Assert.Equal(80, walks.Seen.Count);
        Assert.Empty(walks.Seen.Intersect(held));
        walks.Begin(1);
        var (states, moves) = (new int[500 * 5], new int[500 * 4]);
        walks.Draw(states, moves, 4);
        var seen = new HashSet<Transition>();
        for (var i = 0; i < moves.Length; i++)
        {
            var at = i / 4 * 5 + i % 4;
            Assert.Equal(map.Next(states[at], (Move)moves[i]), states[at + 1]);
            seen.Add(new Transition(states[at], (Move)moves[i], states[at + 1]));
        }

        Assert.Equal(80, seen.Count);
        Assert.All(Enumerable.Range(0, map.States), state => Assert.InRange(walks.Seen.Count(t => t.From == state), 2, 4));
    }

    [Fact]
    public void Walks_RepeatThemselves_UnderOneSeed()
    {
        int[] Draw(long seed)
        {
            var walks = new Walks(GridMap.Seed);
            walks.Begin(seed);
            var states = new int[40];
            walks.Draw(states, new int[30], 3);
            return states;
        }

        Assert.Equal(Draw(1), Draw(1));
        Assert.NotEqual(Draw(1), Draw(2));
    }
}
