using System.Globalization;
using TinyJepa.Data;
using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Samples.Embed;

/// <summary>
/// A trained encoder of windows of frames and the predictor of a later window's latent, as a file holds them. Everything about them is read
/// from the file: the layers' sizes from the shapes of <c>encoder.0.weight</c>, <c>predictor.0.weight</c> and so on, the rest from what stands
/// beside the weights: <c>window</c>, <c>ahead</c> and <c>activation</c>. Nothing changes afterwards, so any number of threads may predict at once.
/// </summary>
internal sealed class WorldModel
{
    readonly Mlp _encoder, _predictor;

    WorldModel(TensorFile file)
    {
        (Window, Ahead) = (Number(file, "window"), Number(file, "ahead"));
        int[] encoder = Sizes(file, "encoder"), predictor = Sizes(file, "predictor");
        Latent = encoder[^1];
        Width = encoder[0] / Window;
        if (Width * Window != encoder[0]) throw new InvalidDataException(
            $"{file.Name}: 'encoder.0.weight' has the shape {file["encoder.0.weight"].Shape}, and {encoder[0]} inputs are no whole frames in a window of {Window}.");
        if (predictor[0] != Latent || predictor[^1] != Latent) throw new InvalidDataException(
            $"{file.Name}: the encoder ends in [{Latent}], but the predictor makes [{predictor[^1]}] of [{predictor[0]}]; both must be a latent. A model that is given actions does not fit.");

        var activation = ActivationOf(file);
        Parameters = new Parameters(seed: 0);
        _encoder = new Mlp(Parameters["encoder"], encoder, activation);
        _predictor = new Mlp(Parameters["predictor"], predictor, activation);
        StateDict.Load(file, LoadOptions.Exact, Parameters);
        foreach (var entry in Parameters.Entries)
            if (entry.Value.ToArray().AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue)) throw new InvalidDataException(
                $"{file.Name}: '{entry.Path}' holds values that are not finite: the training that wrote it had diverged.");
    }

    /// <summary>Frames that the encoder sees at once.</summary>
    public int Window { get; }

    /// <summary>How many frames later the window ends whose latent is predicted.</summary>
    public int Ahead { get; }

    /// <summary>Values in a frame.</summary>
    public int Width { get; }

    /// <summary>Values in a latent.</summary>
    public int Latent { get; }

    /// <summary>The weights.</summary>
    public Parameters Parameters { get; }

    /// <summary>Reads a model from a <c>.safetensors</c> or <c>.pt</c> file.</summary>
    /// <exception cref="InvalidDataException">The file is broken or holds no such model; the message says what is wrong.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static WorldModel Open(string path)
    {
        using var file = TensorFile.Open(path);
        return new WorldModel(file);
    }

    /// <summary>The last latent of a clip, the latent predicted next, and the surprise at every frame.</summary>
    /// <param name="frames">At least a window of frames as wide as the model's.</param>
    /// <exception cref="InvalidDataException">They are not; the message names both shapes.</exception>
    public Prediction Predict(Frames frames)
    {
        if (frames.Width != Width || frames.Count < Window) throw new InvalidDataException(
            $"The model takes frames of shape [n, {Width}] with n of at least {Window}; these have the shape [{frames.Count}, {frames.Width}].");

        using var scope = Scope.Begin();
        var windows = new SlidingWindows(Tensor.From(frames.Values, [frames.Count, Width]), Window);
        var starts = new int[windows.Count];
        for (var i = 0; i < starts.Length; i++) starts[i] = i;
        var latents = _encoder.Forward(windows.Take(starts));
        var expected = _predictor.Forward(latents);

        var surprise = new float[Math.Max(0, starts.Length - Ahead)];
        for (var i = 0; i < surprise.Length; i++) surprise[i] = Distance(expected.Rows(i, 1).ToArray(), latents.Rows(i + Ahead, 1).ToArray());
        return new Prediction
        {
            Frame = frames.Count - 1 + Ahead,
            Latent = latents.Rows(starts.Length - 1, 1).ToArray(),
            Expected = expected.Rows(starts.Length - 1, 1).ToArray(),
            FirstJudged = Window - 1 + Ahead,
            Surprise = surprise,
            Peak = Peak.Of(surprise, Window - 1 + Ahead),
        };
    }

    /// <summary>The mean squared difference.</summary>
    static float Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0f;
        for (var i = 0; i < a.Length; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
        return sum / a.Length;
    }

    /// <summary>A network's sizes from input to output, by the shapes of its weights.</summary>
    static int[] Sizes(TensorFile file, string network)
    {
        var sizes = new List<int>();
        var names = file.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        for (var layer = 0; layer == 0 || names.Contains($"{network}.{layer}.weight"); layer += 2)
        {
            var name = $"{network}.{layer}.weight";
            if (!names.Contains(name)) throw new InvalidDataException(
                $"{file.Name} has no tensor '{name}'. It has: {string.Join(", ", file.Tensors.Take(20).Select(tensor => tensor.Name))}.");
            var shape = file[name].Shape;
            if (shape.Rank != 2 || shape.Elements == 0) throw new InvalidDataException($"{file.Name}: '{name}' has the shape {shape}; a layer's weight is [outputs, inputs].");
            if (layer == 0) sizes.Add(shape[1]);
            else if (shape[1] != sizes[^1]) throw new InvalidDataException(
                $"{file.Name}: '{name}' of shape {shape} cannot follow '{network}.{layer - 2}.weight' of shape {file[$"{network}.{layer - 2}.weight"].Shape}.");
            sizes.Add(shape[0]);
        }

        return [.. sizes];
    }

    static int Number(TensorFile file, string name)
    {
        var number = file.Values.GetValueOrDefault(name) switch
        {
            string text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) => value,
            long value and < int.MaxValue => (int)value,
            _ => 0,
        };
        return number is >= 1 and <= 100_000 ? number : throw new InvalidDataException(
            $"{file.Name} does not say beside its weights what '{name}' is: a number of frames, 1 to 100000.");
    }

    static Activation ActivationOf(TensorFile file) => file.Values.GetValueOrDefault("activation") switch
    {
        "relu" => Activation.Relu,
        "gelu" => Activation.Gelu,
        _ => throw new InvalidDataException($"{file.Name} does not say beside its weights what 'activation' is: relu or gelu."),
    };
}
