using System.Text;
using Spectre.Console;
using TinyJepa.Samples;

namespace TinyJepa.Tests.Samples;

public sealed class TrainingProgressTests
{
    [Fact]
    public void At_WritesALineEveryTwoSeconds_WhenRedirected()
    {
        var (output, clock) = (new StringWriter(), new Clock());
        using (var progress = new TrainingProgress("predict", 100, console: Redirected(output), time: clock))
        {
            for (var step = 1; step <= 100; step++)
            {
                clock.Seconds += 0.05;                  // five seconds in all: a line after two, after four, and the last one
                progress.At(step, 10.0 / step, 2.5);
            }
        }

        var lines = output.ToString().TrimEnd().Split(Environment.NewLine);
        Assert.Equal(3, lines.Length);
        Assert.Contains(" 40/100   40 %  loss 0.25      emb std 2.5", lines[0], StringComparison.Ordinal);
        Assert.Contains("20 steps/s  3.0 s left", lines[0], StringComparison.Ordinal);
        Assert.Contains("100/100  100 %  loss 0.1", lines[2], StringComparison.Ordinal);
        Assert.Contains("took 5.0 s", lines[2], StringComparison.Ordinal);
        Assert.Matches("^predict  █[▁-▇]+▁  100/100", lines[2]);
        Assert.DoesNotContain('\u001b', output.ToString());
    }

    [Fact]
    public void At_CountsTheSpeedOfThisProcessOnly_WhenAnEarlierOneMadeTheFirstSteps()
    {
        var (output, clock) = (new StringWriter(), new Clock());
        using (var progress = new TrainingProgress("predict", 100, first: 80, Redirected(output), clock))
        {
            clock.Seconds = 2;
            progress.At(90, 1);
        }

        Assert.Contains(" 90/100   90 %", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("5 steps/s  2.0 s left", output.ToString(), StringComparison.Ordinal);
        output.GetStringBuilder().Clear();
        new TrainingProgress("predict", 100, first: 100, Redirected(output), clock).Dispose();
        Assert.Equal("", output.ToString());
    }

    [Fact]
    public void At_RedrawsOneLine_OnATerminal()
    {
        var (output, clock) = (new StringWriter(), new Clock());
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new Terminal(output, 70),
        });
        using (var progress = new TrainingProgress("predict", 100, console: console, time: clock))
        {
            for (var step = 1; step <= 100; step++)
            {
                clock.Seconds += 0.05;
                progress.At(step, 1, 2.5);
            }
        }

        var text = output.ToString();
        Assert.Single(text.Split('\n'), part => part.Contains("predict", StringComparison.Ordinal));
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var drawings = text.Split('\r', StringSplitOptions.RemoveEmptyEntries).Where(part => part.Contains("predict", StringComparison.Ordinal)).ToArray();
        Assert.InRange(drawings.Length, 30, 51);
        Assert.All(drawings, d => Assert.InRange(WithoutCodes(d).TrimEnd('\n').Length, 20, 69));
    }

    [Fact]
    public void At_AllocatesNothing_WhenItDrawsNothing()
    {
        using var progress = new TrainingProgress("predict", 1_000_000, console: Redirected(TextWriter.Null), time: new Clock());
        for (var step = 1; step < 1000; step++) progress.At(step, 1, 2);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 1000; step < 100_000; step++) progress.At(step, 1, 2);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void At_SurvivesAnyLoss(double loss)
    {
        var output = new StringWriter();
        using (var progress = new TrainingProgress("p", 3, console: Redirected(output), time: new Clock()))
            for (var step = 1; step <= 3; step++) progress.At(step, loss);

        Assert.Contains("3/3", output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("emb std", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ClaimTable_IsPlainAndWhole_WhenRedirected()
    {
        var output = new StringWriter();
        var controls = new string('c', 300);
        new ClaimTable().Add("probe 0.73 px", "0.74", "[0.31]", controls).Add("88×", "88.4×", "114×", "1×").Print(Redirected(output));

        var lines = output.ToString().TrimEnd().Split(Environment.NewLine);
        Assert.Equal(4, lines.Length);
        Assert.Equal("claim          published recipe  best recipe  controls", lines[0]);
        Assert.Equal($"probe 0.73 px  0.74              [0.31]       {controls}", lines[2]);
        Assert.Equal("88×            88.4×             114×         1×", lines[3]);
    }

    [Fact]
    public void ClaimTable_TakesWordsLiterally_OnATerminal()
    {
        var output = new StringWriter();
        new ClaimTable().Add("[red]", "a", "b", "c").Print(AnsiConsole.Create(new AnsiConsoleSettings { Out = new Terminal(output, 100) }));

        Assert.Contains("[red]", output.ToString(), StringComparison.Ordinal);
    }

    static IAnsiConsole Redirected(TextWriter output) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.No,
        Interactive = InteractionSupport.No,
        Out = new AnsiConsoleOutput(output),
    });

    static string WithoutCodes(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\u001b') plain.Append(text[i]);
            else
                while (!char.IsAsciiLetter(text[i])) i++;
        }

        return plain.ToString();
    }

    sealed class Clock : TimeProvider
    {
        internal double Seconds { get; set; }

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => (long)Math.Round(Seconds * TimestampFrequency);
    }

    sealed class Terminal(TextWriter writer, int width) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => width;

        public int Height => 25;

        public void SetEncoding(Encoding encoding) { }
    }
}
