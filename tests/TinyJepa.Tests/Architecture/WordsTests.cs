using System.Text.RegularExpressions;
using TinyJepa.Tests.Docs;

namespace TinyJepa.Tests;

/// <summary>
/// One word, one meaning, and the field's word where there is one. Names and phrases that were replaced do not come back: a row says what was
/// retired, what to say instead and where it applies, with one text that it finds and one that it leaves alone.
/// </summary>
public sealed partial class WordsTests
{
    enum Part
    {
        /// <summary>C# without comments and strings, and the text of the public API.</summary>
        Code,

        /// <summary>Comments and strings of C#, and all other files.</summary>
        Prose,

        Both,
    }

    /// <param name="Pattern">What was retired; the case counts.</param>
    /// <param name="Instead">What to say.</param>
    /// <param name="Part">Where in a file.</param>
    /// <param name="Files">The folders it applies to, separated by blanks; empty: everywhere.</param>
    /// <param name="Found">A text that the row finds.</param>
    /// <param name="Allowed">A text like it that stays.</param>
    sealed record Retired(string Pattern, string Instead, Part Part, string Files, string Found, string Allowed)
    {
        public Regex Regex { get; } = new(Pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant);
    }

    const string Everywhere = "", Core = "src/", Samples = "samples/", Users = "samples/ tests/ bench/";
    const string Math = "src/TinyJepa/Kernels/ src/TinyJepa/Core/ src/TinyJepa/Ops/";

    static readonly Retired[] s_retired =
    [
        // The library's names.
        new(@"\b_?keep(?!Dims)\w*\b", "accumulate (a sum), save (scores), cache (packed weights)", Part.Code, Math,
            "bool keepBias = true;", "Scope.Keep(x); var keepDims = 1;"),
        new(@"\b\w*Kept\b", "Saved, Cached or Accumulated", Part.Code, Core, "var x = p.IsKept;", "var x = p.Keep;"),
        new(@"\b(?:\w*[a-z])?Spread\b", "Broadcast, Scatter, ParallelFor or Std", Part.Code, Everywhere, "y.Spread(x)", "spreadBars = 3"),
        new(@"\b(?:\w*[a-z])?(?<!File)Share\b", "CeilDiv, Dispatch, Accumulate or Fraction", Part.Code, Everywhere,
            "int NewShare = 3;", "FileShare.None"),
        new(@"\b(?:Saving|Restoring)State\b", "StateWriter, StateReader", Part.Both, Everywhere, "new SavingState()", "new StateWriter()"),
        new(@"\bExchange\b(?<!Interlocked\.Exchange)", "Visit", Part.Code, Everywhere,
            "void Exchange(StateVisitor v);", "Interlocked.Exchange(ref a, b)"),
        new(@"\b(?:p|parameters|Parameters)(?:\[\w+\])?\.Get\b", "Parameters.Create", Part.Both, Everywhere, "p.Get(name, shape)", "json.Get(name)"),
        new(@"\bWidest(?:\b|_)", "Simd", Part.Code, Everywhere, "Widest.Run(kernel)", "Widths[0]"),
        new(@"\bAlone\b", "NoInline", Part.Code, Core, "Kernel.Alone", "Kernel.NoInline"),
        new(@"\bAlive\b", "KeepAlive", Part.Code, Everywhere, "Alive(x, y);", "KeepAlive(x); x.IsAlive"),
        new(@"\bWants\b", "NeedsGradient", Part.Both, Everywhere, "x.Wants(out var dx)", "x.NeedsGradient(out var dx)"),
        new(@"\b(?:\w*[a-z])?Sinks?\b|\b_?sinks?\b", "GradientTarget, target", Part.Code, Core, "out Sink sink", "out GradientTarget target"),
        new(@"\bCores\.(?:Limit|CancelOn)\b", "Threads.Limit, Threads.CancelOn", Part.Both, Users, "Cores.Limit = 1", "Threads.Limit = 1"),
        new(@"\bILanes\b", "IFloats", Part.Both, "src/TinyJepa/Ops/", "where V : struct, ILanes<V>", "where V : struct, IFloats<V>"),
        new(@"\b_?notes?\b", "saved", Part.Code, Core, "Tensor notes", "Tensor saved"),
        new(@"\bAttentionForm\b|\bAttentionShape form\b", "AttentionShape shape", Part.Both, Everywhere,
            "in AttentionShape form", "in AttentionShape shape"),
        new(@"\bProject(?:Weights|Gelu)\b|\bmapped\b", "LinearBackwardWeight, activated", Part.Code, Core,
            "x.ProjectWeights(dw)", "pca.Project(x, 2)"),
        new(@"\b(?:Linear|Forward)(?:Gelu|Relu|Silu)\b", "the activation as an argument: Activation.Gelu", Part.Both, Everywhere,
            "x.LinearGelu(w, b)", "x.Linear(w, b)"),
        new(@"\b\w*(?<!Standard|Absolute)Deviations?\b", "Std", Part.Code, Everywhere, "float Deviation;", "x.StandardDeviation()"),
        new(@"\b_?deviations?\b", "std", Part.Code, Everywhere, "var deviation = 1f;", "var std = 1f;"),
        new(@"\b_?[Pp]rices?\b", "cost", Part.Code, Everywhere, "plan.Price", "plan.Cost"),
        new(@"\bNarrowing\b|\bInertia\b", "StdDecay, Momentum", Part.Code, Everywhere, "Inertia = 0.1f", "Momentum = 0.1f"),
        new(@"\b_?gains?\b", "weight", Part.Code, Everywhere, "Tensor gain", "Tensor weight"),
        new(@"\b(?:Crowded|IsFar|Far)\b", "ConflictStride, BeyondL2", Part.Code, Core, "const int Far = 8;", "const int BeyondL2 = 8;"),
        new(@"\b(?:Meet|Deal|Turn|Put|Together|Fours)\b", "Reduce, Scatter, Transpose, Store, RowsPerStep", Part.Code, Core,
            "lanes.Meet(a)", "lanes.Reduce(a)"),
        new(@"\b(?:Hire|Bell|Patience|_?patience)\b", "StartWorkers, WakeUp, spinRounds", Part.Code, Core, "Hire(count)", "StartWorkers(count)"),
        new(@"\b\w*Stretch(?:es)?\b|\b_?stretch(?:es)?\b", "range, segment", Part.Code, Everywhere, "block.Stretch(entries)", "block.Range(entries)"),

        // The samples' names.
        new(@"\b(?:\w*[a-z])?(?:Sights|Films?|Untold|Thought)\b", "observations, clips, what it is", Part.Code, Everywhere,
            "new Films(world)", "new Clips(world)"),
        new(@"\b(?:\w*[a-z])?Marks\b|\bmarks\b", "metrics", Part.Code, Everywhere, "run.Marks.Probe", "run.Metrics.Probe"),
        new(@"\bCalm\b|\b_?\w*[cC]alm\b", "annealing, schedule", Part.Code, Samples, "Schedule _calm", "Schedule _annealing"),
        new(@"\bDrawing\b(?<!System\.Drawing)", "Decoder", Part.Code, Everywhere, "model.Drawing", "System.Drawing"),
        new(@"\b_?ways\b|\bWays\b", "paths, clips, plans: what it is", Part.Code, Everywhere, "ways[start]", "paths[start]"),

        // Phrases.
        new(@"\bwatchm[ae]n\b|\bforetold\b", "observer, predicted", Part.Prose, Everywhere, "// it can be foretold", "// it can be predicted"),
        new(@"\bfilms?\b", "clip, recording", Part.Prose, Everywhere, "// a film of frames", "// a clip of frames"),
        new(@"\bways\b(?<!\b(?:two|three|four|both|other|many|these|its)\s+ways)", "paths, batch: what it is", Part.Prose, Everywhere,
            "// 96 ways at once", "// in two ways"),
        new(@"\b[Dd]eviations?\b(?<!\b(?:[Ss]tandard|[Aa]bsolute)[\s/*#|]+\w+)", "std or standard deviation", Part.Prose, Everywhere,
            "// the deviation of a row", "// the standard\n    /// deviation of a row"),
        new(@"\b[Pp]rices?\b", "cost", Part.Prose, Everywhere, "// the price of a plan", "// the cost of a plan"),
        new(@"\b[Ss]tretch(?:es)?\b(?<!(?:align|justify)-\w+: ?\w+)", "range, segment", Part.Prose, Everywhere,
            "// a stretch of memory", "align-items: stretch;"),
        new(@"\bvery frames?\b", "exact frame", Part.Prose, Everywhere, "// found at its very frame", "// found at the exact frame"),
        new(@"\bnumber blocks?\b|\b(?:trained|all) numbers\b", "values, elements, parameters", Part.Prose, Everywhere,
            "// over all numbers", "// random numbers"),
        new(@"\b(?:[Tt]he|its) (?:same )?numbers (?:of|as|in)\b", "values, elements", Part.Prose, "src/TinyJepa/Core/ src/TinyJepa/Ops/",
            "// the same numbers as a constant", "// the number of elements"),
        new(@"\bshares? of (?:the |its )?(?:work|threads?)\b", "part, fraction", Part.Prose, Everywhere,
            "// a share of the work", "// threads share a queue"),
    ];

    public static TheoryData<string> Folders => ["src", "samples", "tests", "bench", "docs", "*.md"];

    [Theory]
    [MemberData(nameof(Folders))]
    public void RetiredWords_DoNotComeBack(string folder)
    {
        var hits = Files(folder).SelectMany(file => Hits(file, Repository.Read(file))).ToArray();
        Assert.True(hits.Length == 0, $"{hits.Length} retired words:\n{string.Join('\n', hits)}");
    }

    [Fact]
    public void EveryRow_FindsItsWord_AndLeavesTheOtherTextAlone()
    {
        foreach (var row in s_retired)
        {
            Assert.True(row.Regex.IsMatch(row.Found), $"'{row.Pattern}' does not find '{row.Found}'.");
            Assert.False(row.Regex.IsMatch(row.Allowed), $"'{row.Pattern}' finds '{row.Allowed}'.");
        }
    }

    [Fact]
    public void Search_TellsCodeFromProse_AndCountsLines()
    {
        const string Source = "var a = 1; // a film\n/* Films\n of it */ var Films = \"a film\";\n";
        var hits = Hits("samples/A.cs", Source).ToArray();
        Assert.Equal(3, hits.Length);
        Assert.StartsWith("samples/A.cs:3: 'Films'", hits[0], StringComparison.Ordinal);
        Assert.StartsWith("samples/A.cs:1: 'film'", hits[1], StringComparison.Ordinal);
        Assert.StartsWith("samples/A.cs:3: 'film'", hits[2], StringComparison.Ordinal);
        Assert.Contains("src/TinyJepa/Core/Tensor.cs", Files("src"));
        Assert.Contains("README.md", Files("*.md"));
        Assert.DoesNotContain("tests/TinyJepa.Tests/Architecture/WordsTests.cs", Files("tests"));
    }

    static IEnumerable<string> Hits(string file, string text)
    {
        var isCode = Path.GetExtension(file) == ".cs";
        var isApi = Path.GetFileName(file) == "PublicApi.txt";
        // Either half keeps the other's length and line breaks as blanks, so that positions are those of the file.
        var code = isCode ? CommentsAndStrings().Replace(text, match => Blank(match.Value)) : isApi ? text : "";
        var prose = isCode ? string.Concat(text.Zip(code, (c, inCode) => c == '\n' || inCode != c ? c : ' ')) : isApi ? "" : text;
        return from row in s_retired
               where row.Files.Split(' ').Any(folder => file.StartsWith(folder, StringComparison.Ordinal))
               from half in row.Part switch { Part.Code => [code], Part.Prose => [prose], _ => new[] { code, prose } }
               from match in row.Regex.Matches(half).Cast<Match>()
               select $"{file}:{1 + text.AsSpan(0, match.Index).Count('\n')}: '{match.Value}'; say {row.Instead}";
    }

    static string Blank(string text) => string.Concat(text.Select(c => c == '\n' ? c : ' '));

    static IEnumerable<string> Files(string folder)
    {
        var found = folder == "*.md"
            ? Directory.EnumerateFiles(Repository.Root, folder)
            : Directory.EnumerateFiles(Repository.PathTo(folder), "*", SearchOption.AllDirectories);
        return found.Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Where(file => Path.GetExtension(file) is ".cs" or ".md" or ".html" or ".js" or ".css" || Path.GetFileName(file) == "PublicApi.txt")
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "out"
                or "results" or "Fixtures" or "TestResults" or "BenchmarkDotNet.Artifacts"))
            .Where(file => Path.GetFileName(file) != "WordsTests.cs").Order(StringComparer.Ordinal);
    }

    [GeneratedRegex(""""//[^\n]*|/\*.*?\*/|\$*"{3}.*?"{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'"""", RegexOptions.Singleline)]
    private static partial Regex CommentsAndStrings();
}
