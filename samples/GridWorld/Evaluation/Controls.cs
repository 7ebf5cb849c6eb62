using MathNet.Numerics.LinearAlgebra;
using TinyJepa.Analysis;

namespace TinyJepa.Samples.GridWorld;

/// <summary>What the same measurements give without any learning. A figure that does not beat these means nothing.</summary>
internal sealed record Controls
{
    const int Draws = 5;

    /// <summary>The pictures themselves.</summary>
    public required CodeControl Pixels { get; init; }

    /// <summary>A random code for each state, several draws.</summary>
    public required IReadOnlyList<CodeControl> RandomCodes { get; init; }

    /// <summary>The latents of encoders that were not trained.</summary>
    public required IReadOnlyList<CodeControl> Untrained { get; init; }

    /// <summary>An untrained model's transitions.</summary>
    public required (int Right, int All) UntrainedTransitions { get; init; }

    /// <summary>The same model's one-step control.</summary>
    public required Routes UntrainedGreedy { get; init; }

    /// <summary>Random moves, four times the shortest path allowed.</summary>
    public required Routes RandomMoves { get; init; }

    public static Controls Of(GridMap map)
    {
        using var scope = Scope.Begin();
        var images = GridPicture.RenderAll(map);
        Navigator[] navigators = [.. Enumerable.Range(0, Draws).Select(seed => UntrainedNavigator(map, images, seed))];
        var rng = new Rng(0)["controls"];
        return new Controls
        {
            Pixels = CodeControl.Of(map, SameProducts(images.Reshape([map.States, GridPicture.Length]))),
            RandomCodes = [.. Enumerable.Range(0, Draws).Select(_ =>
            {
                var noise = Tensor.Empty([map.States, GridModel.Latent]);
                rng.FillNormal(noise.Span);
                return CodeControl.Of(map, noise);
            })],
            Untrained = [.. navigators.Select(navigator => CodeControl.Of(map, navigator.Codes))],
            UntrainedTransitions = Measurements.Right(navigators[0], map.Transitions),
            UntrainedGreedy = navigators[0].Greedy(navigators[0].ByPlace),
            RandomMoves = Routes.Of(map, (_, _) => (Move)rng.NextInt(GridMap.Moves)),
        };
    }

    /// <summary>An untrained model, its normalisations recalibrated on the pictures like those of a trained one.</summary>
    static Navigator UntrainedNavigator(GridMap map, Tensor images, long seed)
    {
        var model = new GridModel(seed);
        model.Recalibrate(images, [.. map.Transitions]);
        return new Navigator(map, model);
    }

    /// <summary>
    /// As many values per picture as there are pictures, with the same products XXᵀ = LLᵀ: probes and principal components depend on
    /// these alone, and 16,384 pixels would take minutes.
    /// </summary>
    /// <param name="x">[states, dim]</param>
    static Tensor SameProducts(Tensor x)
    {
        var (states, products) = (x.Shape[0], x.MatMul(x, transposeB: true).ToArray());
        var matrix = Matrix<double>.Build.Dense(states, states, (i, j) => products[i * states + j]);
        var factor = matrix.Cholesky().Factor;
        var rows = Tensor.Zeros([states, states]);
        for (var i = 0; i < states * states; i++) rows.Span[i] = (float)factor[i / states, i % states];
        return rows;
    }
}

/// <summary>What codes without learning give.</summary>
/// <param name="InSample">R² on the states the probe was fitted to.</param>
/// <param name="LeaveOneOut">R² on states left out.</param>
/// <param name="LeaveLinesOut">The same with the state's whole row and column left out.</param>
/// <param name="FirstTwo">Fraction of the variance along the first two directions.</param>
internal sealed record CodeControl(double InSample, double LeaveOneOut, double LeaveLinesOut, double FirstTwo)
{
    public static CodeControl Of(GridMap map, Tensor codes)
    {
        var (column, row) = PlaceProbe.InSample(map, codes);
        var explained = Pca.Fit(codes).Explained;
        return new CodeControl((column + row) / 2, PlaceProbe.LeaveOut(map, codes), PlaceProbe.LeaveOut(map, codes, lines: true), explained[0] + explained[1]);
    }
}
