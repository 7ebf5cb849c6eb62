using TinyJepa.Nn;
using TinyJepa.Samples;
using TinyJepa.Tests.IO;

namespace TinyJepa.Tests.Samples.Resume;

/// <summary>What a training does with its checkpoints, and what it says: one sentence for everything that is not as one may expect.</summary>
[Collection(Machine.Name)]
public sealed class TrainingRunTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Resume_WithoutACheckpoint_BeginsAtZero_AndSaysSo()
    {
        var (first, said) = Train(resume: true, until: 4);
        Assert.Equal(0, first);
        Assert.Contains("try, seed 3: there is no checkpoint in", said, StringComparison.Ordinal);
        Assert.Equal(["step-000000000002.safetensors", "step-000000000004.safetensors"], Files());
        (first, said) = Train(resume: true, until: 4);
        Assert.Equal(4, first);
        Assert.Contains("goes on from step 4 of 10.", said, StringComparison.Ordinal);
    }

    [Fact]
    public void BeginningAnew_RemovesWhatAnEarlierRunHasKept_AndSaysSo()
    {
        Assert.Equal((0, ""), Train(resume: false, until: 6));
        var (first, said) = Train(resume: false, until: 3);
        Assert.Equal(0, first);
        Assert.Contains("begins anew. The checkpoints of an earlier run are removed; --resume would have gone on from them.", said, StringComparison.Ordinal);
        Assert.Equal(["step-000000000002.safetensors"], Files());
    }

    [Fact]
    public void AFinishedTraining_KeepsItsLastCheckpoint_AndHasNothingLeftToDo()
    {
        Train(resume: false, until: 10);
        Assert.Equal(["step-000000000010.safetensors"], Files());
        var (first, said) = Train(resume: true, until: 10);
        Assert.Equal(10, first);
        Assert.Contains("all 10 steps are done; nothing is left to train.", said, StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedCheckpoint_IsPassedOver_AndNamed()
    {
        Train(resume: false, until: 4);
        File.WriteAllText(_folder["run/try-3/step-000000000004.safetensors"], "torn");
        var (first, said) = Train(resume: true, until: 4);
        Assert.Equal(2, first);
        Assert.Contains("step-000000000004.safetensors is not a valid safetensors file", said, StringComparison.Ordinal);
        Assert.Contains("The one before it is used.", said, StringComparison.Ordinal);
        Assert.Equal((4, "try, seed 3: goes on from step 4 of 10.\n"), Train(resume: true, until: 4));          // it was written anew
        foreach (var file in Files()) File.WriteAllText(_folder[$"run/try-3/{file}"], "torn");
        Assert.Contains("No checkpoint in", Assert.Throws<InvalidDataException>(() => Train(resume: true, until: 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACheckpoint_OfAnotherRecipeOrSeed_IsRefused_AndLeftAsItIs()
    {
        Train(resume: false, until: 2);
        Assert.Contains("'Rate' is '0.5' there and '0.25' here", Refused(rate: 0.25f), StringComparison.Ordinal);
        Directory.Move(_folder["run/try-3"], _folder["run/try-4"]);
        Assert.Contains("'seed' is '3' there and '4' here", Refused(seed: 4), StringComparison.Ordinal);
        Directory.Move(_folder["run/try-4"], _folder["run/try-3"]);
        Assert.Equal(2, Train(resume: true, until: 2).First);

        string Refused(long seed = 3, float rate = 0.5f) => Assert.Throws<InvalidDataException>(() => Train(resume: true, until: 2, seed, rate)).Message;
    }

    [Fact]
    public void Stopping_KeepsTheStepThatWasDone()
    {
        using var stop = new CancellationTokenSource();
        var error = Assert.Throws<TrainingStoppedException>(() => Train(resume: false, until: 10, at: step =>
        {
            if (step == 5) stop.Cancel();
        }, cancellation: stop.Token));
        Assert.Contains("Stopped after step 5 of 10 (try, seed 3), which is kept in", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, Train(resume: true, until: 5).First);
        Assert.Throws<OperationCanceledException>(() => Train(resume: true, until: 10, cancellation: stop.Token));
    }

    [Fact]
    public void AFolder_ThatVanishes_IsMadeAgain()
    {
        Train(resume: false, until: 8, at: step =>
        {
            if (step == 5) Directory.Delete(_folder["run"], recursive: true);
        });
        Assert.Equal(["step-000000000006.safetensors", "step-000000000008.safetensors"], Files());
    }

    [Fact]
    public void AFolder_ThatCanNoLongerBeWritten_IsNamed()
    {
        var error = Assert.Throws<IOException>(() => Train(resume: false, until: 8, at: step =>
        {
            if (step != 5) return;
            Directory.Delete(_folder["run"], recursive: true);
            File.WriteAllText(_folder["run"], "in the way");
        }));
        Assert.Contains("Cannot make the folder", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("is whole", error.Message, StringComparison.Ordinal);                               // for it is not there
        Assert.Equal("in the way", File.ReadAllText(_folder["run"]));
    }

    [Fact]
    public void AFailedSave_NamesTheCheckpointThatIsWhole()
    {
        var error = Assert.Throws<IOException>(() => Train(resume: false, until: 8, at: step =>
        {
            if (step == 5) Directory.CreateDirectory(_folder["run/try-3/step-000000000006.safetensors"]);
        }));
        Assert.Contains("Cannot write", error.Message, StringComparison.Ordinal);
        Assert.Contains("The checkpoint of step 4 is whole: --resume goes on from it.", error.Message, StringComparison.Ordinal);
        Directory.Delete(_folder["run/try-3/step-000000000006.safetensors"]);
        Assert.Equal(4, Train(resume: true, until: 4).First);
        Assert.DoesNotContain(Files(), name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void NoCheckpoints_LeaveNoTrace()
    {
        var run = Checkpointing.None.Run("try", 3, new { }, 2).Add("rng", new Rng(1));
        Assert.Equal(0, run.Begin(default));
        run.After(1, default);
        run.After(2, default);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.IsNotType<TrainingStoppedException>(Assert.ThrowsAny<OperationCanceledException>(() => run.After(2, stop.Token)));
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void TheTimeItTook_IsThatOfAllProcesses()
    {
        double before = 0;
        Train(resume: false, until: 2, at: _ => Thread.Sleep(20), then: run => before = run.Seconds);
        Assert.True(before > 0.04);
        Train(resume: true, until: 2, then: run => Assert.True(run.Seconds > 0.04));
    }

    IEnumerable<string> Files() => Directory.EnumerateFiles(_folder["run/try-3"]).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    /// <returns>Where it began, and what it said.</returns>
    (int First, string Said) Train(bool resume, int until, long seed = 3, float rate = 0.5f, Action<int>? at = null, Action<TrainingRun>? then = null, CancellationToken cancellation = default)
    {
        var (output, said) = (Console.Out, new StringWriter { NewLine = "\n" });
        Console.SetOut(said);
        try
        {
            var p = new Parameters(seed: 1);
            p.Create("weights", [1000], Init.Zero);
            var run = new Checkpointing(_folder["run"], Every: 2, resume).Run("try", seed, new Settings { Rate = rate }, steps: 10).Add("model", p);
            var first = run.Begin(cancellation);
            for (var step = first; step < until; run.After(++step, cancellation)) at?.Invoke(step + 1);
            then?.Invoke(run);
            return (first, said.ToString());
        }
        finally
        {
            Console.SetOut(output);
        }
    }

    sealed record Settings
    {
        public float Rate { get; init; }
    }
}
