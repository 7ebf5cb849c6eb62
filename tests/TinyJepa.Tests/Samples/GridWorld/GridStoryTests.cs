using System.Text;
using TinyJepa.Samples;
using TinyJepa.Samples.GridWorld;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Samples.Grid;

/// <summary>The whole story of a model that is hardly trained: figures, table and page come out whole.</summary>
[Collection(Machine.Name)]
public sealed class GridStoryTests
{
    [Fact]
    public void AStudy_WritesFiguresTableAndPage()
    {
        if (Machine.IsSlow) return;
        using var folder = new TempFolder();
        var recipe = Recipe.Best with { Name = "tiny", Steps = 2, Walks = 8, Directions = 8 };
        var map = GridTrainingTests.Four;
        var grid = new GridExperiment(map);
        var trained = grid.Train(recipe, seed: 0, Checkpointing.None);
        Transition[] held = [map.Transitions.First()];
        var run = new GridRun(trained, Measurements.Of(map, trained.Model, seed: 0), HeldOut.Of(map, trained.Model, held));
        var study = new Study<Recipe, GridModel, GridRun>(recipe, [run]);

        var json = Encoding.UTF8.GetString(grid.Metrics(study).ToJson());
        Assert.All((string[])["planning_success", "planning_optimal", "leave_one_cell_out_r2", "pca2_variance", "heldout_transition_success", "open_loop_8_accuracy", "train_seconds", "parameter_hash"],
            name => Assert.Contains($"\"{name}\"", json, StringComparison.Ordinal));
        Assert.Contains(trained.Model.Hash, json, StringComparison.Ordinal);

        var table = GridClaims.Table([study, study], Controls.Of(map));
        var page = GridReport.Of([study, study], table, map, [new LambdaStudy(recipe, run.Measured)]).ToHtml();
        Assert.Contains("2,955,072", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("src=\"/", page, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Controls_ReadNothing_OffCellsLeftOut()
    {
        if (Machine.IsSlow) return;
        var controls = Controls.Of(GridMap.Seed);
        Assert.Equal(1, controls.Pixels.InSample, 1e-3);
        Assert.InRange(controls.Pixels.LeaveOneOut, -0.2, 0);
        Assert.InRange(controls.RandomCodes.Average(codes => codes.LeaveOneOut), -0.6, 0);
        Assert.InRange(controls.Untrained.Average(codes => codes.LeaveOneOut), -0.6, 0);
        Assert.All(controls.Untrained, codes => Assert.InRange(codes.LeaveLinesOut, -3, -0.3));
    }
}
