using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>What the same measurements give without any learning. A figure that does not beat these means nothing.</summary>
internal sealed record Controls
{
    /// <summary>The pictures themselves.</summary>
    public required CodeControl Pixels { get; init; }

    /// <summary>A random code for each state.</summary>
    public required CodeControl RandomCodes { get; init; }

    /// <summary>The latents of an encoder that was not trained.</summary>
    public required CodeControl Untrained { get; init; }

    /// <summary>The untrained model's transitions.</summary>
    public required (int Right, int All) UntrainedTransitions { get; init; }

    /// <summary>The untrained model's one-step control.</summary>
    public required Routes UntrainedGreedy { get; init; }

    /// <summary>Random moves, four times the shortest way allowed.</summary>
    public required Routes RandomMoves { get; init; }

    public static Controls Of(GridMap map)
    {
        using var scope = Scope.Begin();
        var model = new GridModel(seed: 0);
        var images = GridPicture.RenderAll(map);
        model.Settle(images, [.. map.Transitions]);
        var navigator = new Navigator(map, model);
        var noise = Tensor.Empty([map.States, GridModel.Latent]);
        var rng = new Rng(0)["controls"];
        rng.FillNormal(noise.Span);
        return new Controls
        {
            Pixels = CodeControl.Of(map, Shrunk(images)),
            RandomCodes = CodeControl.Of(map, noise),
            Untrained = CodeControl.Of(map, navigator.Codes),
            UntrainedTransitions = Examination.Right(navigator, map.Transitions),
            UntrainedGreedy = navigator.Greedy(navigator.ByPlace),
            RandomMoves = Routes.Of(map, (_, _) => (Move)rng.NextInt(GridMap.Moves)),
        };
    }

    /// <summary>The pictures at an eighth of their size: components of 16,384 pixels would take minutes and say the same.</summary>
    static Tensor Shrunk(Tensor images)
    {
        const int factor = 8, side = GridPicture.Side / factor;
        var (pixels, states) = (images.ToArray(), images.Shape[0]);
        var small = new float[states * side * side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var (state, y, x) = (i / GridPicture.Length, i % GridPicture.Length / GridPicture.Side, i % GridPicture.Side);
            small[state * side * side + y / factor * side + x / factor] += pixels[i] / (factor * factor);
        }

        return Tensor.From(small, [states, side * side]);
    }
}

/// <summary>What codes that nobody learnt give.</summary>
/// <param name="InSample">R² on the states the probe was fitted to.</param>
/// <param name="LeaveOneOut">R² on states left out.</param>
/// <param name="FirstTwo">Share of the variance along the first two directions.</param>
internal sealed record CodeControl(double InSample, double LeaveOneOut, double FirstTwo)
{
    public static CodeControl Of(GridMap map, Tensor codes)
    {
        var (column, row) = PlaceProbe.InSample(map, codes);
        var explained = Pca.Fit(codes).Explained;
        return new CodeControl((column + row) / 2, PlaceProbe.LeaveOut(map, codes), explained[0] + explained[1]);
    }
}
