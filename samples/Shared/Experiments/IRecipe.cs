namespace TinyJepa.Samples;

/// <summary>How a model is trained: a record whose properties, with the seed, decide every bit of the outcome.</summary>
/// <typeparam name="TSelf">The record itself.</typeparam>
public interface IRecipe<TSelf> where TSelf : IRecipe<TSelf>
{
    /// <summary>A name for files and tables. A variant made for a comparison adds its own words after a comma.</summary>
    string Name { get; }

    /// <summary>The published recipe.</summary>
    static abstract TSelf Published { get; }

    /// <summary>The improved recipe, the default of most commands.</summary>
    static abstract TSelf Best { get; }

    /// <summary>The same recipe with another number of steps, and a name that says so.</summary>
    TSelf WithSteps(int steps);
}
