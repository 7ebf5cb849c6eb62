namespace TinyJepa.Tests;

/// <summary>What every operation must keep, line by line of <see cref="OpTable"/>.</summary>
[Collection(Machine.Name)]
public sealed class OpTests
{
    public static TheoryData<string> Lines => [.. OpTable.Lines.Select(line => line.Name)];

    public static TheoryData<string> Refusing => [.. OpTable.Lines.Where(line => line.Refuses.Length > 0).Select(line => line.Name)];

    [Fact]
    public void EveryOperation_HasALine()
    {
        Assert.Equal(OpTable.Methods.Order(StringComparer.Ordinal).Distinct(), OpTable.Lines.Select(line => line.Method).Order(StringComparer.Ordinal).Distinct());
        Assert.Equal(OpTable.Lines.Length, OpTable.Lines.DistinctBy(line => line.Name).Count());
    }

    /// <summary>Every number is as good as its terms are: a rounding unit for each of them, of the sum of their sizes.</summary>
    [Theory]
    [MemberData(nameof(Lines))]
    public void ValueAndGradients_MatchTheOracle(string name) => CompareWithTheOracle(Line(name), null);

    /// <summary>Value and gradients of a line on a backend; null is the processor. Compositions round more often.</summary>
    internal static void CompareWithTheOracle(OpCase line, Backend? backend)
    {
        var inputs = line.Inputs(line.Shapes);
        var oracles = Oracles(line.Shapes, inputs);
        var expected = line.Reference(oracles);
        var upstream = OpCase.Upstream(expected.Values.Length);
        var (value, gradients) = line.Backpropagate(line.Shapes, inputs, _ => upstream, backend);
        var jacobians = Enumerable.Range(0, inputs.Length).Select(which => line.Jacobian(oracles, which)).ToArray();
        if (backend is not null) line = line with { Units = 4 * line.Units + 8 };

        Expect.Near(expected.Values, value, ValueTolerance(line, expected, inputs, jacobians), $"{line.Name}: value");
        for (var i = 0; i < gradients.Length; i++)
        {
            var (gradient, tolerance) = Pull(line, jacobians[i + line.Constants], upstream, 1);
            Expect.Near(gradient, gradients[i], tolerance, $"{line.Name}: gradient of input {i + line.Constants}");
        }
    }

    /// <summary>The first writer of a gradient writes, the second adds: two different upstreams through the same inputs are their sum.</summary>
    [Theory]
    [MemberData(nameof(Lines))]
    public void Gradients_AddUp_WhenInputsAreUsedTwice(string name)
    {
        var line = Line(name);
        var twice = line with { Run = inputs => Tensor.Concat(0, line.Run(inputs).Reshape([Length(line)]), line.Run(inputs).Reshape([Length(line)])) };
        var inputs = line.Inputs(line.Shapes);
        var oracles = Oracles(line.Shapes, inputs);
        var upstream = OpCase.Upstream(2 * Length(line));
        var (_, gradients) = twice.Backpropagate(line.Shapes, inputs, _ => upstream);
        var sum = new float[Length(line)];
        for (var i = 0; i < sum.Length; i++) sum[i] = upstream[i] + upstream[i + sum.Length];

        for (var i = 0; i < gradients.Length; i++)
        {
            var jacobian = line.Jacobian(oracles, i + line.Constants);
            var (gradient, _) = Pull(line, jacobian, sum, 1);
            var sizes = new float[sum.Length];
            for (var j = 0; j < sizes.Length; j++) sizes[j] = Math.Abs(upstream[j]) + Math.Abs(upstream[j + sizes.Length]);
            var (_, tolerance) = Pull(line, jacobian, sizes, 2);
            Expect.Near(gradient, gradients[i], tolerance, $"{name}: gradient of input {i + line.Constants}");
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Bits_AreTheSame_AtEveryWidthAndOnAnyThreads(string name)
    {
        var line = Line(name);
        foreach (var shapes in (int[][][])[line.Shapes, line.Large])
        {
            var inputs = line.Inputs(shapes);
            Machine.AssertSameBits(name, () =>
            {
                var (value, gradients) = line.Backpropagate(shapes, inputs, length => OpCase.Upstream(length));
                return [value, .. gradients];
            });
        }
    }

    /// <summary>Large inputs take other paths: whole packs, several chunks, blocks of k.</summary>
    [Theory]
    [MemberData(nameof(Lines))]
    public void ValueAndGradients_MatchTheOracle_WhenLarge(string name)
    {
        var line = Line(name);
        var inputs = line.Inputs(line.Large);
        var oracles = Oracles(line.Large, inputs);
        var expected = line.Reference(oracles).Values;
        var upstream = OpCase.Upstream(expected.Length);
        var (value, gradients) = line.Backpropagate(line.Large, inputs, _ => upstream);

        var largest = inputs.SelectMany(x => x).Max(v => v * v);
        Expect.Near(expected, value, j => Expect.Unit * ((line.Units + 4) * (Math.Abs(expected[j]) + line.Floor) + line.Chain * largest), name);

        // The gradient along one direction. A single wrong number moves the sum by its own size; rounding moves it by 1e-7 of the root of all squares.
        for (var i = 0; i < gradients.Length; i++)
        {
            var direction = Array.ConvertAll(OpCase.Upstream(gradients[i].Length, 77), v => (double)v / 8);
            var along = line.Along(oracles, i + line.Constants, direction).Select((slope, j) => slope * upstream[j]).Sum();
            var terms = gradients[i].Select((g, j) => g * direction[j]).ToArray();
            var tolerance = 1e-5 * Math.Sqrt(terms.Sum(t => t * t));
            Assert.True(Math.Abs(terms.Sum() - along) <= tolerance, $"{name}: gradient of input {i + line.Constants} along a direction: {along:R} expected, {terms.Sum():R} came; {tolerance:G3} allowed.");
        }
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Nothing_IsRemembered_InAPlainScope(string name)
    {
        var line = Line(name);
        var inputs = line.Inputs(line.Shapes);
        using var tape = Tape.Begin();
        Tensor[] watched = [.. inputs.Select((x, i) => Tensor.From(x, Shape.Create(line.Shapes[i])))];
        for (var i = line.Constants; i < watched.Length; i++) watched[i] = tape.Watch(watched[i]);

        Tensor y;
        using (var scope = Scope.Begin()) y = scope.Keep(line.Run(watched));
        if (y.Node == watched[0].Node) return;                       // dropout outside training is the input itself

        var message = "";
        try
        {
            tape.Backward(y.Sum());
        }
        catch (InvalidOperationException error)
        {
            message = error.Message;
        }

        Assert.Contains("does not depend on a trained parameter or a watched tensor", message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public void Nothing_IsRemembered_WithoutATape(string name)
    {
        var line = Line(name);
        using var scope = Scope.Begin();
        var y = line.Run([.. line.Inputs(line.Shapes).Select((x, i) => Tensor.From(x, Shape.Create(line.Shapes[i])))]);
        using var tape = Tape.Begin();

        Assert.False(Tape.Tracks(y));
        Assert.False(y.NeedsGradient(out _));
    }

    [Theory]
    [MemberData(nameof(Refusing))]
    public void ShapeError_NamesTheShapes(string name)
    {
        var line = Line(name);
        foreach (var shapes in line.Refuses)
        {
            using var scope = Scope.Begin();
            var error = Assert.ThrowsAny<ArgumentException>(() => line.Run([.. shapes.Select(shape => Tensor.Ones(Shape.Create(shape)))]));
            var named = shapes.Where(shape => error.Message.Contains($"{Shape.Create(shape)}", StringComparison.Ordinal)).Count();
            if (named < Math.Min(2, shapes.Length)) Assert.Fail($"{name} on {string.Join(" ", shapes.Select(s => Shape.Create(s)))} says only: {error.Message}");
        }
    }

    internal static OpCase Line(string name) => OpTable.Lines.Single(line => line.Name == name);

    static Oracle[] Oracles(int[][] shapes, float[][] inputs) =>
        [.. inputs.Select((x, i) => new Oracle(shapes[i], Array.ConvertAll(x, v => (double)v)))];

    static int Length(OpCase line) => line.Reference(Oracles(line.Shapes, line.Inputs(line.Shapes))).Values.Length;

    /// <summary>y[j] has |y[j]| and every |x[i]·∂y[j]/∂x[i]| in it.</summary>
    static Func<int, double> ValueTolerance(OpCase line, Oracle y, float[][] inputs, double[][][] jacobians) => j =>
    {
        var (size, terms) = (Math.Abs(y.Values[j]) + line.Floor, 0);
        for (var which = 0; which < inputs.Length; which++)
            for (var i = 0; i < inputs[which].Length; i++)
            {
                size += Math.Abs(jacobians[which][i][j] * inputs[which][i]);
                if (jacobians[which][i][j] != 0) terms++;
            }

        return Expect.Unit * (line.Units + terms) * size;
    };

    /// <summary>The gradient Σ ∂y[j]/∂x[i]·dy[j] and how far it may be off.</summary>
    static (double[] Gradient, Func<int, double> Tolerance) Pull(OpCase line, double[][] jacobian, float[] dy, int uses)
    {
        var gradient = jacobian.Select(slopes => slopes.Select((slope, j) => slope * dy[j]).Sum()).ToArray();
        var largest = dy.Max(Math.Abs);
        return (gradient, i =>
        {
            var size = jacobian[i].Select((slope, j) => Math.Abs(slope * dy[j])).Sum() + line.SlopeFloor * largest;
            var terms = jacobian[i].Count(slope => slope != 0);
            return Expect.Unit * (line.Units + terms) * uses * size + 1e-11;            // the last: what differences of float64 leave
        });
    }
}
