using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TinyJepa.Samples;

/// <summary>
/// One line with the progress of a training: it is redrawn in place on a terminal, and becomes an ordinary line every two seconds in a log.
/// A step that draws nothing reads the clock and allocates nothing.
/// </summary>
public sealed class TrainingProgress : IDisposable
{
    const int Bars = 24;
    const string Blocks = "▁▂▃▄▅▆▇█";

    readonly IAnsiConsole _console;
    readonly TimeProvider _time;
    readonly string _name;
    readonly int _steps, _first;
    readonly bool _live;
    readonly long _start, _interval;
    readonly double[] _sums = new double[Bars];
    readonly int[] _counts = new int[Bars];
    readonly StringBuilder _spark = new(Bars);

    long _next;
    int _step, _drawn = -1;
    double _loss = double.NaN, _std = double.NaN;

    /// <summary>Starts the clock.</summary>
    /// <param name="name">What is trained.</param>
    /// <param name="steps">All steps of the run.</param>
    /// <param name="first">Steps that an earlier process has made.</param>
    /// <param name="console">Where to draw; the process's own output by default.</param>
    /// <param name="time">The clock; the system's by default.</param>
    public TrainingProgress(string name, int steps, int first = 0, IAnsiConsole? console = null, TimeProvider? time = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        (_name, _steps, _first, _step) = (name, steps, first, first);
        _console = console ?? AnsiConsole.Console;
        _time = time ?? TimeProvider.System;
        _live = _console.Profile.Capabilities is { Ansi: true, Interactive: true } && _console.Profile.Out.IsTerminal;
        _start = _time.GetTimestamp();
        _interval = _live ? _time.TimestampFrequency / 10 : 2 * _time.TimestampFrequency;
        _next = _start + _interval;
    }

    /// <summary>Reports that a step is done.</summary>
    /// <param name="step">Counted from 1.</param>
    /// <param name="loss">Its loss.</param>
    /// <param name="embeddingStd">Mean standard deviation of the embedding: near 0 means collapse. NaN leaves it out.</param>
    public void At(int step, double loss, double embeddingStd = double.NaN)
    {
        (_step, _loss, _std) = (step, loss, embeddingStd);
        var bar = (int)Math.Clamp((long)(step - 1) * Bars / _steps, 0, Bars - 1);
        if (double.IsFinite(loss))
        {
            _sums[bar] += loss;
            _counts[bar]++;
        }

        var now = _time.GetTimestamp();
        if (now < _next) return;
        _next = now + _interval;
        Draw();
    }

    /// <summary>Draws the last state and lets the next output begin on a new line.</summary>
    public void Dispose()
    {
        if (_drawn != _step && (_first == 0 || _step > _first)) Draw();
        if (_live && _drawn >= 0) _console.WriteLine();
    }

    void Draw()
    {
        _drawn = _step;
        var seconds = _time.GetElapsedTime(_start).TotalSeconds;
        var rate = seconds > 0 ? (_step - _first) / seconds : 0;
        var percent = Numbers.Fixed(100.0 * _step / _steps, 0).PadLeft(3);
        var count = _step.ToString(CultureInfo.InvariantCulture).PadLeft(_steps.ToString(CultureInfo.InvariantCulture).Length);
        var std = double.IsNaN(_std) ? "" : $"  emb std {Numbers.Short(_std),-7}";
        var left = _step == _steps ? $"took {Duration(seconds)}" : rate > 0 ? $"{Duration((_steps - _step) / rate)} left" : "";
        var facts = $"{count}/{_steps}  {percent} %  loss {Numbers.Short(_loss),-8}{std}  {Numbers.Short(rate)} steps/s  {left}";
        if (_live) DrawLive(facts);
        else _console.Profile.Out.Writer.WriteLine($"{_name}  {Spark()}  {facts}");
    }

    // Return to the first column, write, erase the rest: nothing flickers, and a shorter line leaves nothing behind. A line wider than the
    // window would wrap and could not be redrawn, so it is cut.
    void DrawLive(string facts)
    {
        var room = Math.Max(1, _console.Profile.Width - 1 - _name.Length - Bars - 4);
        if (facts.Length > room) facts = facts[..room];
        _console.Write(new ControlCode("\r"));
        _console.Write(new Markup($"[bold]{Markup.Escape(_name)}[/]  [blue]{Spark()}[/]  {Markup.Escape(facts)}"));
        _console.Write(new ControlCode("\u001b[K"));
    }

    // On a logarithmic scale where the loss allows it: most losses fall by powers of ten.
    string Spark()
    {
        var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
        var log = true;
        for (var i = 0; i < Bars; i++)
        {
            if (_counts[i] == 0) continue;
            var mean = _sums[i] / _counts[i];
            log &= mean > 0;
            (min, max) = (Math.Min(min, mean), Math.Max(max, mean));
        }

        _spark.Clear();
        for (var i = 0; i < Bars; i++)
        {
            if (_counts[i] == 0)
            {
                _spark.Append(' ');
                continue;
            }

            var mean = _sums[i] / _counts[i];
            var height = log ? Math.Log(mean / min) / Math.Log(max / min) : (mean - min) / (max - min);
            _spark.Append(Blocks[double.IsFinite(height) ? (int)(height * (Blocks.Length - 1) + 0.5) : 0]);
        }

        return _spark.ToString();
    }

    static string Duration(double seconds) => seconds switch
    {
        < 10 => Numbers.Fixed(seconds, 1) + " s",
        < 60 => Numbers.Fixed(seconds, 0) + " s",
        < 3600 => $"{(int)seconds / 60} min {(int)seconds % 60:00} s",
        _ => $"{(int)(seconds / 3600)} h {(int)(seconds % 3600) / 60:00} min",
    };
}
