global using Study = TinyJepa.Samples.Study<TinyJepa.Samples.GridWorld.Recipe, TinyJepa.Samples.GridWorld.GridModel, TinyJepa.Samples.GridWorld.GridRun>;
global using TrainedGrid = TinyJepa.Samples.TrainedModel<TinyJepa.Samples.GridWorld.Recipe, TinyJepa.Samples.GridWorld.GridModel>;
using System.Net.WebSockets;
using Spectre.Console;

namespace TinyJepa.Samples.GridWorld;

/// <summary>The grid world: what is trained from a seed, what is measured and shown.</summary>
/// <param name="map">The grid.</param>
internal sealed class GridExperiment(GridMap map) : Experiment<Recipe, GridModel, GridRun, LiveModel>(new()
{
    Name = "GridWorld",
    FileName = "grid-world",
    Summary = "A JEPA learns a grid world from pictures and plans in it: train, measure, report, and watch it live.",
    TrainSummary = "Train one model with all transitions and one without some, save the weights and print the figures.",
    Evaluation = $"From every seed two models are trained: one with all 100 transitions, one without {HeldOut.Count}.",
    Port = 5273,
    CheckpointEvery = 50,
})
{
    public GridExperiment() : this(GridMap.Seed)
    {
    }

    public override GridModel NewModel(Recipe recipe, long seed) => new(seed, recipe.Dropout);

    public override GridTraining NewTraining(Recipe recipe, long seed) => new(recipe, new Walks(map), seed);

    public override GridRun Run(Recipe recipe, long seed, string folder, Checkpointing checkpoints, CancellationToken cancellation = default)
    {
        var trained = TrainAndSave(recipe, seed, folder, checkpoints, cancellation);
        var heldOut = Walks.HoldOut(map, HeldOut.Count, seed);
        var without = Train(
            new GridTraining(recipe, new Walks(map, heldOut), seed), $"{recipe.Name} without {HeldOut.Count} transitions", recipe, seed, checkpoints, cancellation);
        return new GridRun(trained, Measurements.Of(map, trained.Model, seed), HeldOut.Of(map, without.Model, heldOut));
    }

    public override LiveModel Show(GridModel model, Recipe recipe, int step, int steps, double seconds) => new(map, model, recipe.Name, step, steps, seconds);

    protected override IEnumerable<Figure> Figures(Study study) =>
    [
        study.RateFigure("planning_success", run => run.Measured.Greedy.Solves, claim: 1),
        study.RateFigure("planning_optimal", run => run.Measured.Greedy.Optima, claim: 1),
        study.MeanFigure("leave_one_cell_out_r2", run => run.Measured.LeaveOneOut),
        study.MeanFigure("pca2_variance", run => run.Measured.FirstTwo, claim: 0.52),
        study.RateFigure("heldout_transition_success", run => run.Held.Unseen),
        study.RateFigure("open_loop_8_accuracy", run => (run.Measured.OpenLoop[^1], Measurements.Walks)),
        study.RateFigure("latent_distance_success", run => run.Measured.GreedyByLatent.Solves),
        study.RateFigure("imagined_search_success", run => run.Measured.BreadthFirst.Solves),
        study.RateFigure("wall_bump_accuracy", run => run.Measured.Collisions),
        study.MeanFigure("train_seconds", run => run.Trained.Seconds, claim: 1800),
    ];

    protected override Func<Report> Conclude(IReadOnlyList<Study> studies, RunSettings settings, CancellationToken cancellation)
    {
        var table = GridClaims.Table(studies, Controls.Of(map));
        table.Print();
        return () =>
        {
            AnsiConsole.WriteLine("Short trainings for the report's study of λ, some minutes:");
            List<LambdaStudy> weights = [.. LambdaStudy.Recipes.Select(recipe =>
                new LambdaStudy(recipe, Measurements.Of(map, Train(recipe, settings.Seed, settings.Checkpoints, cancellation).Model, settings.Seed)))];
            Console.WriteLine($"  {string.Join("  ", LambdaStudy.Header)}");
            foreach (var weight in weights) Console.WriteLine($"  {string.Join("  ", weight.Row)}");
            return GridReport.Of(studies, table, map, weights);
        };
    }

    protected override Func<WebSocket, LiveSession> Sessions(LiveTrainer<LiveModel> trainer, RunSettings settings, CancellationToken cancellation) =>
        socket => new GridSession(socket, trainer);

    protected override void AddCommands(SampleCommandLine line) =>
        line.Add("large", "Train on 9 by 9 cells with a wall of blocks in the middle, and plan around it.",
            (_, settings, cancellation) => new GridExperiment(GridMap.Large).LargeAsync(settings, cancellation), line.Seed, line.Threads, line.Out, line.Json, line.Every, line.Resume);

    /// <summary>The larger grid: blocks are in the direct path, so only a planner that looks ahead reaches the goal.</summary>
    Task<int> LargeAsync(RunSettings settings, CancellationToken cancellation)
    {
        using var claim = settings.Claim();
        var trained = TrainAndSave(Recipe.Large, settings.Seed, settings.Out, settings.Checkpoints, cancellation);
        var measured = Measurements.Of(map, trained.Model, settings.Seed);
        WriteFigures(new Metrics("GridWorld", Recipe.Large.Name, settings.Seed)
            .Add(Rate("transition_accuracy", measured.Transitions))
            .Add(Rate("wall_bump_accuracy", measured.Collisions))
            .Add(Rate("greedy_success", measured.Greedy.Solves))
            .Add(Rate("latent_distance_success", measured.GreedyByLatent.Solves))
            .Add(Rate("imagined_search_success", measured.BreadthFirst.Solves))
            .Add(Rate("imagined_search_optimal", measured.BreadthFirst.Optima))
            .Add(Figure.Rate("cross_entropy_success", measured.CrossEntropy.Solved, measured.CrossEntropy.Tasks))
            .Add(new Figure("leave_one_cell_out_r2", measured.LeaveOneOut))
            .Add(new Figure("pca2_variance", measured.FirstTwo))
            .Add(Figure.Rate("open_loop_8_accuracy", measured.OpenLoop[^1], Measurements.Walks))
            .Add(new Figure("train_seconds", trained.Seconds))
            .Add(Figure.Word("parameter_hash", trained.Model.Hash)), settings);
        return Task.FromResult(0);

        static Figure Rate(string name, (int Right, int All) count) => Figure.Rate(name, count.Right, count.All);
    }
}
