using TinyJepa.IO;
using TinyJepa.Nn;
using TinyJepa.Samples.BouncingBall;
using TinyJepa.Samples.Embed;
using TinyJepa.Tests.Docs;

namespace TinyJepa.Tests.Samples.Embed;

/// <summary>The sample's own files: the committed model and the clip of a ball that is knocked upwards.</summary>
static class EmbedFiles
{
    /// <summary>The frame at which the ball is suddenly elsewhere.</summary>
    internal const int Knock = 60;

    internal static string Model => Repository.PathTo("samples", "Embed", "ball.safetensors");

    internal static string Clip => Repository.PathTo("samples", "Embed", "knock.npy");

    /// <summary>The ball of the sample, 120 frames long, lifted by a metre before the frame <see cref="Knock"/>.</summary>
    internal static float[] KnockedClip()
    {
        var (world, rng) = (new BallWorld(), new Rng(2_000_001));
        var (noise, clip) = (new float[120], new float[120]);
        world.Start(rng["start"]);
        rng["noise"].FillNormal(noise);
        Span<double> seen = stackalloc double[1];
        for (var t = 0; t < clip.Length; t++)
        {
            if (t > 0) world.Step();
            if (t == Knock) world.Start(world.X + 1, world.V);
            world.Observe(seen);
            clip[t] = (float)(seen[0] + World.Noise * noise[t]);
        }

        return clip;
    }

    /// <summary>The same model in the sample that trained it.</summary>
    internal static BallModel Trained()
    {
        var model = new BallModel(Recipe.Best, width: 1, seed: 0);
        model.Load(Model);
        return model;
    }

    /// <summary>Writes a model's file: layers of the given sizes, and what stands beside them.</summary>
    internal static string Write(string file, int[] encoder, int[] predictor, params (string Name, string Text)[] beside)
    {
        var p = new Parameters(seed: 1);
        _ = (new Mlp(p["encoder"], encoder), new Mlp(p["predictor"], predictor));
        Safetensors.Save(file, p, beside.ToDictionary(one => one.Name, one => one.Text));
        return file;
    }

    internal static readonly (string, string)[] Beside = [("window", "8"), ("ahead", "8"), ("activation", "relu")];

    internal static Frames Frames(float[] clip) => global::TinyJepa.Samples.Embed.Frames.Of(clip, clip.Length, 1);
}
