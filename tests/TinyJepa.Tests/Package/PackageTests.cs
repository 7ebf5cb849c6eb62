using System.IO.Compression;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Xunit.Abstractions;

namespace TinyJepa.Tests.Package;

/// <summary>What a stranger gets who types `dotnet add package TinyJepa`: the files, and a program that trains, also trimmed into one file.</summary>
[Trait("Category", "Package")]
public sealed class PackageTests(Consumer consumer, ITestOutputHelper output) : IClassFixture<Consumer>
{
    string Package => Assert.Single(Directory.GetFiles(consumer.Feed, "TinyJepa.*.nupkg"));

    [Fact]
    public void Package_HoldsTheLibraryItsDocsAndAReadme_AndNothingNative()
    {
        using var zip = ZipFile.OpenRead(Package);
        string[] expected = ["README.md", "TinyJepa.nuspec", "lib/net10.0/TinyJepa.dll", "lib/net10.0/TinyJepa.xml"];
        Assert.Equal(expected, zip.Entries.Select(entry => entry.FullName).Where(IsContent).Order(StringComparer.Ordinal));
        Assert.InRange(new FileInfo(Package).Length, 10_000, 1_000_000);
        output.WriteLine($"{Path.GetFileName(Package)}: {new FileInfo(Package).Length} bytes");

        using var library = new MemoryStream();
        using (var packed = zip.GetEntry("lib/net10.0/TinyJepa.dll")!.Open()) packed.CopyTo(library);
        library.Position = 0;
        using var image = new PEReader(library);
        Assert.True(image.HasMetadata);
        Assert.True(image.PEHeaders.CorHeader!.Flags.HasFlag(CorFlags.ILOnly));
        Assert.Equal(0, image.PEHeaders.CorHeader.ManagedNativeHeaderDirectory.Size);
    }

    [Fact]
    public void Package_NamesItsLicenceReadmeAndDependencies()
    {
        using var zip = ZipFile.OpenRead(Package);
        using var stream = zip.GetEntry("TinyJepa.nuspec")!.Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single();
        XElement Named(string name) => metadata.Elements().Single(element => element.Name.LocalName == name);

        Assert.Equal("TinyJepa", Named("id").Value);
        Assert.Equal(("expression", "MIT"), (Named("license").Attribute("type")!.Value, Named("license").Value));
        Assert.Equal("README.md", Named("readme").Value);
        Assert.Equal("The TinyJepa authors", Named("authors").Value);
        Assert.NotEmpty(Named("description").Value);
        var group = Assert.Single(Named("dependencies").Elements());
        Assert.Equal("net10.0", group.Attribute("targetFramework")!.Value);
        Assert.Equal(["MathNet.Numerics", "System.Numerics.Tensors"], group.Elements().Select(dependency => dependency.Attribute("id")!.Value).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Symbols_LieBesideThePackage()
    {
        using var zip = ZipFile.OpenRead(Assert.Single(Directory.GetFiles(consumer.Feed, "TinyJepa.*.snupkg")));
        Assert.Contains(zip.Entries, entry => entry.FullName == "lib/net10.0/TinyJepa.pdb");
    }

    [Fact]
    public void EveryPublicMember_IsDocumented_InThePackage()
    {
        using var zip = ZipFile.OpenRead(Package);
        using var stream = zip.GetEntry("lib/net10.0/TinyJepa.xml")!.Open();
        var documented = XDocument.Load(stream).Descendants("member").Select(member => member.Attribute("name")!.Value).ToHashSet();
        var missing = typeof(Tensor).Assembly.GetExportedTypes().Where(type => !type.Name.Contains('<', StringComparison.Ordinal) && type.DeclaringType is null)
            .Select(type => $"T:{type.FullName}").Where(name => !documented.Contains(name));
        Assert.Empty(missing);
    }

    /// <summary>As a program that references the package, and trimmed into one file with the runtime in it: the same answer, to the bit.</summary>
    [Fact]
    public void AProgram_TrainsAndPredicts_AlsoTrimmedIntoOneFile()
    {
        Consumer.Dotnet(consumer.App, "build", "-c", "Release");
        var plain = Consumer.Dotnet(consumer.App, "run", "-c", "Release", "--no-build");
        Assert.Matches(@"^loss fell, hash [0-9a-f]{16}, prediction \[64, 4\]\s+probe True, rank True, components 4\s*$", plain);

        var folder = Path.Combine(consumer.App, "published");
        var messages = Consumer.Dotnet(consumer.App, "publish", "-c", "Release", "--use-current-runtime", "--self-contained", "-p:PublishTrimmed=true", "-p:PublishSingleFile=true", "-p:DebugType=none", "-o", folder);
        Assert.DoesNotMatch(@"\bIL[23]\d{3}\b", messages);
        var program = Assert.Single(Directory.GetFiles(folder));
        output.WriteLine($"{Path.GetFileName(program)}: {new FileInfo(program).Length} bytes");
        Assert.InRange(new FileInfo(program).Length, 1_000_000, 30_000_000);
        Assert.Equal(plain, Consumer.Run(program, consumer.App));
    }

    static bool IsContent(string path) =>
        !path.StartsWith("_rels/", StringComparison.Ordinal) && !path.StartsWith("package/", StringComparison.Ordinal) && path != "[Content_Types].xml";
}
