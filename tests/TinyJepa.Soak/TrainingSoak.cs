using System.Diagnostics;
using TinyJepa.Samples.BouncingBall;

namespace TinyJepa.Soak;

/// <summary>Trains the bouncing ball's model for very many steps in this process, and watches its memory.</summary>
static class TrainingSoak
{
    const int Samples = 2000;

    /// <param name="steps">How many; one training of so many epochs.</param>
    /// <param name="file">Where the figures go.</param>
    /// <returns>The exit code: 0 if memory drifted by less than 1 %, and every loss was a number.</returns>
    public static int Run(int steps, string file)
    {
        var pool = new Trajectories(new BallWorld(), TrajectorySets.PoolCount, TrajectorySets.PoolSeed);
        var recipe = Recipe.Best;
        var perEpoch = new BallTraining(recipe, pool, seed: 0).StepsPerPoint;
        var training = new BallTraining(recipe with { Epochs = (steps + perEpoch - 1) / perEpoch }, pool, seed: 0);
        var (log, every, clock, errors) = (new MemoryLog(), Math.Max(1, steps / Samples), Stopwatch.StartNew(), 0L);
        var allocated = 0L;
        for (var step = 1; step <= steps; step++)
        {
            if (step == steps / 10) allocated = GC.GetAllocatedBytesForCurrentThread();
            if (!float.IsFinite(training.Step().Loss)) errors++;
            if (step % every != 0) continue;
            log.Add((double)step / steps, Machine.Memory);
            if (step % (every * 200) != 0) continue;
            var before = GC.GetAllocatedBytesForCurrentThread();
            Console.WriteLine($"{step} steps, {clock.Elapsed.TotalSeconds:0} s, {Machine.Memory / 1e6:0.0} MB");
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;                // what is printed is not the step's
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var seconds = clock.Elapsed.TotalSeconds;
        Console.WriteLine($"{steps} steps in {seconds:0} s, {errors} errors; {log}");
        log.Write(file, "training steps of the bouncing ball's model", ("steps", steps), ("seconds", Math.Round(seconds, 1)), ("errors", errors),
            ("bytes_allocated_per_step", Math.Round(allocated / (0.9 * steps), 3)));
        return errors == 0 && log.DriftPercent < 1 ? 0 : 1;
    }
}
