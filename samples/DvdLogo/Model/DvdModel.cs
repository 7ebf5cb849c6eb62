using TinyJepa.Nn;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// The four networks of the logo: two encoders (online and slow) map two frames to 32 values, a predictor moves these one frame on, and a
/// decoder, from which no gradient reaches the others, maps them to pictures. Names and shapes are those of the published checkpoint.
/// </summary>
internal sealed class DvdModel : SampleModel
{
    public const int Latent = 32;

    readonly Mlp _predictor, _decoder;
    readonly float _skip;

    /// <param name="seed">Decides the initial weights.</param>
    /// <param name="skip">The fraction of a latent that stays as it is from one frame to the next; the predictor adds the rest. 0 as published.</param>
    public DvdModel(long seed, float skip = 0)
    {
        _skip = skip;
        Parameters = new Parameters(seed);
        Target = new Parameters(seed);
        DecoderParameters = new Parameters(seed);
        Online = Encoder(Parameters["online"]);
        _predictor = new Mlp(Parameters["predictor"]["net"], [Latent, 64, Latent]);
        Slow = Encoder(Target["target"]);
        _decoder = new Mlp(DecoderParameters["decoder"]["net"], [Latent, 64, 256, LogoFrame.Length]);
    }

    /// <summary>What the loss trains: the online encoder and the predictor.</summary>
    public Parameters Parameters { get; }

    /// <summary>The weights of the slow copy.</summary>
    public Parameters Target { get; }

    /// <summary>The decoder's weights.</summary>
    public Parameters DecoderParameters { get; }

    public Mlp Online { get; }

    /// <summary>The slow copy of the online encoder, which sets the targets and which every measurement uses.</summary>
    public Mlp Slow { get; }

    /// <summary>All weights of the checkpoint: online encoder and predictor, slow encoder, decoder.</summary>
    public override IReadOnlyList<Parameters> Sets => [Parameters, Target, DecoderParameters];

    /// <summary>Moves latents one frame on: skip·z + predictor(z).</summary>
    /// <param name="z">[rows, 32]</param>
    /// <returns>[rows, 32]</returns>
    public Tensor Predict(Tensor z)
    {
        var change = _predictor.Forward(z);
        return _skip == 0 ? change : z * _skip + change;
    }

    /// <summary>The pictures of latents.</summary>
    /// <param name="latents">[rows, 32]</param>
    /// <returns>[rows, 256], in [0, 1].</returns>
    public Tensor Decode(Tensor latents) => _decoder.Forward(latents).Sigmoid();

    /// <summary>The same model with weights of its own, which no training will change.</summary>
    public DvdModel Snapshot()
    {
        var copy = new DvdModel(seed: 0, _skip);
        foreach (var (mine, theirs) in Sets.Zip(copy.Sets)) theirs.CopyFrom(mine);
        return copy;
    }

    static Mlp Encoder(Parameters p) => new(p["net"], [DvdSequences.ObservationLength, 256, 128, Latent]);
}
