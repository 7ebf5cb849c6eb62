using System.Diagnostics;
using System.Runtime.CompilerServices;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Package;

/// <summary>
/// The package as it would be published, packed once from what was built for these tests, and a project of a stranger who references it. A
/// NuGet.config of the project's own adds the folder it lies in and keeps all packages apart from the machine's, and the version is one that no
/// feed has, so nothing stale is used.
/// </summary>
public sealed class Consumer : IDisposable
{
    const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            <InvariantGlobalization>true</InvariantGlobalization>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            <ILLinkTreatWarningsAsErrors>true</ILLinkTreatWarningsAsErrors>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="TinyJepa" Version="[0.0.0-fresh]" />
          </ItemGroup>
        </Project>
        """;

    const string Config = """
        <?xml version="1.0" encoding="utf-8"?>
        <configuration>
          <config><add key="globalPackagesFolder" value="../packages" /></config>
          <packageSources><add key="fresh" value="../feed" /></packageSources>
        </configuration>
        """;

    const string Program = """
        using TinyJepa;
        using TinyJepa.Analysis;
        using TinyJepa.IO;
        using TinyJepa.Losses;
        using TinyJepa.Nn;
        using TinyJepa.Optim;

        Parameters model = new(seed: 1), slow = new(seed: 1);
        Mlp encoder = new(model["encoder"], [8, 16, 4]), target = new(slow["encoder"], [8, 16, 4]), predictor = new(model["predictor"], [4, 16, 4]);
        var adam = new Adam(model) { LearningRate = 1e-2f };
        var ema = new Ema(model["encoder"], slow["encoder"], decay: 0.99f);
        var rng = new Rng(2);
        float first = 0, last = 0;
        for (var step = 0; step < 20; step++)
        {
            using var tape = Tape.Begin();
            var now = Tensor.Empty([32, 8]);
            rng.FillUniform(now.Span, -1f, 1f);
            var z = encoder.Forward(now);
            var loss = Mse.Of(predictor.Forward(z), target.Forward(now * 0.9f)) + VicReg.VarianceHinge(z);
            tape.Backward(loss);
            adam.Step();
            ema.Step();
            (first, last) = (step == 0 ? loss.Item : first, loss.Item);
        }

        using var scope = Scope.Begin();
        var x = Tensor.Empty([64, 8]);
        rng.FillUniform(x.Span, -1f, 1f);
        var latents = target.Forward(x);
        Safetensors.Save("model.safetensors", model);
        Safetensors.Load("model.safetensors", model);
        StateDict.Save("model.npz", model, new LoadOptions { Under = "model" });
        using (var file = TensorFile.Open("model.npz")) StateDict.Load(file, new LoadOptions { Under = "model" }, model);
        var checkpoint = new Checkpoint("run").Add("model", model).Add("adam", adam).Add("rng", rng);
        checkpoint.Save(20);
        if (checkpoint.Resume() is not { Step: 20, Damaged.Count: 0 }) return;
        Console.WriteLine($"loss {(last < first ? "fell" : "rose")}, hash {model.Hash()}, prediction {predictor.Forward(latents).Shape}");
        Console.WriteLine($"probe {LinearProbe.Fit(latents, x).Score(latents, x).Rmse < 0.6}, rank {Collapse.EffectiveRank(latents) > 2}, components {Pca.Fit(latents).Explained.Count}");
        """;

    readonly TempFolder _folder = new();

    public Consumer()
    {
        Directory.CreateDirectory(App);
        File.WriteAllText(Path.Combine(App, "App.csproj"), Project);
        File.WriteAllText(Path.Combine(App, "NuGet.config"), Config);
        File.WriteAllText(Path.Combine(App, "Program.cs"), Program);
        Dotnet(Root, "pack", Path.Combine("src", "TinyJepa"), "-c", Configuration, "--no-build", "-o", Feed, "-p:PackageVersion=0.0.0-fresh");
    }

    /// <summary>Where the package and its symbols lie.</summary>
    internal string Feed => _folder["feed"];

    /// <summary>The stranger's project.</summary>
    internal string App => _folder["app"];

    static string Root => FindRoot();

    // The library was built beside this assembly, in the same configuration.
#if DEBUG
    static string Configuration => "Debug";
#else
    static string Configuration => "Release";
#endif

    public void Dispose() => _folder.Dispose();

    /// <summary>Runs the SDK and returns what it printed; anything but success fails the test with all of it.</summary>
    internal static string Dotnet(string folder, string command, params string[] arguments)
    {
        // Build servers would outlive the command and keep its output open.
        string[] quiet = command == "run" ? [] : ["-nodeReuse:false", "-p:UseSharedCompilation=false", "-nologo"];
        return Run("dotnet", folder, [command, .. arguments, .. quiet]);
    }

    internal static string Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        // What `dotnet test` sets for its own MSBuild must not reach another.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{text}");
        return text;
    }

    static string FindRoot([CallerFilePath] string here = "")
    {
        foreach (var start in (string[])[AppContext.BaseDirectory, Path.GetDirectoryName(here)!])
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "TinyJepa.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"TinyJepa.sln lies above neither {AppContext.BaseDirectory} nor {here}.");
    }
}
