namespace TinyJepa.Samples.BouncingBall;

/// <summary>
/// A rod of 1 m that swings, or turns over, with a little friction; the seed's "what next". Its state is a point on a cylinder: an angle is
/// no linear function of it, so probes look for its cosine and sine.
/// </summary>
internal sealed class PendulumWorld : World
{
    const double Friction = 0.1, Fastest = 8;
    const int Pieces = 10;

    double _cos = 1, _sin, _omega;

    public override IReadOnlyList<string> Labels => ["cos θ", "sin θ", "ω"];

    public override int Width => 2;

    /// <summary>Starts at any angle, turning at up to 8 rad/s.</summary>
    public override void Start(Rng rng)
    {
        double length;
        do
        {
            (_cos, _sin) = (2 * rng.NextDouble() - 1, 2 * rng.NextDouble() - 1);
            length = _cos * _cos + _sin * _sin;
        }
        while (length is > 1 or < 1e-4);
        (_cos, _sin) = (_cos / Math.Sqrt(length), _sin / Math.Sqrt(length));
        _omega = Fastest * (2 * rng.NextDouble() - 1);
    }

    public void Start(double cos, double sin, double omega) => (_cos, _sin, _omega) = (cos, sin, omega);

    public override void Step()
    {
        for (var i = 0; i < Pieces; i++) Piece(FrameTime / Pieces);
    }

    public override void Observe(Span<double> frame) => (frame[0], frame[1]) = (_cos, _sin);

    public override void Label(Span<double> labels) => (labels[0], labels[1], labels[2]) = (_cos, _sin, _omega);

    // Runge–Kutta on (cos, sin, ω): no transcendental function, which systems round differently. The circle is restored after every step.
    void Piece(double h)
    {
        var k1 = Slope(_cos, _sin, _omega);
        var k2 = Slope(_cos + h / 2 * k1.C, _sin + h / 2 * k1.S, _omega + h / 2 * k1.W);
        var k3 = Slope(_cos + h / 2 * k2.C, _sin + h / 2 * k2.S, _omega + h / 2 * k2.W);
        var k4 = Slope(_cos + h * k3.C, _sin + h * k3.S, _omega + h * k3.W);
        _cos += h / 6 * (k1.C + 2 * k2.C + 2 * k3.C + k4.C);
        _sin += h / 6 * (k1.S + 2 * k2.S + 2 * k3.S + k4.S);
        _omega += h / 6 * (k1.W + 2 * k2.W + 2 * k3.W + k4.W);
        var length = Math.Sqrt(_cos * _cos + _sin * _sin);
        (_cos, _sin) = (_cos / length, _sin / length);
    }

    static (double C, double S, double W) Slope(double cos, double sin, double omega) =>
        (-sin * omega, cos * omega, -Gravity * sin - Friction * omega);
}
