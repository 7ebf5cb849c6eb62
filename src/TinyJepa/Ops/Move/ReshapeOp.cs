namespace TinyJepa;

/// <summary>Views: the same elements under another shape, or a range of the first axis. They cost nothing, forwards or backwards.</summary>
public static class ReshapeOp
{
    extension(Tensor x)
    {
        /// <summary>The same elements in the same order under another shape. Shares memory.</summary>
        /// <param name="shape">As many elements as this tensor has; every size is given.</param>
        /// <returns>A view; writing to it writes to this tensor.</returns>
        /// <exception cref="ArgumentException">The shapes hold different counts.</exception>
        public Tensor Reshape(in Shape shape)
        {
            var node = x.Node;
            if (shape.Elements != node.Shape.Elements)
                Throw.Mismatch("Reshape", node.Shape, shape, $"they hold {node.Shape.Elements} and {shape.Elements} elements");
            return new Tensor(Arena.NewView(node, shape, node.Offset));
        }

        /// <summary><paramref name="count"/> steps of the first axis from <paramref name="start"/> on. Shares memory.</summary>
        /// <exception cref="ArgumentOutOfRangeException">The range leaves the axis.</exception>
        public Tensor Rows(int start, int count)
        {
            var node = x.Node;
            SliceOp.CheckRange(node.Shape, 0, start, count);
            return new Tensor(Arena.NewView(node, node.Shape.With(0, count), node.Offset + start * node.Shape.Product(1, node.Shape.Rank)));
        }
    }
}
