using TinyJepa.IO;
using TinyJepa.Nn;
using Xunit.Abstractions;

namespace TinyJepa.Tests.IO;

/// <summary>What is written says what the model does: read by the letter, and run by an evaluator of our own on batches that were not drawn.</summary>
public sealed class OnnxTests(ITestOutputHelper log) : IDisposable
{
    readonly TempFolder _folder = new();

    public static TheoryData<string> Names => [.. OnnxCase.All.Select(each => each.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Graph_AnswersAsTheModel_ForOtherBatches(string name)
    {
        var each = OnnxCase.All.Single(each => each.Name == name);
        var (forward, sets) = each.Make();
        each.Save(_folder["model.onnx"], forward, sets);
        var model = OnnxModel.Read(File.ReadAllBytes(_folder["model.onnx"]));
        Assert.All(model.Inputs, input => Assert.Equal("batch", input.Dims[0]));

        foreach (var batch in (int[])[1, 2, 6])
        {
            var inputs = each.Draw(batch);
            var expected = forward(inputs);
            var evaluator = new OnnxEvaluator();
            var got = evaluator.Run(model, OnnxEvaluator.Inputs(each, inputs))["y"];
            Assert.Equal(expected.Shape, Shape.Create(got.Dims));
            Assert.Equal(expected.Shape.Rank, model.Outputs.Single().Dims.Length);
            var size = got.Values.DefaultIfEmpty().Max(Math.Abs);
            var worst = got.Values.Zip(expected.ToArray(), (a, b) => Math.Abs(a - b)).DefaultIfEmpty().Max();
            log.WriteLine($"{name}, {batch}: {worst:G3} apart at {size:G3}, {worst / (evaluator.Roundings * Expect.Unit * size):P1} of what is allowed");
            Expect.Near(got.Values, expected.ToArray(), _ => evaluator.Roundings * Expect.Unit * size, $"{name} for a batch of {batch}");
        }
    }
}
