namespace TinyJepa.Samples.BouncingBall;

/// <summary>
/// A ball above a floor in one dimension. Between two bounces its flight is known in closed form, and a bounce is found by solving for it:
/// the published simulator is exact but for its guard.
/// </summary>
internal sealed class BallWorld : World
{
    /// <summary>Fraction of the speed that a bounce leaves; 0.81 of the energy.</summary>
    public const double Restitution = 0.9;

    const double Grazing = 1e-12;               // a root this near to now is the bounce just made
    const int DragSteps = 10;                   // of Runge–Kutta in a frame: an error of about 1e-9 m

    /// <summary>
    /// Whether a ball too slow to leave the floor within a frame lies still. The published world has no such rule: its guard against a second
    /// bounce within a frame gives a resting ball up to 0.44 m/s, so it hops for ever.
    /// </summary>
    public bool Rests { get; init; }

    /// <summary>Air resistance, 1/m: the deceleration is Drag·v². 0 as published.</summary>
    public double Drag { get; init; }

    /// <summary>Height, m.</summary>
    public double X { get; private set; }

    /// <summary>Velocity, m/s, upwards.</summary>
    public double V { get; private set; }

    public override IReadOnlyList<string> Labels => ["x", "v"];

    public override int Width => 1;

    /// <summary>Starts on the floor, 3 to 7 m/s upwards.</summary>
    public override void Start(Rng rng) => Start(0, 3 + 4 * rng.NextDouble());

    public void Start(double x, double v) => (X, V) = (x, v);

    public override void Step() => Step(FrameTime);

    /// <summary>Lets some time pass, at most one bounce long.</summary>
    public void Step(double time)
    {
        if (Drag > 0)
        {
            for (var i = 0; i < DragSteps; i++) DragStep(time / DragSteps);
            return;
        }

        if (Rests && X == 0 && V == 0) return;
        var (x, v) = Fly(X, V, time);
        if (x < 0)
        {
            var impact = Impact(X, V);
            var after = -Restitution * (V - Gravity * impact);
            (x, v) = Fly(0, after, time - impact);
            if (Rests && after < Gravity * time / 2) (x, v) = (0, 0);
            else if (x < 0) (x, v) = (0, Restitution * Math.Abs(v));       // the published guard, which adds energy
        }

        (X, V) = (x, v);
    }

    public override void Observe(Span<double> frame) => frame[0] = X;

    public override void Label(Span<double> labels) => (labels[0], labels[1]) = (X, V);

    static (double X, double V) Fly(double x, double v, double time) => (x + v * time - 0.5 * Gravity * time * time, v - Gravity * time);

    // x + v·τ − ½g·τ² = 0. The two roots have the product −2x/g ≤ 0, so the positive one is the later one; it is 0 only for a ball
    // that lies still, and where there is none the ball is on the floor now.
    static double Impact(double x, double v)
    {
        var root = Math.Sqrt(v * v + 2 * Gravity * x);
        double first = (v - root) / Gravity, second = (v + root) / Gravity;
        return first > Grazing ? first : second > Grazing ? second : 0;
    }

    // Fourth-order Runge–Kutta in pieces; a bounce within a piece is found by halving.
    void DragStep(double time)
    {
        var (x, v) = Pull(X, V, time);
        if (x < 0)
        {
            var (low, high) = (0.0, time);
            for (var i = 0; i < 40; i++)
            {
                var middle = (low + high) / 2;
                if (Pull(X, V, middle).X < 0) high = middle;
                else low = middle;
            }

            var after = -Restitution * Pull(X, V, high).V;
            (x, v) = Pull(0, after, time - high);
            if (x < 0 || after < Gravity * time / 2) (x, v) = (0, 0);
        }

        (X, V) = (x, v);
    }

    (double X, double V) Pull(double x, double v, double h)
    {
        if (x == 0 && v == 0) return (0, 0);
        double k1 = Force(v), k2 = Force(v + h / 2 * k1), k3 = Force(v + h / 2 * k2), k4 = Force(v + h * k3);
        return (x + h * v + h * h / 6 * (k1 + k2 + k3), v + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4));
    }

    double Force(double v) => -Gravity - Drag * v * Math.Abs(v);
}
