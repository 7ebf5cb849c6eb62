using TinyJepa.Samples;
using TinyJepa.Samples.GridWorld;

namespace TinyJepa.Tests.Samples.Grid;

/// <summary>What the live page's server understands, and the world of one tab.</summary>
[Collection(Machine.Name)]
public sealed class GridLiveTests
{
    [Fact]
    public async Task Commands_AreObeyed_OrRefusedWithASentence()
    {
        if (Machine.IsSlow) return;
        var grid = new GridExperiment();
        using var trainer = new LiveTrainer<LiveModel>(grid.Show(new GridModel(seed: 1), Recipe.Best, step: 0, steps: 1, seconds: 0), () => throw new InvalidOperationException());
        await using var server = await grid.ServeAsync(socket => new GridSession(socket, trainer), port: 0);
        await using var client = await LiveClient.OpenAsync(server);
        await client.TextAsync("state");
        foreach (var (text, problem) in ((string, string?)[])
        [
            ("""{"do":"go"}""", null),
            ("""{"do":"halt"}""", null),
            ("""{"do":"goal","state":24}""", null),
            ("""{"do":"place","state":3}""", null),
            ("""{"do":"move","move":3}""", null),
            ("""{"do":"speed","fps":10}""", null),
            ("""{"do":"goal","state":25}""", "state"),
            ("""{"do":"place","state":-1}""", "state"),
            ("""{"do":"move","move":4}""", "move"),
            ("""{"do":"move"}""", "move"),
            ("""{"do":"speed","fps":1000}""", "fps"),
            ("""{"do":"pause","on":true}""", "no such command"),
            ("""{"do":"fly"}""", "no such command"),
            ("""[1]""", "one JSON object"),
        ])
        {
            await client.SendAsync(text);
            if (problem is null) await client.TextAsync("state");
            else Assert.Contains(problem, (await client.TextAsync("error")).GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void AScene_FollowsTheVisitor_AndThePlanner()
    {
        if (Machine.IsSlow) return;
        var map = GridTrainingTests.Four;
        var model = new LiveModel(map, new GridModel(seed: 1), "best", step: 0, steps: 1, seconds: 0);
        Assert.False(model.IsComplete);
        var scene = new LiveScene(map);
        Assert.Equal((0, 3, 2), (scene.Agent, scene.Goal, scene.Shortest));
        scene.Step(Move.Up);
        Assert.True(scene.Blocked);
        scene.Step(Move.Right);
        Assert.Equal((1, 2, false), (scene.Agent, scene.Moves, scene.Blocked));
        scene.Tick(model);
        Assert.Equal(Enumerable.Range(0, 4).MinBy(move => scene.Futures[move].Distance), scene.Chosen);
        Assert.Equal(1f, scene.Picture.ToArray().Cast<float>().Max());

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
