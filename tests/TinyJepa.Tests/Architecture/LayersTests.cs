using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace TinyJepa.Tests;

/// <summary>Lower layers never name higher ones. Reads the source: comments and strings may say what they like.</summary>
public sealed partial class LayersTests
{
    /// <summary>Which folders a folder may name beside itself.</summary>
    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Kernels"] = [],
        ["Core"] = ["Kernels"],
        ["Export"] = ["Core"],
        ["Ops"] = ["Core", "Export"],
        ["Nn"] = ["Core", "Ops"],
        ["Losses"] = ["Core", "Ops"],
        ["Models"] = ["Nn", "Losses", "Core", "Ops"],
        ["Optim"] = ["Core"],
        ["IO"] = ["Core", "Export"],
        ["Data"] = ["Core", "Ops"],
        ["Analysis"] = ["Core", "Ops"],
        ["Planning"] = ["Core", "Ops"],
    };

    /// <summary>Single types that a folder may name in a folder that is closed to it otherwise.</summary>
    static readonly Dictionary<string, string[]> Exceptions = new()
    {
        ["Core"] = ["Linear"],                                                      // the backend's primitive, not the layer
        ["Ops"] = ["IFloats", "Functions", "IUnary", "IBinary", "Identity"],
        ["Optim"] = ["Parameters", "Parameter", "ParameterBlock", "AdamRates", "Functions"],   // its own kernel, and cos for schedules
        ["IO"] = ["Parameters", "Parameter", "ParameterBlock"],
        ["Planning"] = ["Functions"],                                                // exp of the weights of MPPI
    };

    static readonly string Source = FindSource();

    static readonly string[] All = [.. Directory.GetDirectories(Source).Select(path => Path.GetFileName(path)!)
        .Where(name => name is not ("bin" or "obj")).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Folders => [.. All];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_NamesOnlyLowerFolders(string folder)
    {
        Assert.True(Allowed.ContainsKey(folder), $"The folder {folder} has no place in the table of layers.");
        var forbidden = Allowed.Keys.Except([folder, .. Allowed[folder]]).SelectMany(other => Types(other).Select(type => (Type: type, Folder: other)))
            .Where(pair => !Exceptions.GetValueOrDefault(folder, []).Contains(pair.Type))
            .ExceptBy(new[] { folder }.Concat(Allowed[folder]).SelectMany(Types), pair => pair.Type)
            .DistinctBy(pair => pair.Type).ToDictionary(pair => pair.Type, pair => pair.Folder);

        var found = from file in Files(folder)
                    from match in Names().Matches(Code(file)).Cast<Match>()
                    where forbidden.ContainsKey(match.Value)
                    select $"{folder}/{Path.GetFileName(file)} names {match.Value} of {forbidden[match.Value]}";
        Assert.Empty(found.Distinct());
    }

    /// <summary>Folders with a namespace of their own are closed to a folder that does not import it.</summary>
    [Theory]
    [MemberData(nameof(Folders))]
    public void Folder_ImportsOnlyLowerNamespaces(string folder)
    {
        var open = new[] { folder }.Concat(Allowed[folder]).Concat(Exceptions.GetValueOrDefault(folder, []).Select(Home)).ToHashSet();
        var found = from file in Files(folder)
                    from match in Imports().Matches(Code(file)).Cast<Match>()
                    where !open.Contains(match.Groups[1].Value)
                    select $"{folder}/{Path.GetFileName(file)} imports {match.Groups[1].Value}";
        Assert.Empty(found);
    }

    [Fact]
    public void Kernels_HaveNeverHeardOfATensor()
    {
        foreach (var file in Files("Kernels"))
            Assert.False(Code(file).Contains("Tensor", StringComparison.Ordinal), $"{Path.GetFileName(file)} says Tensor.");
    }

    /// <summary>The processor is asked in one place only, or the bits depend on where the question was answered.</summary>
    [Fact]
    public void Simd_AloneAsksTheProcessor()
    {
        var asking = All.SelectMany(Files).Where(file => Code(file).Contains("IsHardwareAccelerated", StringComparison.Ordinal)
            || Code(file).Contains("IsSupported", StringComparison.Ordinal)).Select(Path.GetFileName);
        Assert.Equal(["Simd.cs"], asking);
    }

    /// <summary>
    /// The processor's backend gets every address from an <c>Operands</c> that is disposed behind the kernel: no primitive can forget to keep its
    /// operands alive.
    /// </summary>
    [Fact]
    public void Addresses_ComeFromDisposedOperandsOnly()
    {
        var cpu = Directory.GetFiles(Path.Combine(Source, "Core", "Backends", "Cpu")).Select(file => (Name: Path.GetFileName(file), Code: Code(file))).ToList();
        var made = cpu.SelectMany(file => file.Code.Split('\n')).Where(line => line.Contains("new Operands(", StringComparison.Ordinal)).ToList();
        Assert.True(made.Count > 30);
        Assert.All(made, line => Assert.Equal("using var at = new Operands();", line.Trim()));
        // Scratch blocks have addresses too, but end by a `using` of their own.
        var taking = cpu.Where(file => file.Code.Replace("block.Pointer", "", StringComparison.Ordinal).Replace("partial.Pointer", "", StringComparison.Ordinal)
            .Contains(".Pointer", StringComparison.Ordinal)).Select(file => file.Name).Order(StringComparer.Ordinal);
        Assert.Equal(["Operands.cs"], taking);
    }

    /// <summary>A file is read at one sitting; only the realisations of the lanes, which list every operation, may be longer.</summary>
    [Fact]
    public void Files_AreShort_AndSoAreLines()
    {
        foreach (var file in All.SelectMany(Files))
        {
            var lines = File.ReadAllLines(file);
            Assert.True(lines.Length <= 300 || file.Contains("Simd", StringComparison.Ordinal), $"{Path.GetFileName(file)} has {lines.Length} lines.");
            for (var i = 0; i < lines.Length; i++)
                Assert.True(lines[i].Length <= 160, $"{Path.GetFileName(file)}, line {i + 1} has {lines[i].Length} characters.");
        }
    }

    /// <summary>The searching itself must find something, or the tests above prove nothing.</summary>
    [Fact]
    public void Search_FindsTypesAndNames()
    {
        Assert.Contains("Tensor", Types("Core"));
        Assert.Contains("GeluOp", Types("Ops"));
        Assert.Contains("Gemm", Types("Kernels"));
        Assert.DoesNotContain("Product", Types("Kernels"));                            // nested types are their owner's
        Assert.Equal(["var", "x", "Rows", "Scratch", "Gemm"], Names().Matches(Strip("var x = y.Linear(a); // Adam\n Rows.Add(\"Pool\"); Move(1); new Scratch(); Run<Gemm>()"))
            .Select(match => match.Value).Where(name => name is not ("a" or "y" or "new")));
    }

    static string Home(string type) => Allowed.Keys.First(folder => Types(folder).Contains(type));

    static IEnumerable<string> Files(string folder) => Directory.Exists(Path.Combine(Source, folder))
        ? Directory.EnumerateFiles(Path.Combine(Source, folder), "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : [];

    static HashSet<string> Types(string folder) => [.. Files(folder).SelectMany(file => Declarations().Matches(Code(file))).Select(match => match.Groups[1].Value)];

    static string Code(string file) => Strip(File.ReadAllText(file));

    static string Strip(string source) => CommentsAndStrings().Replace(source, " ");

    static string FindSource([CallerFilePath] string here = "")
    {
        foreach (var start in (string?[])[AppContext.BaseDirectory, Path.GetDirectoryName(here)])
            for (var folder = start; folder is not null; folder = Path.GetDirectoryName(folder))
                if (File.Exists(Path.Combine(folder, "src", "TinyJepa", "TinyJepa.csproj"))) return Path.Combine(folder, "src", "TinyJepa");
        throw new DirectoryNotFoundException("The source of TinyJepa lies in no folder above the tests.");
    }

    /// <summary>Identifiers that may be types: no members (after a dot), no calls (before a bracket) except after <c>new</c>.</summary>
    [GeneratedRegex(@"(?<![\w.])(?<=\bnew\s+)[A-Za-z_]\w*|(?<![\w.])[A-Za-z_]\w*\b(?!\s*(?:<\w+>)?\()")]
    private static partial Regex Names();

    /// <summary>Types of the file's own level: declared without indentation.</summary>
    [GeneratedRegex(@"^(?:[a-z]+ )*(?:class|struct|interface|record|enum|record struct) ([A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex Declarations();

    [GeneratedRegex(@"^using (?:static )?TinyJepa\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Imports();

    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|\"{3}.*?\"{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\])+'""", RegexOptions.Singleline)]
    private static partial Regex CommentsAndStrings();
}
