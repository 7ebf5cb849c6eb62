namespace TinyJepa.Samples;

/// <summary>The published claims, and beside each what the studies of both recipes and the controls give here.</summary>
/// <param name="studies">One for each recipe that was trained.</param>
/// <param name="isPublished">Whether a study is that of the published recipe.</param>
public sealed class Claims<TStudy>(IReadOnlyList<TStudy> studies, Func<TStudy, bool> isPublished) where TStudy : class
{
    const string None = "–";

    /// <summary>All rows.</summary>
    public ClaimTable Table { get; } = new();

    /// <summary>Adds a row.</summary>
    /// <param name="claim">The published figure, in words and number.</param>
    /// <param name="show">What a study gives.</param>
    /// <param name="controls">What chance or an untrained model gives.</param>
    public void Add(string claim, Func<TStudy, string> show, string controls = None) =>
        Table.Add(claim, Cell(show, published: true), Cell(show, published: false), controls);

    string Cell(Func<TStudy, string> show, bool published) =>
        studies.FirstOrDefault(study => isPublished(study) == published) is { } study ? show(study) : None;
}
