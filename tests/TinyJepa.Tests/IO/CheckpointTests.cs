using System.Diagnostics;
using TinyJepa.Data;
using TinyJepa.Fuzz;
using TinyJepa.IO;
using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

namespace TinyJepa.Tests.IO;

public sealed class CheckpointTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Batches, dropout, noise, a schedule, clipping, decay and an average: everything that has a memory.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(13)]
    public void AResumedRun_ReachesTheSameBits(int stop)
    {
        const int steps = 20;
        var whole = new Run(_folder["whole"]);
        var losses = Enumerable.Range(0, steps).Select(whole.Step).ToList();

        var first = new Run(_folder["cut"]);
        var again = Enumerable.Range(0, stop).Select(first.Step).ToList();
        first.Checkpoint.Save(stop);
        first.Step(stop);                                    // taken, but never saved: lost with the process

        var second = new Run(_folder["cut"]);
        var resumed = second.Checkpoint.Resume();
        Assert.Equal(stop, resumed?.Step);
        again.AddRange(Enumerable.Range(stop, steps - stop).Select(second.Step));
        Expect.Bits(losses.ToArray(), again.ToArray(), "losses");
        Assert.Equal(whole.Hash(), second.Hash());
        Assert.Equal(File.ReadAllBytes(whole.Checkpoint.Save(steps)), File.ReadAllBytes(second.Checkpoint.Save(steps)));
    }

    [Fact]
    public void TheLastFew_Stay_AndHalfWrittenOnesGo()
    {
        var run = new Run(_folder.Path);
        Assert.Null(run.Checkpoint.Resume());
        File.WriteAllText(_folder["step-000000000001.safetensors.abc.tmp"], "half");
        File.WriteAllText(_folder["saved.txt"], "mine");
        File.WriteAllText(_folder["step-best.safetensors"], "mine, too");
        foreach (var step in (int[])[1, 2, 10, 100]) run.Checkpoint.Save(step);
        Assert.Equal(["saved.txt", "step-000000000010.safetensors", "step-000000000100.safetensors", "step-best.safetensors"], _folder.Names);
        Assert.Equal(100, new Run(_folder.Path).Checkpoint.Resume()?.Step);
    }

    [Fact]
    public void Clear_RemovesAll_OrAllButTheNewest()
    {
        var run = new Run(_folder.Path);
        Assert.Equal(0, new Checkpoint(_folder["nowhere"]).Clear());
        File.WriteAllText(_folder["saved.txt"], "mine");
        foreach (var step in (int[])[1, 2]) run.Checkpoint.Save(step);
        Assert.Equal(1, run.Checkpoint.Clear(keep: 1));
        Assert.Equal(["saved.txt", "step-000000000002.safetensors"], _folder.Names);
        File.WriteAllText(_folder["step-000000000007.safetensors"], "damaged");
        Assert.Equal(2, run.Checkpoint.Clear());
        Assert.Equal(["saved.txt"], _folder.Names);
        run.Checkpoint.Save(1);                              // earlier than those before, which are gone
    }

    [Fact]
    public void SigReg_GoesOnWithTheNextDirections()
    {
        using var scope = Scope.Begin();
        var z = Tensor.From(Fixture.Formula(3, 40 * 5), [40, 5]);
        SigReg whole = new(new Rng(1)), first = new(new Rng(1)), second = new(new Rng(1));
        float[] values = [whole.Of(z).Item, whole.Of(z).Item, whole.Of(z).Item];
        Assert.Equal((values[0], values[1]), (first.Of(z).Item, first.Of(z).Item));
        new Checkpoint(_folder.Path).Add("sigreg", first).Save(2);
        Assert.Equal(2, new Checkpoint(_folder.Path).Add("sigreg", second).Resume()?.Step);
        Assert.Equal(values[2], second.Of(z).Item);
        Assert.Throws<InvalidDataException>(new Checkpoint(_folder.Path).Add("sigreg", new SigReg(new Rng(2))).Resume);
    }

    [Fact]
    public void ADamagedFile_IsPassedOver_AndNamed()
    {
        var run = new Run(_folder.Path);
        run.Step(0);
        run.Checkpoint.Save(1);
        var hash = run.Hash();
        run.Step(1);
        var newest = run.Checkpoint.Save(2);
        var bytes = File.ReadAllBytes(newest);
        for (var at = 0; at < bytes.Length; at += 1 + at / 7)
        {
            bytes[at] ^= 4;
            File.WriteAllBytes(newest, bytes);
            bytes[at] ^= 4;
            Resumes(1, $"byte {at}");
        }

        File.WriteAllBytes(newest, bytes[..(bytes.Length / 2)]);
        Resumes(1, "half");
        File.WriteAllBytes(newest, []);
        Resumes(1, "empty").Checkpoint.Save(2);              // written anew
        Resumes(2, "sound again", damaged: 0);

        Run Resumes(long step, string what, int damaged = 1)
        {
            var other = new Run(_folder.Path);
            var resumed = other.Checkpoint.Resume();
            Assert.True(resumed?.Step == step && resumed.Damaged.Count == damaged, $"{what}: {resumed}");
            Assert.All(resumed!.Damaged, sentence => Assert.Contains(newest, sentence, StringComparison.Ordinal));
            Assert.Equal(hash, other.Hash());
            return other;
        }
    }

    [Fact]
    public void NothingSound_IsAnError_NotANewBeginning()
    {
        File.WriteAllText(_folder["step-000000000005.safetensors"], "not a checkpoint");
        var run = new Run(_folder.Path);
        var hash = run.Hash();
        Assert.Contains("No checkpoint in", Assert.Throws<InvalidDataException>(() => run.Checkpoint.Resume()).Message, StringComparison.Ordinal);
        Assert.Equal(hash, run.Hash());
    }

    [Fact]
    public void AnotherProgramsFile_IsRefused_AndNothingHasChanged()
    {
        var saved = new Run(_folder.Path);
        saved.Step(0);
        saved.Checkpoint.Save(1);
        Refuse(new Run(_folder.Path, config: "worst"), "'recipe' is 'best' there and 'worst' here");
        Refuse(new Run(_folder.Path, seed: 9), "another seed or name");
        Refuse(new Run(_folder.Path, hidden: 9), "there and F32 [9] here", "'model.0.");
        Refuse(new Run(_folder.Path, batch: 3), "batches have another size");
        var more = new Run(_folder.Path);
        more.Checkpoint.Add("more", new Rng(1));
        Refuse(more, "it has no 'more.key'");
        var fewer = new Checkpoint(_folder.Path) { Config = { ["recipe"] = "best" } }.Add("model", saved.Model);
        Assert.Contains("it also has", Assert.Throws<InvalidDataException>(fewer.Resume).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => fewer.Add("model", new Rng(1)));

        static void Refuse(Run run, params string[] sentences)
        {
            var hash = run.Hash();
            var error = Assert.Throws<InvalidDataException>(run.Checkpoint.Resume);
            Assert.True(sentences.Any(sentence => error.Message.Contains(sentence, StringComparison.Ordinal)), error.Message);
            Assert.Equal(hash, run.Hash());
        }
    }

    [Fact]
    public void ARunThatForgotToResume_DoesNotOverwriteALaterOne()
    {
        new Run(_folder.Path).Checkpoint.Save(10);
        Assert.Contains("call Resume()", Assert.Throws<InvalidOperationException>(() => new Run(_folder.Path).Checkpoint.Save(5)).Message, StringComparison.Ordinal);
        Assert.Equal(["step-000000000010.safetensors"], _folder.Names);
        File.WriteAllText(_folder["file"], "");
        Assert.Contains("may be written to", Assert.Throws<IOException>(() => new Run(_folder["file"]).Checkpoint.Save(1)).Message, StringComparison.Ordinal);
    }

    /// <summary>Kills the writing process at any moment: what is there afterwards is whole, and nothing that was there is lost.</summary>
    [Fact]
    public void AKilledWriter_LeavesAWholeCheckpoint()
    {
        var rng = new Rng(3);
        var last = 0L;
        for (var round = 0; round < 5; round++)
        {
            using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(CheckpointWriter).Assembly.Location, "checkpoints", _folder["run"]]) { RedirectStandardError = true })!;
            var patience = Stopwatch.StartNew();
            while (NewestStep() <= last && !process.HasExited && patience.Elapsed < TimeSpan.FromSeconds(60)) Thread.Sleep(5);
            Thread.Sleep(rng.NextInt(120));
            Assert.False(process.HasExited, process.HasExited ? process.StandardError.ReadToEnd() : "");
            process.Kill();
            process.WaitForExit();

            var run = new CheckpointWriter(_folder["run"]);
            var resumed = run.Checkpoint.Resume();
            Assert.True(resumed is { Damaged.Count: 0 } && resumed.Step > last, $"{resumed} after {last}");
            Assert.All(run.Weights.ToArray(), weight => Assert.Equal(resumed!.Step, weight));
            last = resumed!.Step;
        }
    }

    long NewestStep() => !Directory.Exists(_folder["run"]) ? 0 : Directory.GetFiles(_folder["run"], "step-*.safetensors")
        .Select(path => long.Parse(Path.GetFileNameWithoutExtension(path)[5..], null)).DefaultIfEmpty().Max();

    sealed class Run
    {
        readonly Parameters _slow = new(seed: 5);
        readonly Mlp _mlp;
        readonly Adam _adam;
        readonly Ema _ema;
        readonly Batches _batches;
        readonly Rng _masks, _noise;
        readonly Schedule _schedule = new() { Peak = 0.05f, Steps = 20, WarmUp = 3, Floor = 0.001f };
        readonly Tensor _data = Tensor.From(Fixture.Formula(70, 22 * 3), [22, 3]);

        internal Run(string folder, string config = "best", long seed = 1, int hidden = 8, int batch = 4)
        {
            Model = new Parameters(seed: 4);
            _mlp = new Mlp(Model, [3, hidden, 2]);
            _ = new Mlp(_slow, [3, hidden, 2]);
            _adam = new Adam(Model) { WeightDecay = 0.01f, MaxGradientNorm = 0.5f };
            _ema = new Ema(Model, _slow, 0.9f);
            _batches = new Batches(22, batch, new Rng(seed)["batches"]);
            (_masks, _noise) = (new Rng(seed)["masks"], new Rng(seed)["noise"]);
            Checkpoint = new Checkpoint(folder, keep: 2) { Config = { ["recipe"] = config } }
                .Add("model", Model).Add("slow", _slow).Add("adam", _adam).Add("ema", _ema).Add("batches", _batches).Add("masks", _masks).Add("noise", _noise);
        }

        internal Checkpoint Checkpoint { get; }

        internal Parameters Model { get; }

        internal float Step(int step)
        {
            using var tape = Tape.Begin();
            var noise = Tensor.Empty([4, 3]);
            _noise.FillNormal(noise.Span, 0f, 0.1f);
            var x = _data.Gather(_batches.Next()) + noise;
            var loss = _mlp.Forward(x.Dropout(0.2f, _masks)).Square().Mean();
            tape.Backward(loss);
            _adam.LearningRate = _schedule.At(step);
            _adam.Step();
            _ema.Decay = 1f - 0.1f / (step + 1);
            _ema.Step();
            return loss.Item;
        }

        internal string Hash() => $"{Model.Hash()} {_slow.Hash()}";
    }
}
