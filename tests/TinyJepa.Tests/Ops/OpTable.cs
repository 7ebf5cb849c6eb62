using System.Reflection;
using TinyJepa.Kernels;

namespace TinyJepa.Tests;

/// <summary>Every operation of the library, a line or a few each. <see cref="OpTests"/> runs all its checks on every line.</summary>
static class OpTable
{
    static readonly int[] Picked = [2, 0, 2, 4, 2];

    internal static readonly OpCase[] Lines =
    [
        // One number in, one number out
        Map("Abs()", x => x.Abs(), Math.Abs),
        Map("Neg()", x => x.Neg(), x => -x),
        Map("-Tensor", x => -x, x => -x),
        Map("Square()", x => x.Square(), x => x * x),
        Map("Sqrt()", x => x.Sqrt(), Math.Sqrt) with { Range = (0.1f, 4f) },
        Map("Exp()", x => x.Exp(), Math.Exp),
        Map("Log()", x => x.Log(), Math.Log) with { Range = (0.1f, 4f) },
        Map("Sin()", x => x.Sin(), Math.Sin) with { Range = (-7f, 7f), Floor = 1, SlopeFloor = 1 },
        Map("Cos()", x => x.Cos(), Math.Cos) with { Range = (-7f, 7f), Floor = 1, SlopeFloor = 1 },
        Map("Tanh()", x => x.Tanh(), Math.Tanh) with { SlopeFloor = 1 },                    // 1 − y²
        Map("Sigmoid()", x => x.Sigmoid(), Oracle.Sigmoid) with { Range = (-6f, 6f), SlopeFloor = 1 },
        Map("Silu()", x => x.Silu(), x => x * Oracle.Sigmoid(x)) with { Range = (-6f, 6f), SlopeFloor = 1 },
        Map("Gelu()", x => x.Gelu(), x => x / 2 * (1 + Oracle.Erf(x / Math.Sqrt(2)))) with { Range = (-4f, 4f), Floor = 4, SlopeFloor = 1 },
        Map("GeluTanh()", x => x.GeluTanh(), x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))) with { Range = (-4f, 4f), Floor = 1, SlopeFloor = 1 },
        Map("Relu()", x => x.Relu(), x => Math.Max(x, 0)),
        Map("Clamp(low, high)", x => x.Clamp(-0.5f, 0.75f), x => Math.Clamp(x, -0.5, 0.75)),
        Map("Affine(scale, shift)", x => x.Affine(-1.5f, 0.25f), x => -1.5 * x + 0.25),
        Map("Map(f)", x => x.Map(new Cube()), x => x * x * x),
        Map("Tensor + float", x => x + 0.75f, x => x + 0.75),
        Map("float + Tensor", x => 0.75f + x, x => x + 0.75),
        Map("Tensor - float", x => x - 0.75f, x => x - 0.75),
        Map("float - Tensor", x => 0.75f - x, x => 0.75 - x),
        Map("Tensor * float", x => x * -1.5f, x => x * -1.5),
        Map("float * Tensor", x => -1.5f * x, x => x * -1.5),
        Map("Tensor / float", x => x / -3f, x => x / -3),
        Map("Dropout(rate, rng)", x => x.Dropout(0.3f, new Rng(5)), x => x) with { Reference = x => Dropped(x[0], 0.3f, new Rng(5)) },

        // Pairs: the same shape, the right one's axes last, a scalar
        .. Zip("Add(b)", (a, b) => a.Add(b), (a, b) => a + b),
        .. Zip("Tensor + Tensor", (a, b) => a + b, (a, b) => a + b),
        .. Zip("Subtract(b)", (a, b) => a.Subtract(b), (a, b) => a - b),
        .. Zip("Tensor - Tensor", (a, b) => a - b, (a, b) => a - b),
        .. Zip("Multiply(b)", (a, b) => a.Multiply(b), (a, b) => a * b),
        .. Zip("Tensor * Tensor", (a, b) => a * b, (a, b) => a * b),
        .. Zip("Divide(b)", (a, b) => a.Divide(b), (a, b) => a / b, 0.5f),
        .. Zip("Tensor / Tensor", (a, b) => a / b, (a, b) => a / b, 0.5f),
        .. Zip("Maximum(b)", (a, b) => a.Maximum(b), Math.Max),
        .. Zip("Minimum(b)", (a, b) => a.Minimum(b), Math.Min),
        .. Zip("Zip(b, f)", (a, b) => a.Zip(b, new SquareTimes()), (a, b) => a * a * b),
        Smaller("Tensor + Tensor: the larger on the right", (a, b) => a + b, (a, b) => a + b),
        Smaller("Tensor * Tensor: the larger on the right", (a, b) => a * b, (a, b) => a * b),
        Smaller("Tensor - Tensor: the larger on the right", (a, b) => a - b, (b, a) => a - b),
        Smaller("Tensor / Tensor: the larger on the right", (a, b) => a / b, (b, a) => a / b) with { Range = (0.5f, 2f) },
        new("Multiply(b): a short row along many", t => t[0].Multiply(t[1]), o => o[0].Zip(o[1], (a, b) => a * b), [67, 3], [3]) { Large = [[9001, 3], [3]] },
        new("Divide(b): a short row along many", t => t[0].Divide(t[1]), o => o[0].Zip(o[1], (a, b) => a / b), [67, 5], [5]) { Range = (0.5f, 2f), Large = [[5003, 5], [5]] },
        new("Divide(b): negative", t => t[0].Divide(t[1]), o => o[0].Zip(o[1], (a, b) => a / b), [3, 5], [5]) { Range = (-2f, -0.5f) },
        new("Where(a, b)", t => t[0].Relu().Where(t[1], t[2]),
            o => o[1].Zip(o[0], (a, mask) => mask > 0 ? a : 0).Zip(o[2].Zip(o[0], (b, mask) => mask > 0 ? 0 : b), (a, b) => a + b), [3, 37], [3, 37], [3, 37])
        {
            Large = [[131, 257], [131, 257], [131, 257]], Constants = 1, Refuses = [[[3, 4], [3, 4], [3, 5]], [[3, 5], [3, 4], [3, 4]]],
        },
        new("Where(a, b): mask of the last axes", t => t[0].Relu().Where(t[1], t[2]),
            o => o[1].Zip(o[0], (a, mask) => mask > 0 ? a : 0).Zip(o[2].Zip(o[0], (b, mask) => mask > 0 ? 0 : b), (a, b) => a + b), [7], [3, 7], [3, 7]) { Constants = 1 },

        // Sums and moments
        Reduce("Sum()", x => x.Sum(), x => x.Reduce(v => v.Sum()), [3, 37]),
        Reduce("Sum(axis): first", x => x.Sum(0), x => x.Reduce(0, v => v.Sum()), [5, 37]),
        Reduce("Sum(axis): middle", x => x.Sum(1), x => x.Reduce(1, v => v.Sum()), [3, 5, 7]) with { Large = [[3, 131, 67]] },
        Reduce("Sum(axis): last", x => x.Sum(-1), x => x.Reduce(-1, v => v.Sum()), [3, 37]) with { Refuses = [[[]]] },
        Reduce("Sum(axis): one long row", x => x.Sum(1), x => x.Reduce(1, v => v.Sum()), [1, 83]) with { Large = [[2, 40_001]] },
        Reduce("Mean()", x => x.Mean(), x => x.Reduce(v => v.Average()), [3, 37]),
        Reduce("Mean(axis): first", x => x.Mean(0), x => x.Reduce(0, v => v.Average()), [5, 37]),
        Reduce("Mean(axis): middle", x => x.Mean(-2), x => x.Reduce(1, v => v.Average()), [3, 5, 7]) with { Large = [[3, 131, 67]] },
        Reduce("Mean(axis): last", x => x.Mean(1), x => x.Reduce(1, v => v.Average()), [3, 37]) with { Refuses = [[[4]]] },
        Reduce("Variance(unbiased)", x => x.Variance(), x => x.Reduce(v => Oracle.Variance(v, true)), [3, 37]) with { SlopeFloor = 0.1 },
        Reduce("Variance(unbiased): biased", x => x.Variance(false), x => x.Reduce(v => Oracle.Variance(v, false)), [3, 37]) with { SlopeFloor = 0.1 },
        Reduce("Variance(axis, unbiased): first", x => x.Variance(0), x => x.Reduce(0, v => Oracle.Variance(v, true)), [9, 37]) with { SlopeFloor = 1 },
        Reduce("Variance(axis, unbiased): middle, biased", x => x.Variance(1, false), x => x.Reduce(1, v => Oracle.Variance(v, false)), [3, 5, 7]) with { SlopeFloor = 1, Large = [[3, 131, 67]] },
        Reduce("Variance(axis, unbiased): last", x => x.Variance(-1), x => x.Reduce(-1, v => Oracle.Variance(v, true)), [3, 37]) with { SlopeFloor = 1 },

        // Whole rows
        Rows("Softmax()", x => x.Softmax(), Shares),
        Rows("Normalize(epsilon)", x => x.Normalize(0.01f), v => Normal(v, 0.01f)) with { SlopeFloor = 1 },

        new("LayerNorm(weight, bias, epsilon)", t => t[0].LayerNorm(t[1], t[2], 0.01f),
            o => o[0].Rows(v => Normal(v, 0.01f)).Zip(o[1], (n, weight) => n * weight).Zip(o[2], (n, bias) => n + bias), [3, 37], [37], [37])
        {
            Large = [[331, 257], [257], [257]], SlopeFloor = 1, Chain = 20,
            Refuses = [[[3, 37], [36], [37]], [[3, 37], [37], [36]], [[3, 37], [1, 37], [37]]],
        },
        new("LayerNorm(weight, bias, epsilon): three axes", t => t[0].LayerNorm(t[1], t[2], 0.01f),
            o => o[0].Rows(v => Normal(v, 0.01f)).Zip(o[1], (n, weight) => n * weight).Zip(o[2], (n, bias) => n + bias), [2, 3, 16], [16], [16])
        {
            Large = [[3, 43, 64], [64], [64]], SlopeFloor = 1, Chain = 20,
        },

        // Rows steered by chunks of a modulation
        Steered("Modulate(m, shift, scale)", t => t[0].Modulate(t[1], 0, 2), x => x, shift: 0, scale: 2),
        Steered("Modulate(m, shift, scale): one chunk for both", t => t[0].Modulate(t[1], 1, 1), x => x, shift: 1, scale: 1),
        Steered("NormalizeModulate(m, shift, scale, epsilon)", t => t[0].NormalizeModulate(t[1], 2, 1, 0.01f), x => x.Rows(v => Normal(v, 0.01f)), shift: 2, scale: 1) with
        {
            SlopeFloor = 1, Chain = 20,
        },
        new("AddGated(z, m, gate)", t => t[0].AddGated(t[1], t[2], 1),
            o => o[0].Zip(o[1].Zip(Chunk(o[2], 1, 3), (z, gate) => z * gate), (x, z) => x + z), [3, 37], [3, 37], [3, 111])
        {
            Large = [[131, 67], [131, 67], [131, 201]], Refuses = [[[3, 4], [3, 5], [3, 4]], [[3, 4], [3, 4], [3, 9]], [[3, 4], [3, 4], [2, 8]]],
        },

        // Views and copies
        Move("Reshape(shape)", x => x.Reshape([7, 15]), x => x.Reshape(7, 15), [3, 5, 7]) with { Refuses = [[[7, 5]]] },
        Move("Rows(start, count)", x => x.Rows(1, 3), x => x.Pick([3, 7], i => [i[0] + 1, i[1]]), [5, 7]) with { Refuses = [[[3, 2]]] },
        Move("Rows(start, count): all", x => x.Rows(0, 3), x => x, [3, 7]),
        Move("Slice(axis, start, count): first", x => x.Slice(0, 1, 2), x => x.Pick([2, 4, 7], i => [i[0] + 1, i[1], i[2]]), [3, 4, 7]),
        Move("Slice(axis, start, count): middle", x => x.Slice(1, 2, 3), x => x.Pick([x.Shape[0], 3, x.Shape[2]], i => [i[0], i[1] + 2, i[2]]), [3, 5, 7]) with { Large = [[3, 5, 4001]], Refuses = [[[3, 4, 7]]] },
        Move("Columns(start, count)", x => x.Columns(2, 19), x => x.Pick([x.Shape[0], 19], i => [i[0], i[1] + 2]), [3, 37]) with { Large = [[1303, 37]], Refuses = [[[4, 20]]] },
        Move("Gather(rows)", x => x.Gather(Picked), x => x.Pick([5, x.Shape[1]], i => [Picked[i[0]], i[1]]), [6, 37]) with { Large = [[6, 4001]], Refuses = [[[4, 7]]] },
        Move("Gather(rows): of three axes", x => x.Gather(Picked), x => x.Pick([5, 2, 3], i => [Picked[i[0]], i[1], i[2]]), [6, 2, 3]),
        new("Concat(axis, parts)", t => Tensor.Concat(1, t[0], t[1], t[2]), o => Joined(o), [3, 2, 5], [3, 4, 5], [3, 1, 5])
        {
            Large = [[3, 2, 4001], [3, 4, 4001], [3, 1, 4001]], Refuses = [[[3, 2, 5], [3, 4, 6], [3, 1, 5]], [[3, 2, 5], [3, 2, 5], [3, 2]]],
        },
        new("Concat(axis, parts): first, twice the same", t => Tensor.Concat(0, t[0], t[0]), o => o[0].Pick([6, 7], i => [i[0] % 3, i[1]]), [3, 7]),
        Move("Permute(axes)", x => x.Permute(2, 0, 1), x => x.Pick([x.Shape[2], x.Shape[0], x.Shape[1]], i => [i[1], i[2], i[0]]), [3, 5, 7]) with { Large = [[31, 5, 133]], Refuses = [[[3, 5]], [[2, 3, 4, 5]]] },
        Move("Permute(axes): six", x => x.Permute(5, 3, 1, 0, 2, 4), x => x.Pick([3, 1, 2, 2, 4, 2], i => [i[3], i[2], i[4], i[1], i[5], i[0]]), [2, 2, 4, 1, 2, 3]),
        Move("Transpose()", x => x.Transpose(), x => x.Pick([x.Shape[1], x.Shape[0]], i => [i[1], i[0]]), [3, 37]) with { Large = [[131, 257]], Refuses = [[[5]]] },
        Move("RepeatRows(count)", x => x.RepeatRows(5), x => x.Pick([5, .. x.Shape], i => i[1..]), [3, 7]) with { Large = [[131, 67]] },
        Move("RepeatColumns(count)", x => x.RepeatColumns(5), x => x.Pick([.. x.Shape, 5], i => i[..^1]), [3, 7]) with { Large = [[131, 67]] },
        new("AddPositions(positions, first)", t => t[0].AddPositions(t[1], t[2]), o => Placed(o[0], o[1], o[2]), [3, 4, 7], [1, 5, 7], [1, 1, 7])
        {
            Large = [[5, 130, 67], [131, 67], [67]], Chain = 5, Refuses = [[[3, 4, 7], [1, 4, 7], [7]], [[3, 4, 7], [1, 5, 6], [7]], [[3, 4, 7], [5, 7], [6]], [[4, 7], [5, 7], [7]]],
        },
        new("AddPositions(positions, first): none, and more places than tokens", t => t[0].AddPositions(t[1]), o => Placed(o[0], o[1], null), [3, 4, 7], [6, 7])
        {
            Large = [[5, 130, 67], [1, 133, 67]], Chain = 5, Refuses = [[[3, 4, 7], [3, 7]], [[3, 4, 7], []]],
        },

        // Products
        MatMul("", false, false, [5, 7], [7, 3], [97, 131], [131, 71]) with { Refuses = [[[5, 7], [6, 3]], [[7], [7, 3]], [[2, 5, 7], [3, 7, 3]]] },
        MatMul(": transposed a", true, false, [7, 5], [7, 3], [131, 97], [131, 71]) with { Refuses = [[[5, 7], [7, 3]], [[2, 7, 5], [7, 3]]] },
        MatMul(": transposed b", false, true, [5, 7], [3, 7], [97, 131], [71, 131]) with { Refuses = [[[5, 7], [7, 3]]] },
        MatMul(": both transposed", true, true, [7, 5], [3, 7], [131, 97], [71, 131]) with { Refuses = [[[5, 7], [3, 7]]] },
        MatMul(": batched", false, false, [2, 3, 5, 7], [2, 3, 7, 4], [5, 33, 65], [5, 65, 49]),
        MatMul(": batched, transposed a", true, false, [3, 7, 5], [3, 7, 4], [5, 65, 33], [5, 65, 49]),
        MatMul(": batched, transposed b", false, true, [3, 5, 7], [3, 4, 7], [5, 33, 65], [5, 49, 65]),
        MatMul(": batched, both transposed", true, true, [3, 7, 5], [3, 4, 7], [5, 65, 33], [5, 49, 65]),
        MatMul(": a shared b", false, false, [3, 5, 7], [7, 4], [5, 33, 65], [65, 49]),
        MatMul(": a shared, transposed b", false, true, [2, 2, 5, 7], [4, 7], [5, 33, 65], [49, 65]),
        Linear("", [5, 7], [4, 7], [4]) with
        {
            Large = [[97, 131], [71, 131], [71]], Refuses = [[[5, 7], [4, 6], [4]], [[5, 7], [7], [4]]],
        },
        Linear(": three axes", [2, 5, 7], [4, 7], [4]) with { Large = [[3, 65, 67], [49, 67], [49]] },
        Linear(": one axis, one output", [7], [1, 7], [1]),
        new("LinearAdd(weight, bias, residual)", t => t[0].LinearAdd(t[1], t[2], t[3]), o => Affine(o).Zip(o[3].Reshape([.. o[0].Shape[..^1], o[1].Shape[0]]), (y, r) => y + r), [2, 5, 7], [4, 7], [4], [2, 5, 4])
        {
            Large = [[97, 131], [71, 131], [71], [97, 71]], Chain = 131, Refuses = [[[5, 7], [4, 6], [4], [5, 4]], [[5, 7], [4, 7], [4], [5, 7]]],
        },
        LinearMap(": GELU", Activation.Gelu, z => z / 2 * (1 + Oracle.Erf(z / Math.Sqrt(2)))),
        LinearMap(": ReLU", Activation.Relu, z => Math.Max(z, 0)),
        LinearMap(": SiLU", Activation.Silu, z => z / (1 + Math.Exp(-z))),
        EppsPulley("", [5, 3], [2, 7, 3], [150, 5], [3, 71, 5]) with { Refuses = [[[5, 3], [2, 7, 4]], [[3], [7, 3]]] },
        EppsPulley(": one time, a long batch", [19, 2], [9, 2], [37, 5], [531, 5]),
        new("Linear(weight, bias, activation): no bias", t => t[0].Linear(t[1]), o => o[0].MatMul(o[1], false, true), [5, 7], [4, 7]) { Chain = 7 },

        // Attention: operands apart or packed, one block of keys or several, whole blocks of queries and what is left over
        Attention("", 2, false, [2, 5, 6], [2, 5, 6], [2, 131, 42], [2, 131, 42]) with
        {
            Refuses = [[[2, 5, 6], [2, 5, 8], [2, 5, 8]], [[2, 5, 6], [3, 5, 6], [3, 5, 6]], [[2, 5, 6], [2, 5, 6], [2, 4, 6]], [[2, 5, 7], [2, 4, 7], [2, 4, 7]], [[5, 6], [5, 6], [5, 6]], [[2, 5, 6], [2, 0, 6], [2, 0, 6]]],
        },
        Attention(": causal", 2, true, [2, 5, 6], [2, 5, 6], [3, 167, 34], [3, 167, 34]) with { Refuses = [[[2, 5, 6], [2, 4, 6], [2, 4, 6]]] },
        Attention(": other keys", 1, false, [2, 3, 4], [2, 7, 4], [1, 70, 64], [1, 301, 64]),
        Attention(": one key", 3, false, [2, 3, 6], [2, 1, 6], [2, 60, 30], [2, 2, 30]),
        Attention(": few, of one number", 1, false, [2, 3, 1], [2, 4, 1], [1, 9, 1], [1, 20, 1]),
        Attention(": dropout", 2, false, [2, 3, 6], [2, 5, 6], [2, 70, 24], [2, 90, 24], 0.3f),
        SelfAttention("", 2, false, [2, 4, 18], [2, 100, 384]) with { Refuses = [[[2, 4, 17]], [[4, 18]]] },
        SelfAttention(": causal", 4, true, [2, 4, 12], [5, 138, 192]),
        SelfAttention(": short, causal", 2, true, [2, 3, 12], [11, 3, 384]),
        SelfAttention(": short", 3, false, [1, 4, 18], [7, 12, 153]),
        SelfAttention(": causal, dropout", 2, true, [2, 4, 12], [9, 37, 192], 0.3f),

        // Images
        Conv("", 1, 1, [2, 5, 6, 3], [4, 3, 3, 3]) with
        {
            Large = [[3, 17, 19, 32], [67, 32, 3, 3], [67]], Chain = 288,
            Refuses = [[[2, 5, 6, 3], [4, 2, 3, 3], [4]], [[2, 5, 6, 3], [4, 3, 3, 3], [3]], [[5, 6, 3], [4, 3, 3, 3], [4]], [[2, 5, 6, 3], [4, 3, 9, 3], [4]]],
        },
        Conv(": stride 2, kernel 4", 2, 1, [1, 7, 8, 3], [5, 3, 4, 4]) with { Large = [[5, 33, 31, 3], [32, 3, 4, 4], [32]], Chain = 48 },
        Conv(": stride 2, kernel 3, even", 2, 1, [1, 6, 6, 2], [3, 2, 3, 3]) with { Large = [[7, 16, 16, 64], [96, 64, 3, 3], [96]], Chain = 576 },
        Conv(": stride 3, kernel 5", 3, 2, [1, 8, 7, 7], [3, 7, 5, 5]) with { Large = [[2, 23, 22, 32], [33, 32, 5, 5], [33]], Chain = 800 },
        Conv(": one channel, one output, no padding", 1, 0, [2, 6, 5, 1], [1, 1, 3, 3]) with { Large = [[2, 64, 37, 1], [17, 1, 5, 5], [17]], Chain = 25 },
        Conv(": kernel 1", 1, 0, [2, 3, 4, 5], [3, 5, 1, 1]) with { Large = [[2, 13, 17, 37], [48, 37, 1, 1], [48]], Chain = 37 },
        Conv(": kernel 1, stride 2", 2, 0, [1, 5, 4, 3], [3, 3, 1, 1]) with { Large = [[2, 13, 17, 32], [40, 32, 1, 1], [40]], Chain = 32 },
        Conv(": stride of the kernel", 4, 0, [2, 8, 4, 2], [5, 2, 4, 4]) with { Large = [[3, 28, 42, 3], [48, 3, 14, 14], [48]], Chain = 588 },
        Conv(": padding beyond the kernel", 1, 3, [1, 2, 3, 2], [3, 2, 2, 2]),
        Conv(": long windows", 1, 1, [1, 4, 3, 3], [2, 3, 3, 3]) with { Large = [[1, 4, 5, 256], [250, 256, 3, 3], [250]], Chain = 2304 },
        Conv(": long windows, many in a row", 1, 1, [1, 3, 7, 3], [2, 3, 3, 3]) with { Large = [[1, 3, 9, 256], [250, 256, 3, 3], [250]], Chain = 2304 },
        new("Conv2d(weight, bias, stride, padding): rectangles", t => t[0].Conv2d(t[1], null, (2, 3), (0, 2)), o => Convolved(o[0], o[1], null, (2, 3), (0, 2)),
            [2, 6, 9, 2], [3, 2, 2, 5]) { Large = [[3, 21, 32, 17], [35, 17, 2, 5]], Chain = 170, Refuses = [[[2, 6, 9, 2], [3, 3, 2, 5]]] },
        Pool("", 2, null, [2, 5, 6, 3]) with { Large = [[3, 17, 18, 37]], Refuses = [[[5, 6, 3]], [[2, 1, 6, 3]]] },
        Pool(": overlapping", 3, 2, [1, 7, 8, 2]) with { Large = [[3, 17, 18, 48]] },
        Pool(": with gaps", 2, 3, [1, 7, 8, 2]),
        new("AveragePool()", t => t[0].AveragePool(), o => o[0].Reshape(o[0].Shape[0], o[0].Shape[1] * o[0].Shape[2], o[0].Shape[3]).Reduce(1, v => v.Average()), [2, 3, 5, 3])
        {
            Large = [[3, 16, 17, 37]], Chain = 300, Refuses = [[[5, 6, 3]]],
        },
        BatchNorm("", [9, 5]) with { Large = [[600, 67], [67], [67]], Refuses = [[[9, 5], [4], [5]], [[9, 5], [5], [4]], [[5], [5], [5]]] },
        BatchNorm(": images", [2, 3, 4, 7]) with { Large = [[3, 15, 17, 32], [32], [32]] },
        BatchNorm(": one feature", [7, 1]),
    ];

    /// <summary>The names of all public operations, as lines name them: what the extension methods of the classes *Op look like in use.</summary>
    internal static IEnumerable<string> Methods =>
        from type in typeof(Tensor).Assembly.GetExportedTypes()
        where type.IsAbstract && type.IsSealed && type.Name.EndsWith("Op", StringComparison.Ordinal)
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
        select Describe(method);

    static string Describe(MethodInfo method)
    {
        var parameters = method.GetParameters();
        string[] types = [.. parameters.Select(p => p.ParameterType == typeof(float) ? "float" : p.ParameterType.Name)];
        return method.Name switch
        {
            "op_Addition" => string.Join(" + ", types),
            "op_Subtraction" => string.Join(" - ", types),
            "op_Multiply" => string.Join(" * ", types),
            "op_Division" => string.Join(" / ", types),
            "op_UnaryNegation" => "-" + types[0],
            _ => $"{method.Name}({string.Join(", ", parameters.Skip(types[0] == nameof(Tensor) ? 1 : 0).Select(p => p.Name))})",
        };
    }

    static OpCase Map(string name, Func<Tensor, Tensor> run, Func<double, double> f) =>
        new(name, t => run(t[0]), o => o[0].Map(f), [3, 37]) { Large = [[131, 257]] };

    static OpCase[] Zip(string name, Func<Tensor, Tensor, Tensor> run, Func<double, double, double> f, float low = -2f)
    {
        var one = new OpCase(name, t => run(t[0], t[1]), o => o[0].Zip(o[1], f), [3, 37], [3, 37])
        {
            Large = [[131, 257], [131, 257]], Range = (low, 2f), Refuses = [[[3, 37], [37, 3]], [[3, 4], [3]], [[2, 3, 4], [2, 3]]],
        };
        return
        [
            one,
            one with { Name = name + ": the last axes", Shapes = [[2, 3, 5], [3, 5]], Large = [[37, 11, 67], [11, 67]], Refuses = [] },
            one with { Name = name + ": a row", Shapes = [[4, 19], [19]], Large = [[131, 257], [257]], Refuses = [] },
            one with { Name = name + ": a scalar", Shapes = [[3, 37], []], Large = [[131, 257], []], Refuses = [] },
        ];
    }

    static OpCase Smaller(string name, Func<Tensor, Tensor, Tensor> run, Func<double, double, double> f) =>
        new(name, t => run(t[0], t[1]), o => o[1].Zip(o[0], f), [7], [3, 7]);

    static OpCase Reduce(string name, Func<Tensor, Tensor> run, Func<Oracle, Oracle> f, int[] shape) =>
        new(name, t => run(t[0]), o => f(o[0]), shape) { Large = [[131, 257]], Chain = 700 };

    static OpCase Rows(string name, Func<Tensor, Tensor> run, Func<double[], double[]> f) =>
        new(name, t => run(t[0]), o => o[0].Rows(f), [3, 37]) { Large = [[131, 257]], Refuses = [[[]]], Chain = 20 };

    static OpCase Steered(string name, Func<Tensor[], Tensor> run, Func<Oracle, Oracle> rows, int shift, int scale) =>
        new(name, run, o => rows(o[0]).Zip(Chunk(o[1], scale, 3), (n, factor) => n * (1 + factor)).Zip(Chunk(o[1], shift, 3), (y, summand) => y + summand), [3, 37], [3, 111])
        {
            Large = [[131, 67], [131, 201]], Refuses = [[[3, 4], [3, 9]], [[3, 4], [2, 12]], [[3, 4], [12]]],
            Floor = 4, SlopeFloor = 2,                                                 // n·(1 + scale) and shift cancel, of up to 2·3 and 2
        };

    /// <summary>One of the equal ranges of the columns.</summary>
    static Oracle Chunk(Oracle m, int chunk, int chunks)
    {
        var dim = m.Shape[^1] / chunks;
        return m.Pick([.. m.Shape[..^1], dim], i => [.. i[..^1], i[^1] + chunk * dim]);
    }

    static OpCase Move(string name, Func<Tensor, Tensor> run, Func<Oracle, Oracle> f, int[] shape) => new(name, t => run(t[0]), o => f(o[0]), shape);

    static OpCase MatMul(string form, bool transposeA, bool transposeB, int[] a, int[] b, int[] largeA, int[] largeB) =>
        new("MatMul(b, transposeA, transposeB)" + form, t => t[0].MatMul(t[1], transposeA, transposeB), o => o[0].MatMul(o[1], transposeA, transposeB), a, b) { Large = [largeA, largeB], Chain = 131 };

    static OpCase Linear(string form, int[] x, int[] weight, int[] bias) =>
        new("Linear(weight, bias, activation)" + form, t => t[0].Linear(t[1], t[2]), Affine, x, weight, bias) { Chain = 131 };

    static OpCase LinearMap(string form, Activation activation, Func<double, double> f) =>
        new("Linear(weight, bias, activation)" + form, t => t[0].Linear(t[1], t[2], activation), o => Affine(o).Map(f), [2, 5, 7], [4, 7], [4])
        {
            Large = [[97, 131], [71, 131], [71]], Chain = 131, Floor = 8, SlopeFloor = 8, Refuses = [[[5, 7], [4, 6], [4]], [[5, 7], [7], [4]]],
        };

    static Oracle Affine(Oracle[] o) => o[0].Reshape(Math.Max(1, o[0].Values.Length / o[1].Shape[1]), o[1].Shape[1]).MatMul(o[1], false, true)
        .Reshape([.. o[0].Shape[..^1], o[1].Shape[0]]).Zip(o[2], (y, b) => y + b);

    /// <summary>Ten knots with targets and weights of no meaning, so that no two count the same.</summary>
    static OpCase EppsPulley(string form, int[] directions, int[] z, int[] largeDirections, int[] largeZ)
    {
        float[] targets = [.. Enumerable.Range(0, 10).Select(k => 1f - 0.1f * k)], weights = [.. Enumerable.Range(0, 10).Select(k => 0.5f + 0.1f * k)];
        return new("EppsPulley(directions, spacing, targets, weights, scale)" + form, t => t[1].EppsPulley(t[0], 0.25f, targets, weights, 1.5f), o => Statistic(o[0], o[1]), directions, z)
        {
            Large = [largeDirections, largeZ], Constants = 1, Units = 16, Floor = 1, SlopeFloor = 0.1,
        };

        Oracle Statistic(Oracle a, Oracle z)
        {
            int samples = z.Shape[^2], slices = z.Shape.Length == 3 ? z.Shape[0] : 1, count = a.Shape[0];
            var u = z.Reshape(slices * samples, z.Shape[^1]).MatMul(a, false, true).Values;
            var sum = 0.0;
            for (var slice = 0; slice < slices; slice++)
                for (var j = 0; j < count; j++)
                    for (var k = 0; k < targets.Length; k++)
                    {
                        var (re, im) = (0.0, 0.0);
                        for (var b = 0; b < samples; b++)
                        {
                            var (sin, cos) = Math.SinCos(0.25 * k * u[(slice * samples + b) * count + j]);
                            (re, im) = (re + cos / samples, im + sin / samples);
                        }

                        sum += weights[k] * ((re - targets[k]) * (re - targets[k]) + im * im);
                    }

            return new Oracle([], [1.5 * sum / slices / count]);
        }
    }

    static OpCase Attention(string form, int heads, bool causal, int[] q, int[] k, int[] largeQ, int[] largeK, float dropout = 0f) =>
        new("Attention(k, v, heads, causal, dropout, rng)" + form, t => t[0].Attention(t[1], t[2], heads, causal, dropout, new Rng(5)),
            o => Attended(o[0], o[1], o[2], heads, causal, dropout, new Rng(5)), q, k, k)
        {
            Large = [largeQ, largeK, largeK], Range = (-1f, 1f), Chain = largeQ[2] / heads + largeK[1], SlopeFloor = 1,
        };

    static OpCase SelfAttention(string form, int heads, bool causal, int[] x, int[] large, float dropout = 0f) =>
        new("SelfAttention(heads, causal, dropout, rng)" + form, t => t[0].SelfAttention(heads, causal, dropout, new Rng(5)), o =>
        {
            var width = o[0].Shape[2] / 3;
            Oracle[] parts = [.. Enumerable.Range(0, 3).Select(part => o[0].Pick([.. o[0].Shape[..2], width], i => [i[0], i[1], part * width + i[2]]))];
            return Attended(parts[0], parts[1], parts[2], heads, causal, dropout, new Rng(5));
        }, x)
        {
            Large = [large], Range = (-1f, 1f), Chain = large[2] / 3 / heads + large[1], SlopeFloor = 1,
        };

    /// <summary>Every probability written out. Dropout's numbers are those that Philox has for (key, query, pair of batch and head).</summary>
    static Oracle Attended(Oracle q, Oracle k, Oracle v, int heads, bool causal, float dropout, Rng rng)
    {
        var stream = ((ulong)rng.NextBits() << 32) | rng.NextBits();
        int queries = q.Shape[1], keys = k.Shape[1], row = q.Shape[2], dim = row / heads;
        var y = Oracle.Make(q.Shape, _ => 0);
        var p = new double[keys];
        for (var pair = 0; pair < q.Shape[0] * heads; pair++)
            for (var i = 0; i < queries; i++)
            {
                int batch = pair / heads, column = pair % heads * dim, from = (batch * queries + i) * row + column, seen = causal ? i + 1 : keys;
                for (var j = 0; j < seen; j++)
                {
                    p[j] = 0;
                    for (var d = 0; d < dim; d++) p[j] += q.Values[from + d] * k.Values[(batch * keys + j) * row + column + d] / Math.Sqrt(dim);
                }

                var (largest, sum) = (p.Take(seen).Max(), 0.0);
                for (var j = 0; j < seen; j++) sum += p[j] = Math.Exp(p[j] - largest);
                for (var j = 0; j < seen; j++)
                {
                    var share = IsDropped(stream, dropout, j, i, pair) ? 0 : p[j] / sum / (1 - (double)dropout);
                    for (var d = 0; d < dim; d++) y.Values[from + d] += share * v.Values[(batch * keys + j) * row + column + d];
                }
            }

        return y;
    }

    static bool IsDropped(ulong stream, float dropout, int key, int query, int pair)
    {
        if (dropout == 0f) return false;
        Philox.Block(stream, (uint)(key / 4) | ((ulong)query << 32), (uint)pair, out var r0, out var r1, out var r2, out var r3);
        return ((key % 4) switch { 0 => r0, 1 => r1, 2 => r2, _ => r3 } >> 8) * (1.0 / (1 << 24)) < dropout;
    }

    static OpCase Conv(string form, int stride, int padding, int[] x, int[] weight) =>
        new("Conv2d(weight, bias, stride, padding)" + form, t => t[0].Conv2d(t[1], t[2], stride, padding),
            o => Convolved(o[0], o[1], o[2], (stride, stride), (padding, padding)), x, weight, [weight[0]]);

    static OpCase Pool(string form, int size, int? stride, int[] x) =>
        new("AveragePool(size, stride)" + form, t => t[0].AveragePool(size, stride), o => Pooled(o[0], size, stride ?? size), x) { Chain = size * size };

    static OpCase BatchNorm(string form, int[] x) =>
        new("BatchNorm(weight, bias, epsilon)" + form, t => t[0].BatchNorm(t[1], t[2], 0.01f), o => Standardised(o[0], o[1], o[2], 0.01f), x, [x[^1]], [x[^1]]) { Chain = 20, SlopeFloor = 1 };

    static Oracle Convolved(Oracle x, Oracle w, Oracle? bias, (int Y, int X) stride, (int Y, int X) padding)
    {
        int height = x.Shape[1], width = x.Shape[2], channels = x.Shape[3], kernelY = w.Shape[2], kernelX = w.Shape[3];
        return Oracle.Make([x.Shape[0], (height + 2 * padding.Y - kernelY) / stride.Y + 1, (width + 2 * padding.X - kernelX) / stride.X + 1, w.Shape[0]], i =>
        {
            var sum = bias?.Values[i[3]] ?? 0;
            for (var ky = 0; ky < kernelY; ky++)
                for (var kx = 0; kx < kernelX; kx++)
                {
                    int row = i[1] * stride.Y + ky - padding.Y, column = i[2] * stride.X + kx - padding.X;
                    if (row < 0 || row >= height || column < 0 || column >= width) continue;
                    var at = ((i[0] * height + row) * width + column) * channels;
                    for (var c = 0; c < channels; c++) sum += x.Values[at + c] * w.Values[((i[3] * channels + c) * kernelY + ky) * kernelX + kx];
                }

            return sum;
        });
    }

    static Oracle Pooled(Oracle x, int size, int stride) =>
        Oracle.Make([x.Shape[0], (x.Shape[1] - size) / stride + 1, (x.Shape[2] - size) / stride + 1, x.Shape[3]], i =>
            (from row in Enumerable.Range(i[1] * stride, size) from column in Enumerable.Range(i[2] * stride, size) select x[i[0], row, column, i[3]]).Average());

    static Oracle Standardised(Oracle x, Oracle weight, Oracle bias, double epsilon)
    {
        var features = x.Shape[^1];
        var columns = x.Reshape(x.Values.Length / features, features);
        Oracle mean = columns.Reduce(0, v => v.Average()), variance = columns.Reduce(0, v => Oracle.Variance(v, false));
        return x.Zip(mean, (v, m) => v - m).Zip(variance, (v, s) => v / Math.Sqrt(s + epsilon)).Zip(weight, (v, g) => v * g).Zip(bias, (v, b) => v + b);
    }

    static Oracle Dropped(Oracle x, float rate, Rng rng) => x.Map(v => rng.NextFloat() < rate ? 0 : v / (1 - (double)rate));

    static double[] Shares(double[] row)
    {
        var sum = row.Sum(Math.Exp);
        return [.. row.Select(v => Math.Exp(v) / sum)];
    }

    static double[] Normal(double[] row, double epsilon)
    {
        var (mean, std) = (row.Average(), Math.Sqrt(Oracle.Variance(row, false) + epsilon));
        return [.. row.Select(v => (v - mean) / std)];
    }

    static Oracle Placed(Oracle x, Oracle positions, Oracle? first)
    {
        var (tokens, dim, shift) = (x.Shape[1], x.Shape[2], first is null ? 0 : 1);
        return Oracle.Make([x.Shape[0], tokens + shift, dim], i =>
            positions.Values[i[1] * dim + i[2]] + (i[1] < shift ? first!.Values[i[2]] : x[i[0], i[1] - shift, i[2]]));
    }

    static Oracle Joined(Oracle[] parts)
    {
        var sizes = parts.Select(part => part.Shape[1]).ToArray();
        return Oracle.Make([parts[0].Shape[0], sizes.Sum(), parts[0].Shape[2]], i =>
        {
            var (which, at) = (0, i[1]);
            while (at >= sizes[which]) at -= sizes[which++];
            return parts[which][i[0], at, i[2]];
        });
    }

    /// <summary>x³: a formula of a user's own.</summary>
    readonly struct Cube : IUnary
    {
        public V Value<V>(V x) where V : struct, IFloats<V> => x * x * x;

        public V Slope<V>(V x, V y) where V : struct, IFloats<V> => V.Broadcast(3f) * x * x;
    }

    /// <summary>a²·b</summary>
    readonly struct SquareTimes : IBinary
    {
        public V Value<V>(V a, V b) where V : struct, IFloats<V> => a * a * b;

        public V SlopeA<V>(V a, V b, V y) where V : struct, IFloats<V> => V.Broadcast(2f) * a * b;

        public V SlopeB<V>(V a, V b, V y) where V : struct, IFloats<V> => a * a;
    }
}
