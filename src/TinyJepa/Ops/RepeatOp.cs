namespace TinyJepa;

/// <summary>Copies along a new axis, for the broadcasts that operators do not do by themselves.</summary>
public static class RepeatOp
{
    extension(Tensor x)
    {
        /// <summary>The tensor <paramref name="count"/> times along a new first axis.</summary>
        /// <returns>[count, …]</returns>
        public Tensor RepeatRows(int count) => Repeat(x, count, last: false);

        /// <summary>Every number <paramref name="count"/> times along a new last axis.</summary>
        /// <returns>[…, count]</returns>
        public Tensor RepeatColumns(int count) => Repeat(x, count, last: true);
    }

    static Tensor Repeat(Tensor x, int count, bool last)
    {
        Span<int> sizes = stackalloc int[Shape.MaxRank + 1];
        var rank = x.Shape.Rank;
        for (var i = 0; i < rank; i++) sizes[last ? i : i + 1] = x.Shape[i];
        sizes[last ? rank : 0] = count;
        var y = Tensor.Empty(Shape.Create(sizes[..(rank + 1)]), x.Backend);
        var (outer, inner) = last ? (x.Length, 1) : (1, x.Length);
        x.Backend.Spread(x, outer, count, inner, 1f, y, keep: false);
        if (Tape.Tracks(x)) Tape.Add(y, new Grad(x, outer, count, inner));
        return y;
    }

    /// <summary>The copies' gradients add up.</summary>
    readonly struct Grad(Tensor x, int outer, int count, int inner) : IOp
    {
        public void Backward(Tensor dy)
        {
            if (x.Wants(out var dx)) dy.Backend.Sum(dy, outer, count, inner, 1f, dx.Target, dx.Keep);
        }
    }
}
