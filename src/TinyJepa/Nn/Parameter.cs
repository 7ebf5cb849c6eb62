namespace TinyJepa.Nn;

/// <summary>A tensor of a model with its path.</summary>
public sealed class Parameter
{
    readonly Node _node;

    internal Parameter(string path, Node node, bool buffer)
    {
        (Path, _node, IsBuffer) = (path, node, buffer);
        node.Trainable = !buffer;
    }

    /// <summary>Its names from the root of the model to the tensor, joined by dots: <c>encoder.0.weight</c>.</summary>
    public string Path { get; }

    /// <summary>Whether it is a buffer: saved with the model but never trained.</summary>
    public bool IsBuffer { get; }

    /// <summary>Its values.</summary>
    public Tensor Value => new(_node);

    /// <summary>Whether tapes track it and optimisers update it.</summary>
    public bool Trainable
    {
        get => _node.Trainable;
        internal set => _node.Trainable = value;
    }

    /// <summary>Whether a backward pass has written its gradient since the optimiser's last step.</summary>
    public bool HasGradient => _node.GradientPass != 0;

    /// <summary>The gradient of the last backward pass.</summary>
    /// <exception cref="InvalidOperationException">There is none since the optimiser's last step.</exception>
    public Tensor Gradient => HasGradient ? new Tensor(_node.Gradient!) : throw new InvalidOperationException(
        $"The parameter '{Path}' has no gradient: no backward pass reached it since the optimiser's last step.");

    internal Node Node => _node;

    internal bool IsUnder(string prefix) => prefix.Length == 0
        || (Path.StartsWith(prefix, StringComparison.Ordinal) && (Path.Length == prefix.Length || Path[prefix.Length] == '.'));
}
