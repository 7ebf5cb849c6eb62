global using Study = TinyJepa.Samples.Study<TinyJepa.Samples.DvdLogo.Recipe, TinyJepa.Samples.DvdLogo.DvdModel, TinyJepa.Samples.DvdLogo.DvdRun>;
global using TrainedDvd = TinyJepa.Samples.TrainedModel<TinyJepa.Samples.DvdLogo.Recipe, TinyJepa.Samples.DvdLogo.DvdModel>;
using System.CommandLine;
using System.Net.WebSockets;
using Spectre.Console;
using TinyJepa.IO;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>The bouncing logo: what is trained from a seed, what is measured and shown.</summary>
internal sealed class DvdExperiment() : Experiment<Recipe, DvdModel, DvdRun, LiveModel>(new()
{
    Name = "DvdLogo",
    FileName = "dvd-logo",
    Summary = "A JEPA learns the bouncing DVD logo: train, measure, report, and watch it live.",
    TrainSummary = "Train one model, save its weights and print its figures.",
    Evaluation = $"Every model is measured on {FreshClips.Count:N0} fresh clips for each measurement.",
    Port = 5271,
    CheckpointEvery = 500,
})
{
    readonly FreshClips _clips = new();

    public override DvdModel NewModel(Recipe recipe, long seed) => new(seed, recipe.Skip);

    public override DvdTraining NewTraining(Recipe recipe, long seed) => new(recipe, _clips.Training, seed);

    public override DvdRun Run(Recipe recipe, long seed, string folder, Checkpointing checkpoints, CancellationToken cancellation = default)
    {
        var trained = TrainAndSave(recipe, seed, folder, checkpoints, cancellation);
        return new DvdRun(trained, Measurements.Of(trained.Model, _clips, seed));
    }

    public override LiveModel Show(DvdModel model, Recipe recipe, int step, int steps, double seconds) => new(model, recipe.Name, step, steps, seconds);

    /// <summary>Best and published differ in where surprise is measured, as their claims do.</summary>
    protected override IEnumerable<Figure> Figures(Study study)
    {
        var published = !study.Recipe.Alongside;
        SurpriseStudy Surprise(DvdRun run) => published ? run.Measured.Pixels : run.Measured.Latents;
        int Right(DvdRun run) => published ? run.Measured.Pixels.PeakAtJump : run.Measured.Latents.FirstAlarmAtJump;
        return
        [
            study.MeanFigure("probe_rmse_px", run => run.Measured.Probe.Rmse, claim: 0.733),
            study.MeanFigure("forecast_mse_1", run => run.Measured.Forecast.Model[0], claim: 0.0005),
            study.MeanFigure("forecast_mse_30", run => run.Measured.Forecast.Model[^1], claim: 0.028),
            study.MeanFigure("surprise_peak_over_baseline", run => Statistics.Median(Surprise(run).PeakOverBaseline), claim: 88),
            study.RateFigure("surprise_frame_accuracy", run => (Right(run), Surprise(run).Clips)),
            study.MeanFigure("surprise_auroc", run => Surprise(run).Auroc),
            study.MeanFigure("false_alarms_per_clip", run => Surprise(run).FalseAlarms),
            study.MeanFigure("embedding_std", run => run.Measured.EmbeddingStd, claim: 3.0),
            study.MeanFigure("train_seconds", run => run.Trained.Seconds, claim: 10),
        ];
    }

    protected override Func<Report> Conclude(IReadOnlyList<Study> studies, RunSettings settings, CancellationToken cancellation)
    {
        var table = DvdClaims.Table(studies, Controls.Of(_clips));
        table.Print();
        Console.Write(AsciiDream.Draw(studies[^1].Model, seed: 7));
        return () =>
        {
            AnsiConsole.WriteLine("Six shorter trainings for the report's ablation, about a minute:");
            var ablations = Recipe.Ablation.Select(recipe => Train(recipe, settings.Seed, settings.Checkpoints, cancellation)).Select(Ablation.Of).ToList();
            AnsiConsole.WriteLine($"Standard deviation of the embedding at the steps {string.Join(", ", Ablation.Steps)}, and the final loss:");
            foreach (var ablation in ablations) Console.WriteLine($"  {ablation.Name,-34} {string.Join("  ", ablation.Row.Skip(1).Select(cell => $"{cell,8}"))}");
            return DvdReport.Of(studies, table, _clips, ablations);
        };
    }

    protected override Func<WebSocket, LiveSession> Sessions(LiveTrainer<LiveModel> trainer, RunSettings settings, CancellationToken cancellation) =>
        socket => new DvdSession(socket, trainer);

    protected override void AddCommands(SampleCommandLine line)
    {
        var clip = new Option<int>("--clip") { Description = "The seed of the clip to dream.", DefaultValueFactory = _ => 7, Validators = { SampleCommandLine.NotNegative } };
        line.Add("dream", "Print a dream that no decoder ever drew.",
            (parsed, settings, cancellation) => DreamAsync(settings, (uint)parsed.GetValue(clip), cancellation), line.Seed, line.Recipe, line.Threads, line.Out, clip);
        line.Add("export", "Write encoder, predictor and decoder as ONNX.",
            (_, settings, cancellation) => ExportAsync(settings, cancellation), line.Seed, line.Recipe, line.Threads, line.Out);
    }

    Task<int> DreamAsync(RunSettings settings, uint clip, CancellationToken cancellation)
    {
        OutputFolder.Check(settings.Out);
        Console.Write(AsciiDream.Draw(LoadOrTrain(settings.Out, RecipeOf(settings), settings.Seed, cancellation).Model, clip));
        return Task.FromResult(0);
    }

    // The networks that every measurement uses: the slow encoder, the predictor and the decoder.
    Task<int> ExportAsync(RunSettings settings, CancellationToken cancellation)
    {
        OutputFolder.Check(settings.Out);
        var (recipe, seed) = (RecipeOf(settings), settings.Seed);
        var model = LoadOrTrain(settings.Out, recipe, seed, cancellation).Model;
        Write("encoder", ("observations", [DvdSequences.ObservationLength]), x => ("latents", model.Slow.Forward(x)));
        Write("predictor", ("latents", [DvdModel.Latent]), z => ("next", model.Predict(z)));
        Write("decoder", ("latents", [DvdModel.Latent]), z => ("pictures", model.Decode(z)));
        return Task.FromResult(0);

        void Write(string part, (string, Shape) input, Func<Tensor, (string, Tensor)> forward)
        {
            var file = Path.ChangeExtension(FileIn(settings.Out, recipe, seed), $".{part}.onnx");
            Onnx.Save(file, input, forward, [.. model.Sets]);
            AnsiConsole.WriteLine(Relative(file));
        }
    }
}
