using TinyJepa.Nn;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// The four networks of the logo: what is seen becomes 32 numbers, a predictor moves them one frame on, and a decoder, which nothing else
/// ever learns from, draws them for us. Names and shapes are those of the published checkpoint.
/// </summary>
internal sealed class DvdModel
{
    public const int Latent = 32;

    /// <param name="seed">Decides the initial weights.</param>
    public DvdModel(long seed)
    {
        Parameters = new Parameters(seed);
        Target = new Parameters(seed);
        Drawing = new Parameters(seed);
        Online = Encoder(Parameters["online"]);
        Predictor = new Mlp(Parameters["predictor"]["net"], [Latent, 64, Latent]);
        TargetEncoder = Encoder(Target["online"]);
        Decoder = new Mlp(Drawing["decoder"]["net"], [Latent, 64, 256, LogoFrame.Length]);
    }

    /// <summary>What the loss trains: the online encoder and the predictor.</summary>
    public Parameters Parameters { get; }

    /// <summary>The slow copy of the online encoder that sets the targets, and that everything is judged by.</summary>
    public Parameters Target { get; }

    /// <summary>The decoder's weights, trained on frozen latents.</summary>
    public Parameters Drawing { get; }

    public Mlp Online { get; }

    public Mlp TargetEncoder { get; }

    public Mlp Predictor { get; }

    Mlp Decoder { get; }

    /// <summary>All weights of the checkpoint: online and target encoder, predictor and decoder.</summary>
    public int Count => Parameters.Count + Target.Entries.Sum(entry => entry.Value.Length) + Drawing.Count;

    /// <summary>Draws latents.</summary>
    /// <param name="latents">[rows, 32]</param>
    /// <returns>[rows, 256], in [0, 1].</returns>
    public Tensor Decode(Tensor latents) => Decoder.Forward(latents).Sigmoid();

    static Mlp Encoder(Parameters p) => new(p["net"], [DvdSequences.ObservationLength, 256, 128, Latent]);
}
