"""The rows of the table: name, floating-point operations of one call, and what is special about it. ../Rows/Catalogue.cs has the same names."""
import collections
import fnmatch

# flops: 0 where a share of the peak would say nothing. quick: part of the short table.
# lottery: with several threads some processes of PyTorch are 1.3 to 10 times slower than others for no visible reason, worst on steps of
# many small operations; there the fastest of several processes takes part. Long rows show no such modes and take one process each.
Row = collections.namedtuple("Row", "name flops quick lottery", defaults=(0, False, False))

GEMMS = {**{f"sq{n}": (n, n, n) for n in (256, 512, 1024, 2048)}}
for batch in (1, 8, 64):                                    # ViT-Tiny/14 at 224 x 224: 257 tokens of 192
    for layer, outputs, inputs in (("qkv", 576, 192), ("proj", 192, 192), ("fc1", 768, 192), ("fc2", 192, 768)):
        GEMMS[f"vit{batch}_{layer}"] = (257 * batch, outputs, inputs)
for layer, outputs, inputs in (("ada", 1152, 192), ("qkv", 3072, 192), ("out", 192, 1024), ("fc1", 2048, 192), ("fc2", 192, 2048)):
    GEMMS[f"pred_{layer}"] = (384, outputs, inputs)         # the predictor: 128 x 3 tokens of 192
for inputs, outputs in ((4, 32), (32, 16), (512, 256), (256, 128), (128, 32)):
    GEMMS[f"mlp_{inputs}_{outputs}"] = (256, outputs, inputs)

# name: (size of the square image, channels in, channels out, kernel); stride 2 and padding 1
CONVS = {"c1": (128, 3, 32, 4), "c2": (64, 32, 64, 3), "c3": (32, 64, 128, 3), "c4": (16, 128, 256, 3)}
QUICK_GEMMS = ("sq512", "vit8_fc2", "pred_fc1", "mlp_4_32")


def conv_flops(layer, batch, both):
    size, inputs, outputs, kernel = CONVS[layer]
    forward = 2 * batch * (size // 2) ** 2 * outputs * inputs * kernel ** 2
    return forward * ((2 if layer == "c1" else 3) if both else 1)        # nobody asks for the gradient of the first layer's images


def vit_flops(batch, image, patch, channels, training):
    """ViT-Tiny: 12 layers of 192 with an MLP of 768, the last for the class token only; multiply-adds of the products only."""
    patches, dim = (image // patch) ** 2, 192
    tokens = patches + 1
    embed = patches * channels * patch ** 2 * dim
    asking, answering = dim * (2 * dim + 2 * 4 * dim) + 2 * tokens * dim, 2 * dim * dim      # of one token
    layers = 11 * tokens * (asking + answering) + tokens * answering + asking
    return 2 * batch * (3 * layers + 2 * embed if training else layers + embed)


def predictor_flops(batch, training):
    """Six AdaLN blocks of 192 with 16 heads x 64 and an MLP of 2048, over three tokens; nobody asks for the condition's gradient."""
    ada, rest = 192 * 1152, 192 * 3072 + 1024 * 192 + 2 * 192 * 2048 + 2 * 3 * 1024
    return 2 * batch * 3 * 6 * (2 * ada + 3 * rest if training else ada + rest)


def mlp(*sizes):
    return sum(a * b for a, b in zip(sizes, sizes[1:]))


DVD = 2 * 256 * (4 * mlp(512, 256, 128, 32) - 512 * 256 + 3 * mlp(32, 64, 32))
BALL = 2 * 256 * (2 * (3 * mlp(4, 32, 16) - 4 * 32) + 3 * mlp(17, 32, 16))

ROWS = [
    *(Row(f"gemm.{way}.{shape}", 2 * m * n * k, shape in QUICK_GEMMS)
      for way in ("nt", "nn", "tn", "frozen") for shape, (m, n, k) in GEMMS.items()),
    *(Row(f"conv.{layer}.b{batch}.{way}", conv_flops(layer, batch, way == "both"), layer == "c2" and batch == 32)
      for layer in CONVS for batch in (1, 32, 128) for way in ("fwd", "both")),
    *(Row(f"map.{function}.{size}", 0, size == "49k") for function in ("exp", "tanh", "sincos", "gelu", "silu") for size in ("1580k", "49k")),
    Row("norm.2056x192", 0, True), Row("softmax.24x257x257", 0, True), Row("adamw.15m", 0, True), Row("op.add16", 0, True),
    Row("attention.257x64", 3 * 8 * 3 * 4 * 257 ** 2 * 64, True),
    Row("attention.257x12", 3 * 128 * 4 * 257 ** 2 * 12, True),
    Row("attention.causal3", 0, True),
    Row("sigreg.large", 0, True), Row("sigreg.small", 0, True),
    Row("step.vit224_b8", vit_flops(8, 224, 14, 3, True), True),
    Row("step.vit128_b32", vit_flops(32, 128, 16, 1, True)),
    Row("step.predictor_b128", predictor_flops(128, True), True),
    Row("step.dvd", DVD, True, lottery=True),
    Row("step.ball", BALL, True, lottery=True), Row("step.ball_sigreg", 0, True, lottery=True),
    Row("infer.vit224_b1", vit_flops(1, 224, 14, 3, False), True),
    Row("infer.predictor_b96", predictor_flops(96, False), True), Row("infer.predictor_b1", predictor_flops(1, False), True),
    Row("infer.mlp_b1", 2 * mlp(512, 256, 128, 32), True),
]


def select(patterns, quick):
    """The rows that match any pattern ('gemm.nt.*', or a part of the name), or all; the short table if nothing else was said."""
    if patterns:
        return [row for row in ROWS if any(fnmatch.fnmatch(row.name, p) or p in row.name for p in patterns)]
    return [row for row in ROWS if row.quick or not quick]
