namespace TinyJepa.Samples.BouncingBall;

/// <summary>
/// What models are trained and measured on. No trajectory is in both sets: each is drawn from the seed of its set and its own index.
/// </summary>
internal sealed class TrajectorySets
{
    /// <summary>Trajectories of the pool, as published, and of the fresh set.</summary>
    public const int PoolCount = 400, FreshCount = 200;

    /// <summary>The pool's seed.</summary>
    public const long PoolSeed = 1;

    const long FreshSeed = 1_000_001;

    /// <param name="world">What moves.</param>
    /// <param name="pool">Trajectories to train on.</param>
    /// <param name="fresh">Trajectories to measure on.</param>
    public TrajectorySets(World world, int pool = PoolCount, int fresh = FreshCount)
    {
        Pool = new Trajectories(world, pool, PoolSeed);
        Fresh = new Trajectories(world, fresh, FreshSeed);
    }

    /// <summary>The published pool, on which probes are fitted too.</summary>
    public Trajectories Pool { get; }

    /// <summary>The trajectories that every figure is measured on.</summary>
    public Trajectories Fresh { get; }
}
