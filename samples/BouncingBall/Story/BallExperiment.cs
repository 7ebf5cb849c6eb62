global using Study = TinyJepa.Samples.Study<TinyJepa.Samples.BouncingBall.Recipe, TinyJepa.Samples.BouncingBall.BallModel, TinyJepa.Samples.BouncingBall.BallRun>;
global using TrainedBall = TinyJepa.Samples.TrainedModel<TinyJepa.Samples.BouncingBall.Recipe, TinyJepa.Samples.BouncingBall.BallModel>;
using System.Globalization;
using System.Net.WebSockets;
using Spectre.Console;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>The ball, or another world by the same recipes: what is trained from a seed, what is measured and shown.</summary>
/// <param name="sets">Trajectories to train and measure on.</param>
internal sealed class BallExperiment(TrajectorySets sets) : Experiment<Recipe, BallModel, BallRun, LiveBall>(new()
{
    Name = "BouncingBall",
    FileName = "bouncing-ball",
    Summary = "A JEPA finds the velocity of a bouncing ball: train, measure, report, and watch it live.",
    TrainSummary = "Train one model and its companion of single frames, save their weights and print the figures.",
    Evaluation = $"Every model is measured on {TrajectorySets.FreshCount} fresh trajectories.",
    Seeds = 8,
    Port = 5272,
    CheckpointEvery = 2000,
})
{
    const int MostSeeds = 32;               // that a chart of curves could show
    const int ForProbes = 60;               // trajectories of the live page: a probe of 17 values needs no more, and a watched training no less speed

    TrajectorySets? _forPage;

    public BallExperiment() : this(new TrajectorySets(new BallWorld()))
    {
    }

    public override BallModel NewModel(Recipe recipe, long seed) => new(recipe, sets.Pool.Width, seed);

    public override BallTraining NewTraining(Recipe recipe, long seed) => new(recipe, sets.Pool, seed);

    public override BallRun Run(Recipe recipe, long seed, string folder, Checkpointing checkpoints, CancellationToken cancellation = default)
    {
        var trained = TrainAndSave(recipe, seed, folder, checkpoints, cancellation);
        var measured = Measurements.Of(trained.Model, sets);
        var withoutAction = recipe.Action
            ? Measurements.Of(TrainAndSave(recipe.WithoutAction(), seed, folder, checkpoints, cancellation).Model, sets) : measured;
        var single = TrainAndSave(recipe.SingleFrame(), seed, folder, checkpoints, cancellation);
        return new BallRun(trained, measured, withoutAction, single, Measurements.Of(single.Model, sets));
    }

    public override LiveBall Show(BallModel model, Recipe recipe, int step, int steps, double seconds) =>
        new(model, _forPage ??= new TrajectorySets(new BallWorld(), ForProbes, ForProbes), step, steps, seconds);

    /// <summary>The models of a recipe from all seeds that a folder has; broken ones and those of another version are left out.</summary>
    public IReadOnlyList<TrainedBall> AllIn(string folder, Recipe recipe)
    {
        var models = new List<TrainedBall>();
        for (var seed = 0; seed < MostSeeds; seed++)
        {
            if (!File.Exists(FileIn(folder, recipe, seed))) continue;
            try
            {
                models.Add(Load(FileIn(folder, recipe, seed), recipe, seed));
            }
            catch (InvalidDataException)
            {
                // It is only missing from a chart.
            }
        }

        return models;
    }

    protected override IEnumerable<Figure> Figures(Study study) =>
    [
        study.MeanFigure("position_r2", run => run.Measured.Fresh.Position, claim: 0.99),
        study.MeanFigure("velocity_r2", run => run.Measured.Fresh.Velocity, claim: 0.6),
        study.MeanFigure("velocity_r2_without_action", run => run.WithoutAction.Fresh.Velocity),
        study.MeanFigure("single_frame_position_r2", run => run.SingleMeasured.Fresh.Position, claim: 0.99),
        study.MeanFigure("single_frame_velocity_r2", run => run.SingleMeasured.Fresh.Velocity, claim: 0),
        study.MeanFigure("in_sample_velocity_r2", run => run.Measured.InSample.Velocity, claim: 0.6),
        study.MeanFigure("velocity_rmse_bounce", run => run.Measured.VelocityError.Bounce),
        study.MeanFigure("velocity_rmse_flight", run => run.Measured.VelocityError.Flight),
        study.MeanFigure("smallest_std", run => run.Measured.Stds[^1]),
        study.MeanFigure("largest_std", run => run.Measured.Stds[0]),
        study.MeanFigure("first_component", run => run.Measured.Explained[0]),
        study.MeanFigure("effective_rank", run => run.Measured.EffectiveRank),
        study.MeanFigure("first_loss", run => run.Trained.Curves.Loss[0]),
        study.MeanFigure("last_loss", run => run.Trained.Curves.Loss[^1]),
        study.MeanFigure("train_seconds", run => run.Trained.Seconds),
        study.MeanFigure("processor_seconds", run => run.Trained.ProcessorSeconds),
    ];

    protected override Func<Report> Conclude(IReadOnlyList<Study> studies, RunSettings settings, CancellationToken cancellation)
    {
        AnsiConsole.WriteLine("The controls: raw windows, untrained encoders, and networks that are trained on the true state.");
        Controls[] controls = [.. studies.Select(study => Controls.Of(sets, study.Recipe, settings.AllSeeds, cancellation))];
        var table = BallClaims.Table(studies, controls);
        table.Print();
        return () =>
        {
            AnsiConsole.WriteLine("Three other worlds for the report, by the best recipe:");
            var worlds = OtherWorld.All(settings.Seed, settings.Checkpoints, cancellation);
            foreach (var world in worlds) Console.WriteLine($"  {string.Join("  ", world.Row)}");
            return BallReport.Of(studies, table, sets, controls, worlds);
        };
    }

    /// <summary>The page also shows a model of single frames, and the loss curves of all seeds that a report has left in the folder.</summary>
    protected override Func<WebSocket, LiveSession> Sessions(LiveTrainer<LiveBall> trainer, RunSettings settings, CancellationToken cancellation)
    {
        var recipe = RecipeOf(settings);
        var trained = LoadOrTrain(settings.Out, recipe.SingleFrame(), settings.Seed, cancellation);
        var single = Show(trained.Model, trained.Recipe, step: 1, steps: 1, trained.Seconds);
        var curves = AllIn(settings.Out, recipe);
        return socket => new BallSession(socket, trainer, single, curves);
    }

    // Window, ahead and activation are all that another program needs to run the model.
    protected override IReadOnlyDictionary<string, string> Metadata(TrainedBall trained) => new Dictionary<string, string>
    {
        ["window"] = trained.Recipe.Window.ToString(CultureInfo.InvariantCulture),
        ["ahead"] = trained.Recipe.Ahead.ToString(CultureInfo.InvariantCulture),
        ["activation"] = "relu",
        ["losses"] = Words(trained.Curves.Loss),
        ["errors"] = Words(trained.Curves.Prediction),
    };

    protected override LearningCurves CurvesOf(IReadOnlyDictionary<string, string> metadata) =>
        LearningCurves.None with { Loss = Values(metadata, "losses"), Prediction = Values(metadata, "errors") };

    static string Words(double[] values) => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    static double[] Values(IReadOnlyDictionary<string, string> metadata, string name) =>
    [
        .. metadata.GetValueOrDefault(name, "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out var value) ? value : double.NaN),
    ];
}
