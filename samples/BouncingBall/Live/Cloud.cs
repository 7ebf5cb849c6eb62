using TinyJepa.Analysis;

namespace TinyJepa.Samples.BouncingBall;

/// <summary>
/// The latents of fresh windows in the three directions in which they vary most: a cloud to rotate, in which the current latent
/// moves.
/// </summary>
internal sealed class Cloud
{
    /// <summary>Coordinates of a place in the cloud.</summary>
    public const int Axes = 3;

    const int Trajectories = 20, Every = 6;
    const float Filled = 0.95f;

    readonly Pca _pca;
    readonly float[] _rotation;                 // [3, 3], rows are the axes shown
    readonly float[] _centre = new float[Axes];
    readonly float _scale = 1;

    /// <param name="model">Encodes the windows.</param>
    /// <param name="fresh">Trajectories it has not seen.</param>
    public Cloud(BallModel model, Trajectories fresh)
    {
        using var scope = Scope.Begin();
        var observations = new Observations(fresh, model.Recipe.Window);
        var rows = Enumerable.Range(0, observations.Count / fresh.Count * Trajectories / Every).Select(i => i * Every).ToArray();
        var latents = model.Encode(observations.Windows).Gather(rows);
        (Count, Labels) = (rows.Length, observations.Labels.Gather(rows).ToArray());
        _pca = Pca.Fit(latents);
        var flat = _pca.Project(latents, Axes).ToArray();
        _rotation = Rotation(flat, Labels);
        Places = Rotated(flat);

        var reach = 0f;
        for (var axis = 0; axis < Axes; axis++)
        {
            var along = Enumerable.Range(0, Count).Select(i => Places[i * Axes + axis]).ToArray();
            _centre[axis] = (along.Min() + along.Max()) / 2;
            reach = Math.Max(reach, (along.Max() - along.Min()) / 2);
        }

        if (reach > 0) _scale = Filled / reach;
        Places = Rotated(flat);
    }

    /// <summary>Points.</summary>
    public int Count { get; }

    /// <summary>Where they are, about −1 … 1: [count, 3].</summary>
    public float[] Places { get; }

    /// <summary>Height and velocity of each: [count, 2]. Colours of the cloud; no model sees them.</summary>
    public float[] Labels { get; }

    /// <summary>Fraction of the variance along the first three directions.</summary>
    public IReadOnlyList<double> Explained => [.. _pca.Explained.Take(Axes)];

    /// <summary>Where a latent is in the cloud.</summary>
    /// <param name="latent">[1, 16]</param>
    public float[] Place(Tensor latent) => Rotated(_pca.Project(latent, Axes).ToArray());

    float[] Rotated(float[] flat)
    {
        var places = new float[flat.Length];
        for (var i = 0; i < flat.Length; i++)
        {
            var (row, axis) = (i / Axes * Axes, i % Axes);
            var sum = 0f;
            for (var k = 0; k < Axes; k++) sum += _rotation[axis * Axes + k] * flat[row + k];
            places[i] = (sum - _centre[axis]) * _scale;
        }

        return places;
    }

    // A principal direction has no up and no left, and two of similar weight may change places from one model to the next. The cloud is
    // only rotated: the direction in which the height grows points right, what is left of that of the velocity points up.
    static float[] Rotation(float[] flat, float[] labels)
    {
        var right = Unit(Along(flat, labels, 0), [1, 0, 0]);
        var up = Along(flat, labels, 1);
        var dot = up[0] * right[0] + up[1] * right[1] + up[2] * right[2];
        for (var k = 0; k < Axes; k++) up[k] -= dot * right[k];
        up = Unit(up, Math.Abs(right[1]) < 0.9f ? [-right[1] * right[0], 1 - right[1] * right[1], -right[1] * right[2]] : [0, 0, 1]);
        var length = MathF.Sqrt(up[0] * up[0] + up[1] * up[1] + up[2] * up[2]);
        for (var k = 0; k < Axes; k++) up[k] /= length;
        return
        [
            .. right, .. up,
            right[1] * up[2] - right[2] * up[1], right[2] * up[0] - right[0] * up[2], right[0] * up[1] - right[1] * up[0],
        ];
    }

    /// <summary>Covariance of a label with the three directions.</summary>
    static float[] Along(float[] flat, float[] labels, int label)
    {
        var (n, mean, along) = (flat.Length / Axes, 0f, new float[Axes]);
        for (var i = 0; i < n; i++) mean += labels[2 * i + label] / n;
        for (var i = 0; i < n; i++)
            for (var k = 0; k < Axes; k++) along[k] += (labels[2 * i + label] - mean) * flat[i * Axes + k];
        return along;
    }

    static float[] Unit(float[] v, float[] otherwise)
    {
        var length = MathF.Sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        return length > 1e-6f ? [v[0] / length, v[1] / length, v[2] / length] : otherwise;
    }
}
