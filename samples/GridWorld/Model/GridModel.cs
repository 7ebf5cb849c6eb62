using CommunityToolkit.HighPerformance.Buffers;
using TinyJepa.Models;
using TinyJepa.Nn;

namespace TinyJepa.Samples.GridWorld;

/// <summary>
/// The world model of the grid: a vision transformer of four blocks maps a picture to 192 values, two blocks conditioned on the move predict the
/// next. 2,955,072 parameters. The predictor sees one latent at a time: the picture shows the whole state.
/// </summary>
/// <remarks>
/// Even its one place has a fixed vector, a choice of ours for both recipes. Where the latents are the grid's plane, cells that lie one behind the
/// other as seen from its middle have the same direction, and all that a block's attention and network read of a latent is its direction: without
/// something added they could not distinguish a wall from the cell before it.
/// </remarks>
internal sealed class GridModel : SampleModel
{
    /// <summary>Size of a latent.</summary>
    public const int Latent = 192;

    readonly LeWorldModel _model;

    /// <param name="seed">Decides the initial weights, dropout's masks and SIGReg's directions.</param>
    /// <param name="dropout">The predictor's dropout.</param>
    public GridModel(long seed, float dropout = 0)
    {
        (Seed, Dropout, Parameters) = (seed, dropout, new Parameters(seed));
        Masks = new Rng(seed)["model"];
        _model = new LeWorldModel(Parameters, Config(dropout), Masks, table => new Linear(table, GridMap.Moves, Latent, bias: false));
    }

    /// <summary>All weights.</summary>
    public Parameters Parameters { get; }

    /// <summary>The stream of dropout's masks.</summary>
    public Rng Masks { get; }

    public override IReadOnlyList<Parameters> Sets => [Parameters];

    long Seed { get; }

    float Dropout { get; }

    /// <summary>Latents of pictures.</summary>
    /// <param name="images">[images, 128, 128, 1]</param>
    /// <returns>[images, 192]</returns>
    public Tensor Encode(Tensor images) => _model.Encode(images);

    /// <summary>Latents of sequences of pictures, each different picture encoded once.</summary>
    /// <param name="images">[images, 128, 128, 1]</param>
    /// <param name="picked">The index of the picture at every place of [batch, time].</param>
    /// <param name="time">Pictures per sequence.</param>
    /// <returns>[batch, time, 192]</returns>
    public Tensor Encode(Tensor images, ReadOnlyMemory<int> picked, int time) => _model.Encode(images, picked, time);

    /// <summary>Predicts the latents along a sequence of moves.</summary>
    /// <param name="z">[batch, 192]</param>
    /// <param name="moves">[batch, steps, 4], one 1 each.</param>
    /// <returns>[batch, steps, 192]</returns>
    public Tensor Imagine(Tensor z, Tensor moves) => _model.Rollout(z.Reshape([z.Shape[0], 1, Latent]), moves);

    /// <summary>Predicts the four moves from each of some latents.</summary>
    /// <param name="z">[rows, 192]</param>
    /// <returns>[rows·4, 192], row by row.</returns>
    public Tensor ImagineEach(Tensor z)
    {
        var rows = z.Shape[0];
        var moves = new int[rows * GridMap.Moves];
        for (var i = 0; i < moves.Length; i++) moves[i] = i % GridMap.Moves;
        var from = new int[moves.Length];
        for (var i = 0; i < from.Length; i++) from[i] = i / GridMap.Moves;
        return Imagine(z.Gather(from), OneHot(moves, steps: 1)).Reshape([moves.Length, Latent]);
    }

    /// <summary>
    /// Sets the running averages of both normalisations to what one pass over some transitions gives. During training they lag behind weights that
    /// move fast; a model that is measured before its learning rate has fallen must not depend on them.
    /// </summary>
    /// <param name="images">[images, 128, 128, 1]</param>
    /// <param name="seen">The transitions of the training, each once.</param>
    public void Recalibrate(Tensor images, IReadOnlyCollection<Transition> seen)
    {
        int[] states = [.. seen.SelectMany(transition => new[] { transition.From, transition.To })], moves = [.. seen.Select(transition => (int)transition.Move)];
        _model.Recalibrate(() =>
        {
            using var tape = Tape.Begin();
            Imagine(Encode(images, states, time: 2).Slice(1, 0, 1), OneHot(moves, steps: 1));
        });
    }

    /// <summary>Moves as the predictor takes them.</summary>
    /// <param name="moves">[batch·steps]</param>
    /// <param name="steps">Moves per sequence.</param>
    /// <returns>[batch, steps, 4]</returns>
    public static Tensor OneHot(ReadOnlySpan<int> moves, int steps)
    {
        using var hot = SpanOwner<float>.Allocate(moves.Length * GridMap.Moves, AllocationMode.Clear);
        for (var i = 0; i < moves.Length; i++) hot.Span[i * GridMap.Moves + moves[i]] = 1f;
        return Tensor.From(hot.Span, [moves.Length / steps, steps, GridMap.Moves]);
    }

    /// <summary>The same model with weights of its own, which no training will change.</summary>
    public GridModel Snapshot()
    {
        var copy = new GridModel(Seed, Dropout);
        copy.Parameters.CopyFrom(Parameters);
        return copy;
    }

    static LeWorldModelConfig Config(float dropout) => new()
    {
        Encoder = new() { ImageSize = GridPicture.Side, PatchSize = 16, Channels = 1, Dim = Latent, Depth = 4 },
        Predictor = new()
        {
            Dim = Latent, Width = Latent, History = 1, Depth = 2, Heads = 3, HeadDim = 64, MlpDim = 384, Dropout = dropout,
            InnerNorms = false, QkvBias = true, Positions = PositionalEncoding.SinCos,
        },
        ActionDim = GridMap.Moves,
        ProjectorHidden = [],
    };
}
