using Spectre.Console;

namespace TinyJepa.Samples;

/// <summary>What was claimed beside what came out: the same rows on the terminal and in the <see cref="Report"/>.</summary>
public sealed class ClaimTable
{
    static readonly string[] s_header = ["claim", "published recipe", "best recipe", "controls"];

    readonly List<string[]> _rows = [];

    /// <summary>Adds a row.</summary>
    /// <param name="claim">The published figure, in words and number.</param>
    /// <param name="published">What the published recipe gives here.</param>
    /// <param name="best">What the improved recipe gives.</param>
    /// <param name="controls">What chance, copying the last frame or an untrained encoder gives: without them no figure means anything.</param>
    public ClaimTable Add(string claim, string published, string best, string controls)
    {
        _rows.Add([claim, published, best, controls]);
        return this;
    }

    /// <summary>Prints the table: framed on a terminal, as plain columns that are never cut or wrapped in a file or pipe.</summary>
    /// <param name="console">Where to print; the process's own output by default.</param>
    public void Print(IAnsiConsole? console = null)
    {
        console ??= AnsiConsole.Console;
        if (console.Profile.Out.IsTerminal) console.Write(Framed());
        else PrintPlain(console.Profile.Out.Writer);
    }

    /// <summary>Adds the table to a page.</summary>
    /// <param name="report">The page.</param>
    /// <param name="caption">How to read it.</param>
    public void AddTo(Report report, string? caption = null)
    {
        report.Table(s_header, _rows, caption);
    }

    Table Framed()
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var name in s_header) table.AddColumn(new TableColumn($"[bold]{name}[/]"));
        foreach (var row in _rows) table.AddRow([.. row.Select(Markup.Escape)]);
        return table;
    }

    void PrintPlain(TextWriter writer)
    {
        var widths = Enumerable.Range(0, s_header.Length).Select(c => _rows.Append(s_header).Max(row => row[c].Length)).ToArray();
        Line(s_header);
        Line([.. widths.Select(w => new string('-', w))]);
        foreach (var row in _rows) Line(row);

        void Line(string[] cells) => writer.WriteLine(string.Join("  ", cells.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd());
    }
}
