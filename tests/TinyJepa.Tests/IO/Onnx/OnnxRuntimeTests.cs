using TinyJepa.Models;
using Xunit.Abstractions;

namespace TinyJepa.Tests.IO;

/// <summary>ONNX Runtime computes the models' outputs from the written files.</summary>
public sealed class OnnxRuntimeTests(ITestOutputHelper log) : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OnnxRuntimeFact]
    public void Runtime_AnswersAsTheModel_ForOtherBatches()
    {
        using var runtime = new OnnxRuntime(OnnxRuntimeFactAttribute.Library!);
        log.WriteLine($"ONNX Runtime {runtime.Version}; largest difference absolute, and over the largest value");
        foreach (var each in OnnxCase.All) Compare(runtime, each, [1, 2, 6]);
    }

    /// <summary>The released sizes: 18,034,478 parameters, images of 224 × 224.</summary>
    [OnnxRuntimeFact]
    public void Runtime_AnswersAsLeWorldModel_OfTheReleasedSize()
    {
        using var runtime = new OnnxRuntime(OnnxRuntimeFactAttribute.Library!);
        var (model, p) = OnnxCase.World(new LeWorldModelConfig());
        OnnxCase.Scramble([p]);
        Compare(runtime, new OnnxCase("LeWorldModel, released size: encode", [("images", [224, 224, 3])], () => (x => model.Encode(x[0]), [p])), [2]);
        Compare(runtime, new OnnxCase("LeWorldModel, released size: predict", [("z", [3, 192]), ("actions", [3, 10])], () => (x => model.Predict(x[0], x[1]), [p])), [1, 8]);
    }

    void Compare(OnnxRuntime runtime, OnnxCase each, int[] batches)
    {
        var (forward, sets) = each.Make();
        each.Save(_folder["model.onnx"], forward, sets);
        var bytes = File.ReadAllBytes(_folder["model.onnx"]);
        var model = OnnxModel.Read(bytes);
        // Both sides round: twice what one of them may.
        var evaluator = new OnnxEvaluator();
        evaluator.Run(model, OnnxEvaluator.Inputs(each, each.Draw(batches[0])));
        var (most, size, allowed) = (0.0, 0.0, 2 * evaluator.Roundings * Expect.Unit);
        foreach (var batch in batches)
        {
            var inputs = each.Draw(batch);
            var expected = forward(inputs);
            var got = runtime.Run(bytes, [.. each.Inputs.Zip(inputs, (input, x) => (input.Name, x))], "y", expected.Shape);
            double[] values = [.. expected.ToArray().Select(v => (double)v)];
            size = values.Max(Math.Abs);
            most = Math.Max(most, values.Zip(got, (a, b) => Math.Abs(a - b)).Max());
            Expect.Near(values, got, _ => allowed * size, $"{each.Name} for a batch of {batch}");
        }

        log.WriteLine($"{each.Name,-48} {most,10:G3} {most / size,10:G3} of {allowed:G3} allowed");
    }
}
