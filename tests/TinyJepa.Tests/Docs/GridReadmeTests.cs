using System.Globalization;
using System.Text.Json;

namespace TinyJepa.Tests.Docs;

/// <summary>The README's figures of the grid world are what a run wrote.</summary>
public sealed class GridReadmeTests
{
    static readonly (string Key, string Meaning, string Format, string Claim)[] s_rows =
    [
        ("planning_success", "paths found by one-step control, of 600 pairs", "P1", "100 %"),
        ("planning_optimal", "paths as short as possible", "P1", "100 %"),
        ("leave_one_cell_out_r2", "R² of column and row of a cell the probe never saw", "0.000", "– (1.00 on the probe's own cells)"),
        ("pca2_variance", "variance along the first two directions", "P1", "52 %"),
        ("heldout_transition_success", "20 transitions never shown, predicted correctly", "P1", "–"),
        ("open_loop_8_accuracy", "right cell after 8 imagined moves", "P1", "–"),
        ("imagined_search_success", "whole paths found by search in the model", "P1", "–"),
        ("train_seconds", "seconds of training", "0", "about 1800 on a GPU"),
    ];

    [Fact]
    public void Figures_AreThoseOfTheCommittedRun()
    {
        var best = Figures("best.json");
        var published = Figures("published.json");
        var table = "\n| | published claim | published recipe here | best recipe |\n|---|--:|--:|--:|\n" +
            string.Concat(s_rows.Select(row => $"| {row.Meaning} | {row.Claim} | {Show(published, row)} | **{Show(best, row)}** |\n"));
        Repository.AssertReadme("grid-figures", table);
    }

    static JsonElement Figures(string file) => JsonDocument.Parse(Repository.Read("samples", "GridWorld", "results", file)).RootElement.GetProperty("figures");

    static string Show(JsonElement figures, (string Key, string Meaning, string Format, string Claim) row)
    {
        var figure = figures.GetProperty(row.Key);
        string Number(string name)
        {
            var value = figure.GetProperty(name).GetDouble();
            return row.Format == "P1" ? (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %" : value.ToString(row.Format, CultureInfo.InvariantCulture);
        }

        return figure.GetProperty("low").ValueKind == JsonValueKind.Null ? Number("value") : $"{Number("value")} [{Number("low")}–{Number("high")}]";
    }
}
