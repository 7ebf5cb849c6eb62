"""Rows of single operations, as PyTorch's users write them. A row is ({spelling: run(count)}, results() -> {name: tensor})."""
import itertools

from rows import CONVS, GEMMS
from series import fill, series


def make(torch, name):
    group, *rest = name.split(".")
    makers = {"gemm": gemm, "conv": conv, "map": elementwise, "norm": norm, "softmax": softmax, "adamw": adamw, "op": add16,
              "attention": attention}
    return makers[group](torch, *rest) if group in makers else None


def repeat(call):
    """run(count) for one call."""
    def run(count):
        for _ in itertools.repeat(None, count):
            call()
    return run


def no_grad(torch, call):
    """The same without a record for a backward pass."""
    def run(count):
        with torch.no_grad():
            for _ in itertools.repeat(None, count):
                call()
    return run


def with_gradients(torch, compute, gradient, inputs):
    """A row of compute(*inputs) and y.backward(gradient)."""
    for x in inputs:
        x.requires_grad_()

    def call():
        for x in inputs:
            x.grad = None
        y = compute(*inputs)
        y.backward(gradient)
        return y

    return repeat(call), lambda: {"y": call(), **{f"d{i}": x.grad for i, x in enumerate(inputs)}}


def gemm(torch, way, shape):
    m, n, k = GEMMS[shape]
    x, w, d = (lambda: series(torch, [m, k], 1)), (lambda: series(torch, [n, k], 2)), (lambda: series(torch, [m, n], 3))
    a, b = {"nt": lambda: (x(), w().t()), "frozen": lambda: (x(), w().t()), "nn": lambda: (d(), w()), "tn": lambda: (d().t(), x())}[way]()
    out = torch.empty(a.shape[0], b.shape[1])
    return {"": no_grad(torch, lambda: torch.mm(a, b, out=out))}, lambda: {"y": torch.mm(a, b)}


def conv(torch, layer, batch, way):
    """Images are made as [batch, height, width, channels] like ours; both memory layouts take part."""
    size, inputs, outputs, kernel = CONVS[layer]
    batch = int(batch[1:])
    images = series(torch, [batch, size, size, inputs], 1).permute(0, 3, 1, 2)
    weight = series(torch, [outputs, inputs, kernel, kernel], 2, (inputs * kernel ** 2) ** -0.5)
    bias = series(torch, [outputs], 3)
    gradient = series(torch, [batch, size // 2, size // 2, outputs], 4).permute(0, 3, 1, 2)
    runs, first = {}, None
    for name, layout in (("nchw", torch.contiguous_format), ("nhwc", torch.channels_last)):
        # clone: the two layouts may not share leaves
        x, w, b = (images.contiguous(memory_format=layout).clone(memory_format=layout),
                   weight.contiguous(memory_format=layout).clone(memory_format=layout), bias.clone())
        compute = lambda x, w, b: torch.nn.functional.conv2d(x, w, b, stride=2, padding=1)
        if way == "fwd":
            runs[name] = no_grad(torch, lambda x=x, w=w, b=b: compute(x, w, b))
            first = first or (lambda x=x, w=w, b=b: {"y": compute(x, w, b).permute(0, 2, 3, 1)})
        else:
            g = gradient.contiguous(memory_format=layout)
            wanted = (w, b) if layer == "c1" else (x, w, b)
            bound = (lambda w, b, x=x: compute(x, w, b)) if layer == "c1" else compute
            runs[name], results = with_gradients(torch, bound, g, wanted)
            first = first or (lambda results=results: nhwc(results(), layer))
    return runs, first


def nhwc(results, layer):
    images = ("y",) if layer == "c1" else ("y", "d0")
    return {key: value.permute(0, 2, 3, 1) if key in images else value for key, value in results.items()}


def elementwise(torch, function, size):
    x = series(torch, [2056, 768] if size == "1580k" else [64, 768], 1, 4)
    call = {"exp": lambda: torch.exp(x), "tanh": lambda: torch.tanh(x), "gelu": lambda: torch.nn.functional.gelu(x),
            "silu": lambda: torch.nn.functional.silu(x), "sincos": lambda: (torch.sin(x), torch.cos(x))[1]}[function]
    return {"": no_grad(torch, call)}, lambda: {"y": call()}


def norm(torch, _):
    inputs = [series(torch, [2056, 192], 1), series(torch, [192], 2), series(torch, [192], 3)]
    run, results = with_gradients(torch, lambda x, w, b: torch.nn.functional.layer_norm(x, (192,), w, b), series(torch, [2056, 192], 4), inputs)
    return {"": run}, results


def softmax(torch, _):
    x = series(torch, [24, 257, 257], 1, 4)
    return {"": no_grad(torch, lambda: torch.softmax(x, -1))}, lambda: {"y": torch.softmax(x, -1)}


def adamw(torch, _):
    """15 million numbers in 60 matrices; the gradients stay the same and are not part of the time."""
    def optimiser(**settings):
        weights = [torch.nn.Parameter(torch.empty(500, 500)) for _ in range(60)]
        fill(torch, weights)
        for weight in weights:
            weight.grad = series(torch, [500, 500], 5, 1e-3)
        return torch.optim.AdamW(weights, lr=1e-3, weight_decay=0.01, **settings), weights

    runs = {}
    for name, settings in (("one by one", {}), ("foreach", {"foreach": True}), ("fused", {"fused": True})):
        try:
            runs[name] = repeat(optimiser(**settings)[0].step)
        except (RuntimeError, TypeError):                   # an older PyTorch has no such setting
            continue

    def results():
        adam, weights = optimiser()
        for _ in range(3):
            adam.step()
        return {"weight": weights[0]}

    return runs, results


def add16(torch, _):
    """c = a + b of 16 floats, recorded for a backward pass that never comes: nothing but the cost of one operation."""
    a, b = series(torch, [16], 1).requires_grad_(), series(torch, [16], 2)
    return {"": repeat(lambda: a + b)}, lambda: {"y": a + b}


# name: (batch, tokens, heads, size of a head, causal)
ATTENTIONS = {"257x64": (8, 257, 3, 64, False), "257x12": (8, 257, 16, 12, False), "causal3": (128, 3, 16, 64, True)}


def attention(torch, name):
    """softmax(q kT / sqrt(size)) v from a fused projection [batch, tokens, 3 x heads x size], forward and backward."""
    batch, tokens, heads, size, causal = ATTENTIONS[name]
    width = heads * size
    mask = torch.ones(tokens, tokens, dtype=torch.bool).triu(1)

    def split(qkv):
        return qkv.view(batch, tokens, 3, heads, size).permute(2, 0, 3, 1, 4).unbind(0)

    def spelled_out(qkv):
        q, k, v = split(qkv)
        scores = q @ k.transpose(-2, -1) * size ** -0.5
        if causal:
            scores = scores.masked_fill(mask, float("-inf"))
        return (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, tokens, width)

    def fused(qkv):
        q, k, v = split(qkv)
        y = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)
        return y.transpose(1, 2).reshape(batch, tokens, width)

    spellings = {"spelled out": spelled_out}
    if hasattr(torch.nn.functional, "scaled_dot_product_attention"):     # PyTorch 2
        spellings["fused"] = fused
    gradient = series(torch, [batch, tokens, width], 2)
    rows = {key: with_gradients(torch, compute, gradient, [series(torch, [batch, tokens, 3 * width], 1)])
            for key, compute in spellings.items()}
    return {key: run for key, (run, _) in rows.items()}, rows["spelled out"][1]
