// A JEPA (joint-embedding predictive architecture) in one file, from the world to the dream.
//
// A logo bounces in a box of 16 × 16 pixels. A model watches and learns to predict what comes next: not the next picture, but the
// next *representation*, the vector that its own encoder will give to that picture. It never sees a position and never draws a pixel.
// Then we check two things. Does the representation contain the position? And can the model run ahead of the world without looking?
//
// For readers who know PyTorch: `Parameters` is the state dict, `Tape.Begin()` starts recording for backward, a `Scope` is
// `torch.no_grad()`. Tensors made inside a tape or scope are freed where it ends.
using TinyJepa;
using TinyJepa.Analysis;
using TinyJepa.Losses;
using TinyJepa.Nn;
using TinyJepa.Optim;

const int Side = 16, Latent = 32;                       // pixels along a side of the box; length of the representation
const int Clips = 200, HeldOutClips = 100, Moments = 63; // clips to learn from and to measure on; observations in a clip
const int Steps = 2000, Batch = 32;
const int Horizon = 8;                                  // frames ahead in training; with 1 the dream ends 1.9 pixels off, not 0.7
const int DreamFrames = 26;                             // frames ahead in the dream below: one for each letter of the alphabet

// 1. World. The held-out clips come from another random stream; only the measurements use them.
var rng = new Rng(seed: 1);
var (training, trainingPositions) = MakeClips(Clips, rng["training"]);
var (heldOut, heldOutPositions) = MakeClips(HeldOutClips, rng["held out"]);

// 2. Networks: two small MLPs. The encoder turns an observation into 32 values, the predictor moves these values one frame ahead.
var weights = new Parameters(seed: 1);
var encoder = new Mlp(weights["encoder"], [2 * Side * Side, 128, Latent]);
var predictor = new Mlp(weights["predictor"], [Latent, 128, Latent]);
var adam = new Adam(weights) { LearningRate = 2e-3f, WeightDecay = 0.1f };

// Predictions are compared with the output of a second encoder, an exponential moving average (EMA) of the first. It gets no gradient
// and changes slowly, so the predictor has to come to the target, not the target to the predictor.
var averages = new Parameters(seed: 1);
var targetEncoder = new Mlp(averages["encoder"], [2 * Side * Side, 128, Latent]);
var ema = new Ema(weights["encoder"], averages["encoder"], decay: 0.99f);
var (_, untrainedError) = FitProbe();                   // the control: how much a random projection of the pixels gives

// 3. Training. A useless solution lies close by: give every observation the same vector, and prediction is perfect (collapse). Two
// things prevent it. Targets get no gradient, and the variance hinge is a loss wherever the standard deviation of a dimension over
// the batch falls below 1. Without the hinge the latents shrink to a standard deviation of 0.2, without both to 0.00.
for (var step = 1; step <= Steps; step++)
{
    using var tape = Tape.Begin();
    var starts = RandomStarts();
    var now = encoder.Forward(training.Gather(starts));                                    // [32, 32]
    var future = targetEncoder.Forward(training.Gather(Following(starts, Horizon)));       // [8 · 32, 32]

    var prediction = Mse.Of(Dream(now, Horizon), future);
    tape.Backward(prediction + VicReg.VarianceHinge(now));
    adam.Step();
    ema.Step();

    if (step % (Steps / 5) == 0)
        Console.WriteLine($"step {step,4}   prediction error {prediction.Item:0.0000}   std of the latents {Collapse.MeanStd(now):0.00}");
}

// 4. Probe and dream, on held-out clips. After moment 10 the predictor sees only its own output; the probe says where the logo is.
using var scope = Scope.Begin();
var (probe, probeError) = FitProbe();
int[] lastSeen = [.. Enumerable.Range(0, HeldOutClips).Select(clip => clip * Moments + 10)];
var dreamed = probe.Predict(Dream(targetEncoder.Forward(heldOut.Gather(lastSeen)), DreamFrames));
var happened = heldOutPositions.Gather(Following(lastSeen, DreamFrames));
var stayed = Tensor.Concat(axis: 0, [.. Enumerable.Repeat(heldOutPositions.Gather(lastSeen), DreamFrames)]);

Console.WriteLine("\nOne clip, its next 26 frames from a to z:\n\nwhat happened                      what the model dreamed");
foreach (var (left, right) in Map(happened).Zip(Map(dreamed))) Console.WriteLine($"{left}    {right}");

Console.WriteLine("\nerror of the position in pixels, 100 held-out clips         model   control");
Console.WriteLine($"read off the latent (control: untrained encoder)           {probeError:0.0000}    {untrainedError:0.0000}");
foreach (var frame in (int[])[1, 10, DreamFrames])
    Console.WriteLine($"dream, frame {frame,2} (control: the logo stays put)              {ErrorAt(frame, dreamed):0.0000}    {ErrorAt(frame, stayed):0.0000}");

// Clips of the world, moment by moment. One frame does not show where the logo is heading, so an observation is two frames in a row.
// Returns observations [clips · moments, 2 · 16 · 16] and the position (y, x) in the newer frame, [clips · moments, 2].
static (Tensor Observations, Tensor Positions) MakeClips(int clips, Rng rng)
{
    float[] pixels = new float[clips * Moments * 2 * Side * Side], newest = new float[clips * Moments * 2];
    for (var clip = 0; clip < clips; clip++)
    {
        var (y, x) = (2 + 11 * rng.NextFloat(), 2 + 11 * rng.NextFloat());
        var (vy, vx) = (0.75f * (2 * rng.NextInt(2) - 1), 0.75f * (2 * rng.NextInt(2) - 1));   // one of four diagonals
        for (var moment = clip * Moments; moment < (clip + 1) * Moments; moment++)
        {
            Draw(y, x, pixels.AsSpan(2 * moment * Side * Side));
            Advance(ref y, ref vy);
            Advance(ref x, ref vx);
            Draw(y, x, pixels.AsSpan((2 * moment + 1) * Side * Side));
            (newest[2 * moment], newest[2 * moment + 1]) = (y, x);
        }
    }

    // The library's exp has the same bits on every machine.
    return (Tensor.From(pixels, [clips * Moments, 2 * Side * Side]).Exp(), Tensor.From(newest, [clips * Moments, 2]));
}

static void Advance(ref float p, ref float velocity)
{
    p += velocity;
    if (p is < 1 or > Side - 2) velocity = -velocity;       // a wall
    p = Math.Clamp(p, 1, Side - 2);
}

// The logo is a Gaussian spot with a standard deviation of 1.5 pixels. This writes the exponents.
static void Draw(float y, float x, Span<float> exponents)
{
    for (var row = 0; row < Side; row++)
        for (var column = 0; column < Side; column++)
            exponents[row * Side + column] = -((row - y) * (row - y) + (column - x) * (column - x)) / (2 * 1.5f * 1.5f);
}

// Random moments of random clips, each with at least eight more after it.
int[] RandomStarts() => [.. Enumerable.Range(0, Batch).Select(_ => rng.NextInt(Clips) * Moments + rng.NextInt(Moments - Horizon))];

// The moments after each start: first all starts one step later, then all two steps later, and so on.
static int[] Following(int[] starts, int steps) => [.. from k in Enumerable.Range(1, steps) from start in starts select start + k];

// Runs the predictor on its own output. z [n, 32] gives [steps · n, 32] in the order of Following.
Tensor Dream(Tensor z, int steps)
{
    var dreamed = new Tensor[steps];
    for (var k = 0; k < steps; k++) dreamed[k] = z = predictor.Forward(z);
    return Tensor.Concat(axis: 0, dreamed);
}

// Least squares from latents to positions, fitted on the training clips, judged on the held-out ones; the encoder learns nothing from
// it. (All 512 pixels give the position exactly. The question is what is left of it in 32 values.)
(LinearProbe Probe, double Error) FitProbe()
{
    using var scope = Scope.Begin();
    var probe = LinearProbe.Fit(targetEncoder.Forward(training), trainingPositions);
    return (probe, probe.Score(targetEncoder.Forward(heldOut), heldOutPositions).Rmse);
}

// Root mean square over clips and coordinates, in pixels.
double ErrorAt(int frame, Tensor positions) => ProbeScore.Of(
    positions.Rows((frame - 1) * HeldOutClips, HeldOutClips), happened.Rows((frame - 1) * HeldOutClips, HeldOutClips)).Rmse;

// The first clip's positions as 16 lines of text.
static IEnumerable<string> Map(Tensor positions)
{
    var cells = Enumerable.Range(0, Side).Select(_ => Enumerable.Repeat('.', Side).ToArray()).ToArray();
    for (var k = 0; k < DreamFrames; k++)
    {
        int[] at = [.. positions.Rows(k * HeldOutClips, 1).ToArray().Select(p => Math.Clamp((int)MathF.Round(p), 0, Side - 1))];
        cells[at[0]][at[1]] = (char)('a' + k);
    }

    return cells.Select(row => string.Join(' ', row));
}
