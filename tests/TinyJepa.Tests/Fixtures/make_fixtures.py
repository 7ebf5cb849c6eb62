#!/usr/bin/env python3
"""Makes the PyTorch fixtures beside this file:  python3 make_fixtures.py

Needs PyTorch and NumPy (Debian: python3-torch, python3-numpy). Everything is a function of the formula below, so a
second run on the same machine writes the same bytes. On another machine the float32 results of matrix products may
differ in their last bits (another BLAS sums in another order); the float64 references do not move visibly.

The formula. Element i (row-major) of the tensor with seed s, for i >= 0 and s >= 1, in unsigned 32-bit arithmetic:
    h = i + s * 0x9E3779B9
    h = (h ^ h >> 16) * 0x85EBCA6B        (the MurmurHash3 finaliser)
    h = (h ^ h >> 13) * 0xC2B2AE35
    h = h ^ h >> 16
    value = ((h >> 8) * 2^-23 - 1) * bound            in [-bound, bound)
Every bound is a power of two, so no operation rounds and any language gets the same float32 bits.
"""
import json
import math
import os
import struct

import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, BATCH = 10, 64                                    # of the DVD recipe
LARGEST_STORED = 2048                                    # larger tensors of that recipe are sampled:
STRIDE = {512 * 256: 127, 256 * 128: 31, 128 * 32: 7}    # element count -> every how many-th element is kept


def formula(seed, *shape, bound=1.0):
    with np.errstate(over="ignore"):
        h = np.arange(math.prod(shape), dtype=np.uint32) + np.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
        h = (h ^ h >> np.uint32(16)) * np.uint32(0x85EBCA6B)
        h = (h ^ h >> np.uint32(13)) * np.uint32(0xC2B2AE35)
        h = h ^ h >> np.uint32(16)
    unit = (h >> np.uint32(8)).astype(np.float32) * np.float32(2 ** -23) - np.float32(1)
    return torch.from_numpy((unit * np.float32(bound)).reshape(shape))


def write(name, tensors, about):
    """safetensors: 8 bytes of header length, a JSON header padded to 8 bytes, the data without gaps."""
    codes = {"float64": "F64", "int64": "I64", "float32": "F32", "float16": "F16"}
    header = {"__metadata__": {"about": about, "torch": torch.__version__, "script": os.path.basename(__file__)}}
    blocks, end = [], 0
    # Wide types first keeps every tensor aligned to its own size.
    for key in sorted(tensors, key=lambda k: (-tensors[k].element_size(), k)):
        array = tensors[key].detach().contiguous().numpy()
        assert array.dtype.name not in ("float32", "float64") or np.isfinite(array).all(), key
        data = array.tobytes()
        header[key] = {"dtype": codes[array.dtype.name], "shape": list(array.shape), "data_offsets": [end, end + len(data)]}
        blocks.append(data)
        end += len(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blocks))
    print(f"{name:32} {len(tensors):5} tensors {8 + len(text) + end:8} bytes")


# ---- dvd_ten_steps: ten training steps of a 512-256-128-32 JEPA with an EMA target ---------------------------------

# Path, shape and bound in construction order; the seed of a parameter is 1 + its index here.
PARAMETERS = [
    ("online.net.0.weight", (256, 512), 2 ** -4), ("online.net.0.bias", (256,), 2 ** -4),
    ("online.net.2.weight", (128, 256), 2 ** -4), ("online.net.2.bias", (128,), 2 ** -4),
    ("online.net.4.weight", (32, 128), 2 ** -3), ("online.net.4.bias", (32,), 2 ** -3),
    ("predictor.net.0.weight", (64, 32), 2 ** -2), ("predictor.net.0.bias", (64,), 2 ** -2),
    ("predictor.net.2.weight", (32, 64), 2 ** -3), ("predictor.net.2.bias", (32,), 2 ** -3)]


def mlp(weights, prefix, x):
    layers = [k[:-len("weight")] for k in weights if k.startswith(prefix) and k.endswith("weight")]
    for n, layer in enumerate(layers):
        x = F.linear(x, weights[layer + "weight"], weights[layer + "bias"])
        x = F.gelu(x) if n + 1 < len(layers) else x
    return x


def train(dtype):
    """Runs the recipe in one precision and returns what the fixture stores of it."""
    start = {path: formula(1 + n, *shape, bound=bound).to(dtype) for n, (path, shape, bound) in enumerate(PARAMETERS)}
    weights = {path: w.clone().requires_grad_() for path, w in start.items()}
    target = {path: w.clone() for path, w in start.items() if path.startswith("online.")}
    adam = torch.optim.Adam(weights.values(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    out, losses = {}, []

    def keep(group, path, tensor):
        flat = tensor.detach().reshape(-1)
        if flat.numel() > LARGEST_STORED:
            out[f"{group}/{path}"] = flat[::STRIDE[flat.numel()]].clone()
            out[f"{group}/{path}.sums"] = torch.stack([flat.double().sum(), flat.double().square().sum()])
        else:
            out[f"{group}/{path}"] = tensor.detach().clone()

    for step in range(1, STEPS + 1):
        now = formula(100 + 2 * step, BATCH, 512, bound=4).to(dtype)
        following = formula(101 + 2 * step, BATCH, 512, bound=4).to(dtype)
        z = mlp(weights, "online.", now)
        with torch.no_grad():
            goal = mlp(target, "online.", following)
        prediction = (mlp(weights, "predictor.", z) - goal).square().mean()
        hinge = torch.relu(1 - torch.sqrt(z.var(dim=0, unbiased=True) + 1e-4)).mean()
        total = prediction + hinge
        adam.zero_grad(set_to_none=True)
        total.backward()
        losses.append((total.item(), prediction.item(), hinge.item()))
        if step == 1:
            for path, w in weights.items():
                keep("grad1", path, w.grad)
        adam.step()
        with torch.no_grad():
            for path, t in target.items():
                t.mul_(0.99).add_(weights[path], alpha=1 - 0.99)
    for path, w in weights.items():
        keep("step10", path, w)
        keep("step10.m", path, adam.state[w]["exp_avg"])
        keep("step10.v", path, adam.state[w]["exp_avg_sq"])
    for path, t in target.items():
        keep("step10", path.replace("online.", "target."), t)
    for n, name in enumerate(("total", "prediction", "hinge")):
        out[f"loss/{name}"] = torch.tensor([row[n] for row in losses], dtype=dtype)
    return out


def dvd_ten_steps():
    runs = {"f32": train(torch.float32), "f64": train(torch.float64)}
    write("dvd_ten_steps.safetensors", {f"{run}/{k}": v for run, out in runs.items() for k, v in out.items()},
          "Ten training steps, batch 64, in float32 (f32/) and float64 (f64/). Parameter n of the script's list has seed 1 + n; "
          "at step t the batch has seed 100 + 2t and its successor 101 + 2t, both [64, 512] with bound 4. grad1/: after the "
          "first backward pass; step10/: weights, moments .m and .v after ten steps (target: 0.99 old + 0.01 online). Tensors "
          "of more than 2048 elements hold every 127th (131072 elements), 31st (32768) or 7th (4096) element, flat; .sums "
          "holds the sum and the sum of squares of all elements.")


# ---- ops: values and gradients of single operations -----------------------------------------------------------------

def ops():
    out, seed = {}, [1000]

    def fresh(*shape, bound=1.0):
        seed[0] += 1
        return formula(seed[0], *shape, bound=bound)

    def case(name, function, *inputs, constants=()):
        """Stores inputs, upstream gradient, value and gradients; `constants` are the inputs without a gradient."""
        for n, x in enumerate(inputs):
            out[f"{name}/x{n}"] = x
        upstream = None
        for dtype, suffix in ((torch.float64, ""), (torch.float32, ".f32")):
            xs = [x.to(dtype).clone().requires_grad_(n not in constants) for n, x in enumerate(inputs)]
            y = function(*xs)
            upstream = fresh(*y.shape) if upstream is None else upstream
            wanted = [n for n in range(len(xs)) if n not in constants]
            slopes = torch.autograd.grad(y, [xs[n] for n in wanted], upstream.to(dtype))
            out[f"{name}/y{suffix}"] = y.float()
            for n, slope in zip(wanted, slopes):
                out[f"{name}/dx{n}{suffix}"] = slope.float()
        out[f"{name}/dy"] = upstream

    for name, function in (("add", torch.add), ("subtract", torch.sub), ("multiply", torch.mul), ("divide", torch.div)):
        # A divisor stays in [1, 2): quotients by almost nothing would test the divisor's rounding, not the op.
        right = (lambda *s: 1.5 + 0.5 * fresh(*s)) if name == "divide" else fresh
        case(f"{name}/same", function, fresh(3, 5), right(3, 5))
        case(f"{name}/row", function, fresh(3, 5), right(5))
        case(f"{name}/scalar", function, fresh(3, 5), right())

    unary = {
        "negate": torch.neg, "exp": torch.exp, "square": torch.square, "abs": torch.abs, "sin": torch.sin, "cos": torch.cos,
        "tanh": torch.tanh, "sigmoid": torch.sigmoid, "relu": torch.relu, "gelu_erf": F.gelu,
        "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu}
    for name, function in unary.items():
        case(f"{name}/near", function, fresh(3, 11))
        case(f"{name}/far", function, fresh(3, 11, bound=8))
    for name, function in (("log", torch.log), ("sqrt", torch.sqrt)):
        case(f"{name}/near", function, 1.5 + fresh(3, 11))
        case(f"{name}/far", function, 16.5 + fresh(3, 11, bound=16))
    case("clamp/half", lambda x: x.clamp(-0.5, 0.5), fresh(3, 11))
    case("maximum/same", torch.maximum, fresh(3, 11), fresh(3, 11))
    case("where/same", lambda mask, a, b: torch.where(mask > 0, a, b),
         (fresh(3, 11) > 0).float(), fresh(3, 11), fresh(3, 11), constants=(0,))
    for axis, dims in (("axis0", 0), ("axis1", 1), ("last", -1), ("all", (0, 1, 2))):
        case(f"sum/{axis}", lambda x: x.sum(dims), fresh(3, 5, 7))
        case(f"mean/{axis}", lambda x: x.mean(dims), fresh(3, 5, 7))
        case(f"variance_unbiased/{axis}", lambda x: x.var(dims, unbiased=True), fresh(3, 5, 7))
        case(f"variance_biased/{axis}", lambda x: x.var(dims, unbiased=False), fresh(3, 5, 7))

    case("matmul/nn", lambda a, b: a @ b, fresh(7, 9), fresh(9, 5))
    case("matmul/nt", lambda a, b: a @ b.mT, fresh(7, 9), fresh(5, 9))
    case("matmul/tn", lambda a, b: a.mT @ b, fresh(9, 7), fresh(9, 5))
    case("matmul/tt", lambda a, b: a.mT @ b.mT, fresh(9, 7), fresh(5, 9))
    case("matmul/batched", torch.matmul, fresh(2, 3, 4, 5), fresh(2, 3, 5, 6))
    case("linear/bias", F.linear, fresh(7, 5), fresh(9, 5), fresh(9))

    case("concat/axis0", lambda a, b: torch.cat((a, b), 0), fresh(3, 5), fresh(2, 5))
    case("concat/last", lambda a, b: torch.cat((a, b), -1), fresh(3, 5), fresh(3, 2))
    case("slice_columns/2to5", lambda x: x[:, 2:5], fresh(3, 7))
    case("slice_rows/1to4", lambda x: x[1:4], fresh(5, 3))
    rows = torch.tensor([4.0, 0, 4, 2, 4, 0, 1])
    case("gather_rows/repeated", lambda x, index: x[index.long()], fresh(5, 3), rows, constants=(1,))
    case("permute/201", lambda x: x.permute(2, 0, 1), fresh(3, 5, 7))
    case("permute/0213", lambda x: x.permute(0, 2, 1, 3), fresh(2, 3, 4, 5))

    case("softmax/last", lambda x: x.softmax(-1), fresh(5, 11, bound=4))
    case("layer_norm/plain", lambda x: F.layer_norm(x, x.shape[-1:], eps=1e-5), fresh(5, 11))
    case("layer_norm/affine", lambda x, g, b: F.layer_norm(x, x.shape[-1:], g, b, 1e-5), fresh(5, 11), fresh(11), fresh(11))

    write("ops.safetensors", out,
          "op/case/: inputs x0, x1, .., upstream gradient dy, value y, gradients dx0, dx1, .. computed in float64 and rounded "
          "once; names ending in .f32 are torch's float32 results. No dx for masks and row indices (stored as floats).")


# ---- vicreg: Bardes et al. 2022, eq. 1-6 ----------------------------------------------------------------------------

def vicreg():
    def variance(z):
        return torch.relu(1 - torch.sqrt(z.var(dim=0) + 1e-4)).mean()

    def covariance(z):
        c = torch.cov(z.T)                               # divides by N - 1
        return (c.square().sum() - c.diagonal().square().sum()) / z.shape[1]

    # Powers of two spread the deviations around 1, so that the hinge is open in some columns and shut in others.
    spread = torch.tensor([0.25, 4, 1, 2, 0.5, 4, 1, 2])
    views = [formula(2001, 16, 8) * spread, formula(2002, 16, 8) * spread]
    terms = {
        "variance0": lambda a, b: variance(a), "variance1": lambda a, b: variance(b),
        "covariance0": lambda a, b: covariance(a), "covariance1": lambda a, b: covariance(b),
        "invariance": F.mse_loss,
        "total": lambda a, b: 25 * F.mse_loss(a, b) + 25 * (variance(a) + variance(b)) + covariance(a) + covariance(b)}
    out = {"x0": views[0], "x1": views[1]}
    for name, term in terms.items():
        for dtype, suffix in ((torch.float64, ""), (torch.float32, ".f32")):
            pair = [v.to(dtype).clone().requires_grad_() for v in views]
            y = term(*pair)
            out[f"{name}/y{suffix}"] = y.float()
            for n, slope in enumerate(torch.autograd.grad(y, pair, allow_unused=True)):
                if slope is not None:
                    out[f"{name}/dx{n}{suffix}"] = slope.float()
    write("vicreg.safetensors", out,
          "Terms for two views x0, x1 [16, 8]: variance = mean over columns of relu(1 - sqrt(var + 1e-4)), covariance = sum of "
          "squared off-diagonal elements / 8, invariance = mean squared difference over all elements, total = 25 invariance + "
          "25 (variance0 + variance1) + covariance0 + covariance1. Computed in float64; .f32 is torch's float32 result.")


# ---- sigreg: the Epps-Pulley statistic over given directions --------------------------------------------------------

def sigreg():
    z, directions = formula(4001, 3, 21, 6, bound=2), formula(4002, 37, 6)
    directions = directions / directions.norm(dim=1, keepdim=True)
    out = {"z": z, "directions": directions}
    t = torch.linspace(0, 3, 17, dtype=torch.float64)
    target = torch.exp(-t.square() / 2)
    trapezoid = torch.full((17,), 2 * 3 / 16, dtype=torch.float64)
    trapezoid[[0, -1]] = 3 / 16
    simpson = torch.tensor([1] + [4, 2] * 7 + [4, 1], dtype=torch.float64) * (3 / 16 / 3)
    for name, weights, factor in (("canonical", trapezoid * target, z.shape[1]), ("unwindowed", simpson, 1)):
        for dtype, suffix in ((torch.float64, ""), (torch.float32, ".f32")):
            x = z.to(dtype).clone().requires_grad_()
            angle = (x @ directions.to(dtype).T).unsqueeze(-1) * t.to(dtype)
            off = (angle.cos().mean(1) - target.to(dtype)).square() + angle.sin().mean(1).square()
            y = (off @ weights.to(dtype)).mean() * factor
            out[f"{name}/y{suffix}"] = y.float()
            out[f"{name}/dz{suffix}"] = torch.autograd.grad(y, x)[0].float()
    write("sigreg.safetensors", out,
          "SIGReg of z [time 3, samples 21, dim 6] along the unit rows of directions [37, 6], 17 knots t on [0, 3], target exp(-t^2/2): mean over "
          "time and directions of sum_k W_k [(mean_b cos(t_k u_b) - target_k)^2 + (mean_b sin(t_k u_b))^2]. canonical: doubled trapezoid weights "
          "times target, times 21; unwindowed: Simpson's weights. Computed in float64; .f32 is torch's float32 result.")


# ---- adamw_schedule: three optimiser runs over one vector -----------------------------------------------------------

def rate(step, steps=20, warmup=5, peak=0.05):
    """The learning rate of step 0, 1, ..: linear warm-up that ends at the peak, then half a cosine towards zero."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return 0.5 * peak * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


def adamw_schedule():
    # The loss is scaled so that clipping at 1 acts on the first steps and not on the last ones.
    out = {"start": formula(3001, 37), "target": formula(3002, 37)}

    def run(name, kind, decay, guided):
        for dtype, precision in ((torch.float32, "f32"), (torch.float64, "f64")):
            p, target = out["start"].to(dtype).clone().requires_grad_(), out["target"].to(dtype)
            optimiser = kind([p], lr=0.05, betas=(0.9, 0.999), eps=1e-8, weight_decay=decay)
            rows = {key: [] for key in ("grad", "norm", "lr", "p", "m", "v")}
            for step in range(20):
                loss = (0.15 * (p - target).square() + 0.0075 * (p * p.roll(1)).square()).sum()
                optimiser.zero_grad()
                loss.backward()
                rows["grad"].append(p.grad.clone())                      # before clipping
                norm = torch.nn.utils.clip_grad_norm_([p], 1.0) if guided else p.grad.norm()
                optimiser.param_groups[0]["lr"] = rate(step) if guided else 0.05
                optimiser.step()
                state, lr = optimiser.state[p], torch.tensor(optimiser.param_groups[0]["lr"], dtype=dtype)
                for key, value in (("norm", norm), ("lr", lr), ("p", p), ("m", state["exp_avg"]), ("v", state["exp_avg_sq"])):
                    rows[key].append(value.detach().clone())
            out.update({f"{precision}/{name}/{key}": torch.stack(values) for key, values in rows.items()})

    run("adam", torch.optim.Adam, 0.0, guided=False)
    run("adamw", torch.optim.AdamW, 0.01, guided=False)
    run("adamw_clip_schedule", torch.optim.AdamW, 0.01, guided=True)
    write("adamw_schedule.safetensors", out,
          "Row t holds step t: gradient before clipping, its norm, the learning rate, and parameters and moments after the step. "
          "Loss: sum of 0.15 (p - target)^2 + 0.0075 (p[i] p[i-1])^2, indices cyclic. betas 0.9, 0.999, eps 1e-8. adam and adamw: "
          "lr 0.05, no clipping; adamw: weight decay 0.01; adamw_clip_schedule: also clip_grad_norm 1.0, 5 warm-up steps, cosine. "
          "f32/ is the float32 run, f64/ the same run in float64.")


# ---- attention: Vaswani et al. 2017, eq. 1, with its gradients --------------------------------------------------------

def attention():
    out, seed = {}, [3000]

    def fresh(*shape, bound=1.0):
        seed[0] += 1
        return formula(seed[0], *shape, bound=bound)

    def attend(q, k, v, heads, causal):
        q, k, v = (x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2) for x in (q, k, v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        if causal:
            scores = scores + torch.full(scores.shape[-2:], -torch.inf, dtype=scores.dtype).triu(1)
        return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)

    def case(name, heads, causal, *inputs):
        xs = [x.double().requires_grad_() for x in inputs]
        y = attend(*(xs if len(xs) == 3 else xs[0].chunk(3, -1)), heads, causal)
        upstream = fresh(*y.shape)
        for n, (x, slope) in enumerate(zip(inputs, torch.autograd.grad(y, xs, upstream.double()))):
            out[f"{name}/x{n}"], out[f"{name}/dx{n}"] = x, slope.float()
        out[f"{name}/y"], out[f"{name}/dy"] = y.float(), upstream
        out[f"{name}/form"] = torch.tensor([heads, causal], dtype=torch.int64)

    case("apart", 3, False, fresh(2, 5, 12, bound=2), fresh(2, 5, 12, bound=2), fresh(2, 5, 12))
    case("causal", 2, True, fresh(2, 6, 10, bound=2), fresh(2, 6, 10, bound=2), fresh(2, 6, 10))
    case("cross", 2, False, fresh(2, 3, 32, bound=2), fresh(2, 7, 32, bound=2), fresh(2, 7, 32))
    case("blocks", 1, False, fresh(1, 37, 16, bound=4), fresh(1, 150, 16, bound=4), fresh(1, 150, 16))
    case("packed", 4, False, fresh(2, 9, 60, bound=2))
    case("packed_causal", 2, True, fresh(1, 70, 48, bound=2))
    case("packed_three_tokens", 2, True, fresh(2, 3, 384, bound=2))
    write("attention.safetensors", out,
          "case/: inputs x0 (packed q, k, v) or x0, x1, x2, upstream gradient dy, value y and gradients dx0, .. computed in "
          "float64 and rounded once; form holds the number of heads and whether it is causal.")


# ---- images: convolutions, pooling and batch normalisation ----------------------------------------------------------

def images():
    """Images are [batch, height, width, channels] outside and [batch, channels, height, width] for PyTorch."""
    out, seeds = {}, iter(range(5001, 6000))

    def inward(x):
        return x.permute(0, 3, 1, 2)

    def outward(y):
        return y.permute(0, 2, 3, 1)

    def fresh(*shape, bound=2):
        return formula(next(seeds), *shape, bound=bound)

    def case(name, function, *inputs):
        xs = [x.double().requires_grad_() for x in inputs]
        y = function(*xs)
        dy = fresh(*y.shape)
        for n, x in enumerate(inputs):
            out[f"{name}/x{n}"] = x
        out[f"{name}/dy"], out[f"{name}/y"] = dy, y.float()
        for n, slope in enumerate(torch.autograd.grad((y * dy.double()).sum(), xs)):
            out[f"{name}/dx{n}"] = slope.float()

    def convolution(stride, padding):
        return lambda x, w, b: outward(F.conv2d(inward(x), w, b, stride, padding))

    case("conv2d/k3s1p1", convolution(1, 1), fresh(2, 6, 7, 3), fresh(4, 3, 3, 3), fresh(4))
    case("conv2d/k4s2p1", convolution(2, 1), fresh(2, 8, 8, 3), fresh(5, 3, 4, 4), fresh(5))
    case("conv2d/k5s3p2", convolution(3, 2), fresh(1, 11, 10, 7), fresh(3, 7, 5, 5), fresh(3))
    case("conv2d/k3s2p1c32", convolution(2, 1), fresh(2, 6, 6, 32), fresh(33, 32, 3, 3), fresh(33))
    case("conv2d/rectangular", convolution((2, 3), (0, 2)), fresh(2, 6, 9, 2), fresh(3, 2, 2, 5), fresh(3))
    case("patches/p4", lambda x, w, b: F.conv2d(inward(x), w, b, 4).flatten(2).mT, fresh(2, 8, 12, 3), fresh(6, 3, 4, 4), fresh(6))
    case("average_pool/2", lambda x: outward(F.avg_pool2d(inward(x), 2)), fresh(2, 5, 6, 3))
    case("average_pool/3s2", lambda x: outward(F.avg_pool2d(inward(x), 3, 2)), fresh(2, 7, 8, 3))
    case("average_pool/global", lambda x: inward(x).mean((2, 3)), fresh(2, 5, 6, 3))
    case("batch_norm/rows", lambda x, g, b: F.batch_norm(x, None, None, g, b, True), fresh(11, 7), fresh(7), fresh(7))
    case("batch_norm/images", lambda x, g, b: outward(F.batch_norm(inward(x), None, None, g, b, True)), fresh(2, 4, 5, 7), fresh(7), fresh(7))

    # The running statistics of three batches of different sizes, then inference; in float32, as they are kept.
    layer = torch.nn.BatchNorm1d(5).double()
    with torch.no_grad():
        layer.weight.copy_(fresh(5)), layer.bias.copy_(fresh(5))
    out["running/weight"], out["running/bias"] = layer.weight.detach().float(), layer.bias.detach().float()
    for step, rows in enumerate((6, 9, 2)):
        x = fresh(rows, 5) * 2 + 1
        out[f"running/x{step}"] = x
        layer(x.double())
        out[f"running/mean{step}"], out[f"running/var{step}"] = layer.running_mean.float().clone(), layer.running_var.float().clone()
    out["running/x"] = fresh(4, 5)
    out["running/y"] = layer.eval()(out["running/x"].double()).float()
    write("images.safetensors", out,
          "op/case/: inputs x0 (images or rows), x1 weight or gain, x2 bias; upstream gradient dy, value y, gradients dx0, dx1, .. in "
          "float64 and rounded once. Images are [batch, height, width, channels], weights as PyTorch stores them. running/: a "
          "BatchNorm1d with weight and bias takes three batches x0, x1, x2; mean and var are its running statistics after each, "
          "y its answer to x in evaluation.")


def dtypes():
    write("dtypes.safetensors", {
        "f32.scalar": torch.tensor(1.5), "f32.empty": torch.zeros(0, 3),
        "f32.matrix": torch.arange(6, dtype=torch.float32).reshape(2, 3) / 4,
        "f64.vector": torch.tensor([0.5, 1 / 3], dtype=torch.float64), "i64.vector": torch.tensor([1, -2, 2 ** 40]),
        "f16.vector": torch.tensor([0.5, -65504.0, 2.0 ** -24], dtype=torch.float16)},
        "Shapes and element types a reader must take or refuse clearly.")


if __name__ == "__main__":
    torch.set_num_threads(1)                             # one order of summation
    torch.use_deterministic_algorithms(True)
    for make in (dvd_ten_steps, ops, vicreg, sigreg, adamw_schedule, attention, images, dtypes):
        make()
