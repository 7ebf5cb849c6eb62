using System.Text;
using TinyJepa.Samples.GridWorld;

namespace TinyJepa.Tests.Samples.Grid;

/// <summary>What the live page's server understands, and the world of one tab.</summary>
[Collection(Machine.Name)]
public sealed class GridLiveTests
{
    [Theory]
    [InlineData("""{"do":"go"}""", null)]
    [InlineData("""{"do":"goal","state":24}""", null)]
    [InlineData("""{"do":"move","move":3}""", null)]
    [InlineData("""{"do":"goal","state":25}""", "state")]
    [InlineData("""{"do":"place","state":-1}""", "state")]
    [InlineData("""{"do":"move","move":4}""", "move")]
    [InlineData("""{"do":"move"}""", "move")]
    [InlineData("""{"do":"speed","fps":1000}""", "fps")]
    [InlineData("""{"do":"fly"}""", "no such command")]
    [InlineData("""[1]""", "one JSON object")]
    public void Commands_AreUnderstood_OrRefusedWithASentence(string text, string? problem)
    {
        var said = Command.Read(Encoding.UTF8.GetBytes(text), 25, out _);
        if (problem is null) Assert.Null(said);
        else Assert.Contains(problem, said, StringComparison.Ordinal);
    }

    [Fact]
    public void AScene_FollowsTheVisitor_AndThePlanner()
    {
        if (Machine.IsSlow) return;
        var map = GridTrainingTests.Four;
        var model = new LiveModel(map, new GridModel(seed: 1), Recipe.Best, step: 0, trainSeconds: 0);
        Assert.False(model.IsComplete);
        var scene = new LiveScene(map);
        Assert.Equal((0, 3, 2), (scene.Agent, scene.Goal, scene.Shortest));
        scene.Step(Move.Up);
        Assert.True(scene.Bumped);
        scene.Step(Move.Right);
        Assert.Equal((1, 2, false), (scene.Agent, scene.Moves, scene.Bumped));
        scene.Tick(model);
        Assert.Equal(Enumerable.Range(0, 4).MinBy(move => scene.Futures[move].Distance), scene.Chosen);
        Assert.Equal(1f, scene.Picture.ToArray().Max());

        scene.Go();
        var chosen = scene.Chosen;
        var expected = map.Next(scene.Agent, (Move)chosen);
        scene.Tick(model);
        Assert.Equal((expected, chosen), (scene.Agent, scene.LastMove));
        for (var i = 0; i < 20 && scene.Going; i++) scene.Tick(model);
        Assert.False(scene.Going);                                  // there, or given up

        scene.Place(2);
        scene.Aim(2);
        scene.Go();
        Assert.False(scene.Going);
        Assert.Equal(0, scene.Shortest);
        var frame = Wire.Frame(scene, generation: 7);
        Assert.Equal(Wire.FrameLength, frame.Length);
        Assert.Equal([1, 2, 2, 2, 7, 0, 255], frame[..7]);
    }
}
