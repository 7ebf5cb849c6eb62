using System.Text;
using TinyJepa.Analysis;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>
/// A dream without a decoder: the predictor runs on its own predictions, a linear probe reads the position off each latent, and letters show
/// the path. No pixel is involved.
/// </summary>
internal static class AsciiDream
{
    public const int Steps = 28;

    const char Nothing = '·', Real = 'o', Dreamt = '*', Both = '@';

    /// <param name="model">A trained model.</param>
    /// <param name="seed">The clip's seed.</param>
    /// <param name="steps">How far to dream.</param>
    public static string Draw(DvdModel model, uint seed, int steps = Steps)
    {
        using var scope = Scope.Begin();
        var training = Latents.Of(model.Slow, DvdWorld.MakeSequences());
        var probe = LinearProbe.Fit(training.All, training.Places());
        var clip = DvdWorld.RollOne(length: steps + 2, seed);

        var map = new char[LogoFrame.Side, LogoFrame.Side];
        var z = Latents.Of(model.Slow, clip).AtTime(0);
        var error = 0.0;
        for (var step = 1; step <= steps; step++)
        {
            z = model.Predict(z);
            ReadOnlySpan<float> place = probe.Predict(z).Span;
            var truth = clip.Position(0, step + 1);
            error += Math.Sqrt(Math.Pow(place[0] - truth.Y, 2) + Math.Pow(place[1] - truth.X, 2)) / steps;
            Mark(map, truth.Y, truth.X, Real);
            Mark(map, place[0], place[1], Dreamt);
        }

        var text = new StringBuilder();
        for (var y = 0; y < LogoFrame.Side; y++)
        {
            text.Append("  ");
            for (var x = 0; x < LogoFrame.Side; x++) text.Append(map[y, x] == 0 ? Nothing : map[y, x]).Append(' ');
            text.AppendLine();
        }

        return text.AppendLine($"  {Real} reality   {Dreamt} dream   {Both} both   {steps} steps from two frames; on average {Numbers.Short(error)} px apart").ToString();
    }

    static void Mark(char[,] map, float y, float x, char mark)
    {
        var (row, column) = ((int)MathF.Round(y), (int)MathF.Round(x));
        if ((uint)row >= LogoFrame.Side || (uint)column >= LogoFrame.Side) return;
        ref var cell = ref map[row, column];
        cell = cell == 0 || cell == mark ? mark : Both;
    }
}
