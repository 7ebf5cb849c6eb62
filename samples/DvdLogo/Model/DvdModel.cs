using TinyJepa.IO;
using TinyJepa.Nn;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// The four networks of the logo: what is seen becomes 32 numbers, a predictor moves them one frame on, and a decoder, which nothing else
/// ever learns from, draws them for us. Names and shapes are those of the published checkpoint.
/// </summary>
internal sealed class DvdModel
{
    public const int Latent = 32;

    readonly Mlp _predictor, _decoder;
    readonly float _skip;

    /// <param name="seed">Decides the initial weights.</param>
    /// <param name="skip">How much of a latent stays as it is from one frame to the next; the predictor adds the rest. 0 as published.</param>
    public DvdModel(long seed, float skip = 0)
    {
        _skip = skip;
        Parameters = new Parameters(seed);
        Target = new Parameters(seed);
        Drawing = new Parameters(seed);
        Online = Encoder(Parameters["online"]);
        _predictor = new Mlp(Parameters["predictor"]["net"], [Latent, 64, Latent]);
        Slow = Encoder(Target["target"]);
        _decoder = new Mlp(Drawing["decoder"]["net"], [Latent, 64, 256, LogoFrame.Length]);
    }

    /// <summary>What the loss trains: the online encoder and the predictor.</summary>
    public Parameters Parameters { get; }

    /// <summary>The weights of the slow copy.</summary>
    public Parameters Target { get; }

    /// <summary>The decoder's weights.</summary>
    public Parameters Drawing { get; }

    public Mlp Online { get; }

    /// <summary>The slow copy of the online encoder, which sets the targets and by which everything is judged.</summary>
    public Mlp Slow { get; }

    /// <summary>All weights of the checkpoint: online and slow encoder, predictor and decoder.</summary>
    public int Count => All.Sum(part => part.Entries.Sum(entry => entry.Value.Length));

    /// <summary>Differs when any weight differs in any bit.</summary>
    public string Hash => string.Concat(All.Select(part => part.Hash()[..8]));

    /// <summary>Moves latents one frame on: skip·z + predictor(z).</summary>
    /// <param name="z">[rows, 32]</param>
    /// <returns>[rows, 32]</returns>
    public Tensor Predict(Tensor z)
    {
        var change = _predictor.Forward(z);
        return _skip == 0 ? change : z * _skip + change;
    }

    /// <summary>Draws latents.</summary>
    /// <param name="latents">[rows, 32]</param>
    /// <returns>[rows, 256], in [0, 1].</returns>
    public Tensor Decode(Tensor latents) => _decoder.Forward(latents).Sigmoid();

    /// <summary>The same model with weights of its own, which no training will change.</summary>
    public DvdModel Snapshot()
    {
        var copy = new DvdModel(seed: 0, _skip);
        foreach (var (mine, theirs) in All.Zip(copy.All)) theirs.CopyFrom(mine);
        return copy;
    }

    /// <summary>All weights by the names of the published checkpoint, for saving.</summary>
    public IEnumerable<(string Name, Tensor Value)> Tensors => All.SelectMany(part => part.Entries).Select(entry => (entry.Path, entry.Value));

    /// <summary>Takes all weights from a file; on any error none has changed.</summary>
    /// <returns>The texts stored beside them.</returns>
    /// <exception cref="InvalidDataException">The file is broken or does not fit.</exception>
    public IReadOnlyDictionary<string, string> Load(string file) => Safetensors.Load(file, All);

    Parameters[] All => [Parameters, Target, Drawing];

    static Mlp Encoder(Parameters p) => new(p["net"], [DvdSequences.ObservationLength, 256, 128, Latent]);
}
