using TinyJepa.Analysis;

namespace TinyJepa.Samples.DvdLogo;

/// <summary>A place on the map of latents.</summary>
internal readonly record struct MapPoint(float X, float Y);

/// <summary>
/// The 32 latent values projected onto the two directions in which they vary most, over a cloud of observations that no model was trained
/// on.
/// </summary>
internal sealed class LatentMap
{
    const int Observations = 300;
    const uint Seed = 7700;
    const float Filled = 0.95f;         // of the map's half width, by the cloud

    static readonly DvdSequences s_clips = DvdWorld.MakeSequences(Observations, 3, Seed);
    static readonly Position[] s_places = [.. Enumerable.Range(0, Observations).Select(i => s_clips.Label(i, 0))];

    readonly Pca _plane;
    readonly MapPoint[] _cloud = new MapPoint[Observations];
    readonly float _cos = 1, _sin, _mirror = 1, _scale = 1;
    readonly MapPoint _centre;

    LatentMap(Pca plane, Tensor latents)
    {
        _plane = plane;
        Draw(latents);
        (_cos, _sin, _mirror) = Upright();
        Draw(latents);

        var (left, right) = (_cloud.Min(p => p.X), _cloud.Max(p => p.X));
        var (top, bottom) = (_cloud.Min(p => p.Y), _cloud.Max(p => p.Y));
        var reach = Math.Max(right - left, bottom - top) / 2;
        _centre = new MapPoint((left + right) / 2, (top + bottom) / 2);
        _scale = reach > 0 ? Filled / reach : 1;
        Draw(latents);
    }

    /// <summary>The cloud: where the same observations lie for every model, so one map can move into the next.</summary>
    public ReadOnlySpan<MapPoint> Cloud => _cloud;

    /// <summary>Where the logo truly is in each observation of the cloud. It colours the cloud; no model sees it.</summary>
    public static ReadOnlySpan<Position> Places => s_places;

    public static LatentMap Of(DvdModel model)
    {
        using var scope = Scope.Begin();
        var latents = Latents.Of(model.Slow, s_clips).AtTime(0);
        return new LatentMap(Pca.Fit(latents), latents);
    }

    public MapPoint Project(ReadOnlySpan<float> latent)
    {
        using var scope = Scope.Begin();
        var flat = _plane.Project(Tensor.From(latent, [1, latent.Length]), components: 2).ToArray();
        var (x, y) = (flat[0], flat[1] * _mirror);
        return new MapPoint(_scale * (_cos * x - _sin * y - _centre.X), _scale * (_sin * x + _cos * y - _centre.Y));
    }

    void Draw(Tensor latents)
    {
        var values = latents.ToArray();
        for (var i = 0; i < Observations; i++) _cloud[i] = Project(values.AsSpan(i * DvdModel.Latent, DvdModel.Latent));
    }

    // A principal direction has no up and no left, and two of similar weight may change places from one model to the next. The map is
    // therefore rotated, and mirrored if need be, to fit the true positions best in least squares
    // (orthogonal Procrustes in two dimensions). Distances on it stay as they are.
    (float Cos, float Sin, float Mirror) Upright()
    {
        var centre = (LogoFrame.Side - 1) / 2f;
        float xx = 0, xy = 0, yx = 0, yy = 0;
        for (var i = 0; i < Observations; i++)
        {
            var (x, y) = (s_places[i].X - centre, s_places[i].Y - centre);
            xx += x * _cloud[i].X;
            xy += x * _cloud[i].Y;
            yx += y * _cloud[i].X;
            yy += y * _cloud[i].Y;
        }

        var turn = (Cos: xx + yy, Sin: yx - xy);
        var flip = (Cos: xx - yy, Sin: yx + xy);
        var (mirror, (cos, sin)) = Length(turn) >= Length(flip) ? (1f, turn) : (-1f, flip);
        var length = Length((cos, sin));
        return length > 0 ? (cos / length, sin / length, mirror) : (1, 0, 1);

        static float Length((float Cos, float Sin) v) => MathF.Sqrt(v.Cos * v.Cos + v.Sin * v.Sin);
    }
}
