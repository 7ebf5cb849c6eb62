using TinyJepa.Export;
using TinyJepa.IO;
using TinyJepa.Kernels;
using TinyJepa.Losses;
using TinyJepa.Nn;

namespace TinyJepa.Tests.IO;

/// <summary>What the file says of itself and of the parameters, and what is refused.</summary>
public sealed class OnnxFileTests : IDisposable
{
    readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void File_NamesItsMaker_AndItsAxes()
    {
        var (p, mlp) = Network();
        Onnx.Save(File, ("pixels", [3]), x => ("latent", mlp.Forward(x)), p);
        var model = Read();
        Assert.Equal("TinyJepa", model.Producer);
        Assert.Equal(typeof(Onnx).Assembly.GetName().Version!.ToString(3), model.ProducerVersion);
        Assert.Equal(["batch", "3"], model.Inputs.Single(input => input.Name == "pixels").Dims);
        Assert.Equal(["batch", "2"], model.Outputs.Single(output => output.Name == "latent").Dims);
        Assert.Equal("Gemm Div Erf Add Mul Mul Gemm", string.Join(' ', model.Nodes.Select(node => node.Op)));
        Assert.Equal("latent", model.Nodes[^1].Output);
    }

    [Fact]
    public void Parameters_AreTheInitializers_ToTheBit()
    {
        var (model, p) = OnnxCase.World();
        OnnxCase.Scramble([p]);
        Onnx.Save(File, ("images", [28, 28, 3]), x => ("latent", model.Encode(x)), p);
        var written = Read().Initializers;
        // All that the encoder and its projector have, and nothing of the predictor.
        var expected = p["encoder"].Entries.Concat(p["projector"].Entries).Where(entry => !entry.Path.EndsWith("tracked", StringComparison.Ordinal)).ToList();
        Assert.Equal(expected.Select(entry => entry.Path).Order(StringComparer.Ordinal), written.Keys.Where(name => name[0] != '/').Order(StringComparer.Ordinal));
        foreach (var entry in expected)
        {
            Assert.Equal(entry.Value.Shape.Select(size => (long)size), written[entry.Path].Dims);
            Expect.Bits(entry.Value.ToArray(), written[entry.Path].Floats, entry.Path);
        }
    }

    /// <summary>One projection that two places share is in the file once; the set's name is a part of the path.</summary>
    [Fact]
    public void SharedParameters_AreWrittenOnce()
    {
        var p = new Parameters(seed: 1);
        var linear = new Linear(p["both"], 3, 3);
        Onnx.Save(File, ("x", [3]), x => ("y", linear.Forward(linear.Forward(x))), p["both"]);
        Assert.Equal(["both.bias", "both.weight"], Read().Initializers.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Save_OfTwoInputsAndTwoOutputs_NamesThem()
    {
        var (p, mlp) = Network();
        Onnx.Save(File, ("a", [3]), ("b", [3]), (a, b) => ("y", mlp.Forward(a) - mlp.Forward(b)), p);
        Assert.Equal(["a", "b"], Read().Inputs.Select(input => input.Name));

        Onnx.Save(File, [("a", [3])], x => [("twice", x[0] * 2f), ("same", x[0]), ("again", x[0]), ("images", x[0].Reshape([x[0].Length, 1]))]);
        var model = Read();
        Assert.Equal(["twice", "same", "again", "images"], model.Outputs.Select(output => output.Name));
        Assert.Equal(["3*batch", "1"], model.Outputs[^1].Dims);
        Assert.Equal(2, model.Nodes.Count(node => node.Op == "Identity"));
    }

    [Fact]
    public void Save_Twice_GivesTheSameBytes_AndChangesNothing()
    {
        var (model, p) = OnnxCase.World();
        var before = p.Hash();
        Onnx.Save(_folder["a.onnx"], ("images", [28, 28, 3]), x => ("y", model.Encode(x)), p);
        var bytes = System.IO.File.ReadAllBytes(_folder["a.onnx"]);
        p.Freeze();
        using (Tape.Begin()) Onnx.Save(_folder["a.onnx"], ("images", [28, 28, 3]), x => ("y", model.Encode(x)), p);
        Assert.Equal(bytes, System.IO.File.ReadAllBytes(_folder["a.onnx"]));
        Assert.Equal(before, p.Hash());
        Assert.Equal(["a.onnx"], _folder.Names);
    }

    /// <summary>A vision transformer's normalisations take ε = 1e-12, which is not the operator's own.</summary>
    [Fact]
    public void Epsilons_AreWritten()
    {
        var (model, p) = OnnxCase.World();
        Onnx.Save(File, ("images", [28, 28, 3]), x => ("y", model.Encode(x)), p);
        Assert.All(Read().Nodes.Where(node => node.Op == "LayerNormalization"), node => Assert.Equal(1e-12f, node.Attributes["epsilon"]));
        Assert.All(Read().Nodes.Where(node => node.Op == "BatchNormalization"), node => Assert.Equal(1e-5f, node.Attributes["epsilon"]));
    }

    [Fact]
    public void WhatNoOutputNeeds_IsLeftOut_EvenIfItCannotBeWritten()
    {
        var (p, mlp) = Network();
        Onnx.Save(File, ("x", [3]), x =>
        {
            VicReg.VarianceHinge(x.Map(new Cube()));
            return ("y", mlp.Forward(x));
        }, p);
        Assert.Equal(7, Read().Nodes.Count);
    }

    [Fact]
    public void FormulasOfUsers_AreWritten_OrRefusedByName()
    {
        Onnx.Save(File, ("x", [3]), x => ("y", x.Map(new Fourth())));
        Assert.Equal(["Mul", "Mul"], Read().Nodes.Select(node => node.Op));
        Assert.StartsWith("OnnxFileTests.Cube cannot be written as ONNX", Refusal(x => x.Map(new Cube())), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatOnnxHasNoOperatorFor_IsRefusedByName()
    {
        var sigReg = new SigReg(new Rng(1));
        Assert.StartsWith("EppsPulley cannot", Refusal(x => sigReg.Of(x)), StringComparison.Ordinal);
        Assert.StartsWith("BatchNorm cannot", Refusal(x => x.BatchNorm(Tensor.Ones([3]), Tensor.Ones([3]))), StringComparison.Ordinal);
        Assert.StartsWith("Where cannot", Refusal(x => Tensor.Ones([3]).Where(x, x)), StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void NumbersThatLeftTheTape_AreRefused()
    {
        Assert.Contains("its Add reads values that are neither inputs nor parameters", Refusal(x => x + x.Detach()), StringComparison.Ordinal);
        Assert.Contains("its Multiply reads values", Refusal(x => x * Tensor.From(x.ToArray(), x.Shape)), StringComparison.Ordinal);
        Assert.Contains("its Multiply reads values", Refusal(x => x * Tensor.Ones(x.Shape)), StringComparison.Ordinal);
        Assert.Contains("does not depend on the inputs", Refusal(x => x.Detach() * 2f), StringComparison.Ordinal);
        var rng = new Rng(1);
        Assert.Contains("are random", Refusal(x =>
        {
            var noise = Tensor.Empty([3]);
            rng.FillUniform(noise.Span);
            return x + noise;
        }), StringComparison.Ordinal);
    }

    [Fact]
    public void GraphsThatChangeWithTheBatch_AreRefused()
    {
        Assert.Contains("its Sin is not the same for a batch of 5 and one of 7", Refusal(x => x.Shape[0] > 6 ? x.Exp() : x.Sin()), StringComparison.Ordinal);
        Assert.Contains("for every batch", Refusal(x => x.Shape[0] > 6 ? x.Exp().Square() : x.Exp()), StringComparison.Ordinal);
        Assert.Contains("are [4] for a batch of 5 and [6] for one of 7", Refusal(x => x.Rows(0, x.Shape[0] - 1)), StringComparison.Ordinal);
        Assert.Contains("the shape that its", Refusal(x => x.MatMul(x, transposeB: true).Reshape([x.Shape[0], 1, x.Shape[0]]).Square()), StringComparison.Ordinal);
        Assert.Contains("Axis 0 of the output 'y' has 4 elements for a batch of 5 and 6 for one of 7", Refusal(x => x.Rows(1, x.Shape[0] - 1)), StringComparison.Ordinal);
        Assert.Contains("its outputs are not the same", Assert.Throws<NotSupportedException>(() => Onnx.Save(File, [("x", [3])], x =>
        {
            var (sine, cosine) = (x[0].Sin(), x[0].Cos());
            return x[0].Shape[0] > 6 ? [("a", cosine), ("b", sine)] : [("a", sine), ("b", cosine)];
        })).Message, StringComparison.Ordinal);
        Assert.Contains("its Repeat takes", Refusal(x => x.Sum(0).RepeatRows(x.Shape[0])), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_MustBeThere_OnceAndNotOurs()
    {
        var (p, mlp) = Network();
        Assert.Contains("Two inputs, outputs or parameters have the name 'x'", Assert.Throws<ArgumentException>(() => Onnx.Save(File, ("x", [3]), x => ("x", mlp.Forward(x)), p)).Message, StringComparison.Ordinal);
        Assert.Contains("have the name '0.bias'", Assert.Throws<ArgumentException>(() => Onnx.Save(File, ("0.bias", [3]), x => ("y", mlp.Forward(x)), p)).Message, StringComparison.Ordinal);
        Assert.Contains("'' cannot be the name", Assert.Throws<ArgumentException>(() => Onnx.Save(File, ("", [3]), x => ("y", mlp.Forward(x)), p)).Message, StringComparison.Ordinal);
        Assert.Contains("'/y' cannot be the name", Assert.Throws<ArgumentException>(() => Onnx.Save(File, ("x", [3]), x => ("/y", mlp.Forward(x)), p)).Message, StringComparison.Ordinal);
        Assert.Contains("needs an input", Assert.Throws<ArgumentException>(() => Onnx.Save(File, [], _ => [("y", Tensor.Ones([1]))])).Message, StringComparison.Ordinal);
        Assert.Contains("needs an output", Assert.Throws<ArgumentException>(() => Onnx.Save(File, [("x", [3])], _ => [])).Message, StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void MoreThanTwoGigabytes_AreRefused()
    {
        OnnxFile.CheckLength(int.MaxValue);
        Assert.Equal("The graph takes 2,147,483,648 bytes, and an ONNX file holds at most 2,147,483,647: export parts of the model to separate files.",
            Assert.Throws<ArgumentException>(() => OnnxFile.CheckLength(1L + int.MaxValue)).Message);
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOlderFile()
    {
        System.IO.File.WriteAllText(File, "older");
        Assert.Throws<NotSupportedException>(() => Onnx.Save(File, ("x", [3]), x => ("y", x.Map(new Cube()))));
        Assert.Equal("older", System.IO.File.ReadAllText(File));
        Assert.Contains("Choose a folder that exists", Assert.Throws<IOException>(() => Onnx.Save(_folder["missing/model.onnx"], ("x", [3]), x => ("y", x * 2f))).Message, StringComparison.Ordinal);
    }

    /// <summary>Every record of an operation and every formula says itself, but for those that have no operator; and every one that does is tried above.</summary>
    [Fact]
    public void EveryOperation_HasATranslation_AndACase()
    {
        var types = typeof(Tensor).Assembly.GetTypes().Where(type => type.IsValueType).ToList();
        var records = types.Where(type => typeof(IOp).IsAssignableFrom(type)).ToList();
        var formulas = types.Where(type => typeof(IUnary).IsAssignableFrom(type) || typeof(IBinary).IsAssignableFrom(type)).ToList();
        Assert.Equal(["BatchNormOp.Grad", "EppsPulleyOp.Grad"], Without(records, [typeof(IExportedOp)]));
        // Sums and differences have records of their own, without a formula.
        Assert.Equal(["AddOp.Formula", "DropoutOp.Formula", "Identity", "SubtractOp.Formula", "SubtractOp.Reversed", "WhereOp.Chosen", "WhereOp.Rejected"],
            Without(formulas, [typeof(IExportedUnary), typeof(IExportedBinary)]));

        var tried = new HashSet<Type>();
        foreach (var each in OnnxCase.All)
        {
            var forward = each.Make().Forward;
            using var tape = Tape.BeginFrozen();
            var watched = new List<Tensor>();
            foreach (var x in each.Draw(2)) watched.Add(tape.Watch(x));
            forward(watched);
            foreach (var record in Arena.Current!.Recording.Records)
            {
                var type = record.Operation.GetType();
                tried.Add(type.IsGenericType ? type.GetGenericTypeDefinition() : type);
                tried.UnionWith(type.GetGenericArguments());
            }
        }

        Assert.Empty(records.Concat(formulas).Where(type => Is(type, [typeof(IExportedOp), typeof(IExportedUnary), typeof(IExportedBinary)])).Except(tried).Select(Name));
    }

    static IEnumerable<string> Without(IEnumerable<Type> types, Type[] interfaces) => types.Where(type => !Is(type, interfaces)).Select(Name).Order(StringComparer.Ordinal);

    static bool Is(Type type, Type[] interfaces) => interfaces.Any(one => one.IsAssignableFrom(type));

    static string Name(Type type) => type.DeclaringType is { } owner ? $"{owner.Name}.{type.Name}" : type.Name;

    string File => _folder["model.onnx"];

    OnnxModel Read() => OnnxModel.Read(System.IO.File.ReadAllBytes(File));

    string Refusal(Func<Tensor, Tensor> model)
    {
        var message = Assert.Throws<NotSupportedException>(() => Onnx.Save(File, ("x", [3]), x => ("y", model(x)))).Message;
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        return message;
    }

    static (Parameters, Mlp) Network()
    {
        var p = new Parameters(seed: 1);
        return (p, new Mlp(p, [3, 4, 2]));
    }

    readonly struct Cube : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => x * x * x;

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(3f) * x * x;
    }

    readonly struct Fourth : IUnary, IExportedUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => x * x * (x * x);

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(4f) * x * x * x;

        public OnnxValue Export(OnnxValue x) 
        {
            var square = x * x;
            return square * square;
        }
    }
}
