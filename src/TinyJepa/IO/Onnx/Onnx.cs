using TinyJepa.Nn;

namespace TinyJepa.IO;

/// <summary>
/// Writes what a model computes as an ONNX graph (opset 17), which ONNX Runtime and others run on phones, in browsers and elsewhere.
/// </summary>
/// <remarks>
/// The model runs twice, on random batches of 5 and of 7, on a tape for which its parameters are constants: the graph is what ran, in
/// inference mode. What is the same in both runs is constant, sizes that are a multiple of the batch become the axis <c>batch</c>, and anything
/// else is refused: an operation without an ONNX operator, values that left the tape (<see cref="Tensor.Detach"/>, a <see cref="Scope"/>, an array), a
/// graph that changes with the batch. Branches on values are not recorded: the branch that ran is written. Images stay
/// [batch, height, width, channels]. Constants computed from parameters are computed once, here.
/// </remarks>
/// <example><code>
/// Onnx.Save("encoder.onnx", ("pixels", [224, 224, 3]), pixels => ("latent", model.Encode(pixels)), p);
/// Onnx.Save("predictor.onnx", ("latents", [3, 192]), ("actions", [3, 10]), (z, actions) => ("next", model.Predict(z, actions)), p);
/// </code></example>
public static class Onnx
{
    /// <summary>Writes a model of one input.</summary>
    /// <param name="path">The file; an existing one is replaced atomically.</param>
    /// <param name="input">The input's name, and the shape of one example: without the axis of the batch, which comes first.</param>
    /// <param name="forward">The model: from [batch, …] to the output and its name.</param>
    /// <param name="parameters">The sets whose paths name the weights in the file; other constants get generated names.</param>
    /// <exception cref="NotSupportedException">The model computes something that cannot be written; the message names it.</exception>
    /// <exception cref="ArgumentException">A name is missing or used twice, or the file would be larger than ONNX allows.</exception>
    /// <exception cref="IOException">The file cannot be written; an existing one is unchanged.</exception>
    public static void Save(
        string path, (string Name, Shape Example) input, Func<Tensor, (string Name, Tensor Value)> forward, params ReadOnlySpan<Parameters> parameters)
    {
        ArgumentNullException.ThrowIfNull(forward);
        Save(path, [input], x => [forward(x[0])], parameters);
    }

    /// <summary>Writes a model of two inputs.</summary>
    /// <param name="path">The file; an existing one is replaced atomically.</param>
    /// <param name="first">The first input's name, and the shape of one example: without the axis of the batch, which comes first.</param>
    /// <param name="second">The second input's.</param>
    /// <param name="forward">The model: from two tensors [batch, …] to the output and its name.</param>
    /// <param name="parameters">The sets whose paths name the weights in the file; other constants get generated names.</param>
    /// <inheritdoc cref="Save(string, ValueTuple{string, Shape}, Func{Tensor, ValueTuple{string, Tensor}}, ReadOnlySpan{Parameters})"/>
    public static void Save(
        string path,
        (string Name, Shape Example) first,
        (string Name, Shape Example) second,
        Func<Tensor, Tensor, (string Name, Tensor Value)> forward,
        params ReadOnlySpan<Parameters> parameters)
    {
        ArgumentNullException.ThrowIfNull(forward);
        Save(path, [first, second], x => [forward(x[0], x[1])], parameters);
    }

    /// <summary>Writes a model of any number of inputs and outputs.</summary>
    /// <param name="path">The file; an existing one is replaced atomically.</param>
    /// <param name="inputs">The inputs' names, and the shapes of one example: without the axis of the batch, which comes first.</param>
    /// <param name="forward">The model: from tensors [batch, …] in that order to outputs and their names.</param>
    /// <param name="parameters">The sets whose paths name the weights in the file; other constants get generated names.</param>
    /// <inheritdoc cref="Save(string, ValueTuple{string, Shape}, Func{Tensor, ValueTuple{string, Tensor}}, ReadOnlySpan{Parameters})"/>
    public static void Save(
        string path,
        IReadOnlyList<(string Name, Shape Example)> inputs,
        Func<IReadOnlyList<Tensor>, IReadOnlyList<(string Name, Tensor Value)>> forward,
        params ReadOnlySpan<Parameters> parameters)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(forward);
        var drawing = new OnnxDrawing(inputs, forward, parameters);
        // The second tape lies inside the first, so that both graphs' constants live until they are compared and written.
        using var outer = Tape.BeginFrozen();
        var few = drawing.Draw(outer, OnnxBatch.Few);
        using var inner = Tape.BeginFrozen();
        var many = drawing.Draw(inner, OnnxBatch.Many);
        var batch = new OnnxBatch(few, many);
        OnnxFile.Write(path, few, batch);
    }
}
