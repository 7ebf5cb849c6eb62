namespace TinyJepa.Samples.Embed;

/// <summary>The answer to some frames.</summary>
internal sealed record Prediction
{
    /// <summary>The frame, counted from 0 like those that were sent, at which the window ends that <see cref="Expected"/> foretells.</summary>
    public required int Frame { get; init; }

    /// <summary>The latent of the last window.</summary>
    public required float[] Latent { get; init; }

    /// <summary>The latent that the model expects at <see cref="Frame"/>.</summary>
    public required float[] Expected { get; init; }

    /// <summary>The first frame that was predicted: <see cref="Surprise"/> begins there.</summary>
    public required int FirstJudged { get; init; }

    /// <summary>For this frame and each that follows: the mean squared difference between the latent that was expected and the one that came.</summary>
    public required float[] Surprise { get; init; }

    /// <summary>Where the surprise is largest; absent if no frame was predicted.</summary>
    public Peak? Peak { get; init; }
}

/// <summary>The largest surprise of a clip.</summary>
/// <param name="Frame">Where.</param>
/// <param name="Surprise">How large.</param>
/// <param name="OverMedian">How many times the clip's median.</param>
internal sealed record Peak(int Frame, float Surprise, float OverMedian)
{
    /// <param name="surprise">Of the frames from <paramref name="first"/> on.</param>
    /// <param name="first">The frame of the first.</param>
    /// <returns>Null if there are none.</returns>
    public static Peak? Of(ReadOnlySpan<float> surprise, int first)
    {
        if (surprise.Length == 0) return null;
        var at = 0;
        for (var i = 1; i < surprise.Length; i++)
            if (surprise[i] > surprise[at]) at = i;
        var sorted = surprise.ToArray();
        Array.Sort(sorted);
        var median = (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        return new Peak(first + at, surprise[at], median > 0 ? surprise[at] / median : 0);
    }
}
