using System.Security.Cryptography;
using System.Text;

namespace TinyJepa.Nn;

/// <summary>
/// The weights of a model by path, as in PyTorch's state dict: <c>new Linear(p["encoder"], 512, 256)</c> creates <c>encoder.weight</c>
/// and <c>encoder.bias</c>. They lie in one flat block, so that averaging and the optimiser are one pass each.
/// </summary>
/// <example><code>
/// var p = new Parameters(seed: 1);
/// var encoder = new Mlp(p["encoder"], [512, 256, 32]);
/// var adam = new Adam(p) { LearningRate = 1e-3f };
/// </code></example>
public sealed class Parameters
{
    readonly ParameterBlock _block;
    readonly string _prefix;

    /// <summary>An empty set.</summary>
    /// <param name="seed">Initial values depend on it and the path only.</param>
    /// <param name="backend">The backend that holds them; the processor by default.</param>
    public Parameters(long seed = 0, Backend? backend = null) : this(new ParameterBlock(seed, backend ?? Backend.Default), "")
    {
    }

    Parameters(ParameterBlock block, string prefix) => (_block, _prefix) = (block, prefix);

    /// <summary>The part of the set under a name; names are joined by dots.</summary>
    public Parameters this[string name] => new(_block, Path(name));

    /// <summary>The backend that holds the parameters.</summary>
    public Backend Backend => _block.Backend;

    /// <summary>The entries under this path, in the order of their creation.</summary>
    public IEnumerable<Parameter> Entries => _block.Entries.Where(entry => entry.IsUnder(_prefix));

    /// <summary>The number of trained elements under this path.</summary>
    public int Count => Entries.Where(entry => !entry.IsBuffer).Sum(entry => entry.Value.Length);

    /// <summary>Creates a trained parameter.</summary>
    /// <param name="name">Its last name, for example <c>weight</c>.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="init">Its initial values.</param>
    /// <returns>The parameter's tensor, which lives as long as the set.</returns>
    /// <exception cref="InvalidOperationException">There is a parameter of this path already, or an optimiser or average already holds the block.</exception>
    public Tensor Create(string name, in Shape shape, Initializer init) => _block.Add(Path(name), shape, init, buffer: false);

    /// <summary>Creates a buffer: saved and loaded with the parameters but never trained, such as running statistics.</summary>
    /// <inheritdoc cref="Create"/>
    public Tensor Buffer(string name, in Shape shape, Initializer init) => _block.Add(Path(name), shape, init, buffer: true);

    /// <summary>A constant of a layer, such as fixed positions: it moves to another backend with the rest, and is neither trained, saved nor listed.</summary>
    /// <param name="values">Its elements, row-major.</param>
    /// <param name="shape">Its shape.</param>
    internal Tensor Constant(ReadOnlySpan<float> values, in Shape shape) => _block.AddConstant(values, shape);

    /// <summary>Whether tapes track the entries under this path and optimisers update them. Applies to the entries created so far.</summary>
    public bool Trainable
    {
        get => Entries.Any(entry => entry.Trainable);
        set
        {
            foreach (var entry in Entries) entry.Trainable = value && !entry.IsBuffer;
        }
    }

    /// <summary>
    /// Declares that the weights under this path will not change any more, which makes inference faster: they are moved to adjacent memory, where
    /// large pages can hold them, and products cache a second copy in the order in which their kernels read it. Training, loading, averaging into
    /// them or taking their <see cref="Tensor.Span"/> throws until <see cref="Thaw"/>; a span taken before no longer shows them. Results have the
    /// same bits.
    /// </summary>
    public void Freeze()
    {
        List<Parameter> frozen = [.. Entries.Where(entry => !entry.IsBuffer && entry.Node.Frozen is null)];
        _block.Gather(frozen);
        foreach (var entry in frozen) entry.Node.Frozen = new FrozenWeight();
    }

    /// <summary>Ends <see cref="Freeze"/> and releases the cached copies.</summary>
    public void Thaw()
    {
        foreach (var entry in Entries) entry.Node.Frozen = null;
    }

    /// <summary>
    /// Moves the whole set, of which this may be a part, to another backend: the layers that were built from it compute there from now on.
    /// Elements keep their bits.
    /// </summary>
    /// <returns>This set.</returns>
    /// <exception cref="InvalidOperationException">An optimiser or average already holds the block: move the model before they are made.</exception>
    public Parameters To(Backend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        _block.MoveTo(backend);
        return this;
    }

    /// <summary>The entry at a path below this one.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Parameter Entry(string name) => _block.Find(Path(name))
        ?? throw new KeyNotFoundException($"There is no parameter '{Path(name)}'. There are: {string.Join(", ", _block.Entries.Select(e => e.Path))}.");

    /// <summary>Overwrites these parameters with those of the same paths and shapes.</summary>
    /// <exception cref="ArgumentException">A path is missing there or has another shape.</exception>
    public void CopyFrom(Parameters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var pairs = Entries.Select(mine => (mine, theirs: other._block.Find(other.Path(NameOf(mine)))
            ?? throw new ArgumentException($"The parameter '{mine.Path}' has no counterpart '{other.Path(NameOf(mine))}' in the other set."))).ToList();
        foreach (var (mine, theirs) in pairs)
            if (mine.Value.Shape != theirs.Value.Shape)
                throw new ArgumentException($"The parameter '{mine.Path}' has the shape {mine.Value.Shape} here and {theirs.Value.Shape} there.");
        using var whole = Threads.CancelOn(CancellationToken.None);
        foreach (var (mine, theirs) in pairs) mine.Value.CopyFrom(theirs.Value);
    }

    /// <summary>A fingerprint of paths, shapes and all values, bit by bit: the first 16 hexadecimal digits of their SHA-256.</summary>
    public string Hash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[4];
        foreach (var entry in Entries.OrderBy(entry => entry.Path, StringComparer.Ordinal))
        {
            sha.AppendData(Encoding.UTF8.GetBytes($"{NameOf(entry)} {entry.Value.Shape}\n"));
            foreach (var value in entry.Value.ToArray())
            {
                System.Buffers.Binary.BinaryPrimitives.WriteSingleLittleEndian(word, value);
                sha.AppendData(word);
            }
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset())[..16];
    }

    internal ParameterBlock Block => _block;

    /// <summary>An entry's path below this one.</summary>
    internal string NameOf(Parameter entry) => entry.Path[(_prefix.Length == 0 ? 0 : _prefix.Length + 1)..];

    string Path(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return _prefix.Length == 0 ? name : $"{_prefix}.{name}";
    }
}
