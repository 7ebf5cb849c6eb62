#!/usr/bin/env python3
"""Makes the fixtures of the transformer layers beside this file:  python3 make_transformer_fixtures.py

The reference modules are written in plain PyTorch, after Hugging Face's ViTModel and LeWorldModel's published code in
structure and naming. Inputs and parameters are functions of the formula in make_fixtures.py, so only results are stored.
"""
import math
import os

import torch
import torch.nn.functional as F
from torch import nn

from make_fixtures import HERE, formula, write


# ---- Hugging Face's ViT ---------------------------------------------------------------------------------------------

def tree(**children):
    """A module that only names its children."""
    module = nn.Module()
    for name, child in children.items():
        module.add_module(name, child)
    return module


def heads_of(x, heads):
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


def attend(q, k, v, heads, causal):
    q, k, v = (heads_of(t, heads) for t in (q, k, v))
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1), -torch.inf)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)


class VitBlock(nn.Module):
    def __init__(self, dim, heads, mlp, eps):
        super().__init__()
        self.heads = heads
        self.layernorm_before = nn.LayerNorm(dim, eps=eps)
        self.attention = tree(
            attention=tree(query=nn.Linear(dim, dim), key=nn.Linear(dim, dim), value=nn.Linear(dim, dim)),
            output=tree(dense=nn.Linear(dim, dim)))
        self.layernorm_after = nn.LayerNorm(dim, eps=eps)
        self.intermediate = tree(dense=nn.Linear(dim, mlp))
        self.output = tree(dense=nn.Linear(mlp, dim))

    def forward(self, x):
        h, a = self.layernorm_before(x), self.attention.attention
        x = x + self.attention.output.dense(attend(a.query(h), a.key(h), a.value(h), self.heads, False))
        return x + self.output.dense(F.gelu(self.intermediate.dense(self.layernorm_after(x))))


class Vit(nn.Module):
    def __init__(self, size, patch, channels, dim, depth, heads, mlp, eps=1e-12):
        super().__init__()
        self.embeddings = tree(patch_embeddings=tree(projection=nn.Conv2d(channels, dim, patch, patch)))
        self.embeddings.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.embeddings.position_embeddings = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, dim))
        self.encoder = tree(layer=nn.ModuleList(VitBlock(dim, heads, mlp, eps) for _ in range(depth)))
        self.layernorm = nn.LayerNorm(dim, eps=eps)

    def forward(self, images):                           # channels last
        e = self.embeddings
        x = e.patch_embeddings.projection(images.permute(0, 3, 1, 2)).flatten(2).transpose(1, 2)
        x = torch.cat((e.cls_token.expand(len(x), -1, -1), x), 1) + e.position_embeddings
        for block in self.encoder.layer:
            x = block(x)
        return self.layernorm(x)


# ---- LeWorldModel ---------------------------------------------------------------------------------------------------

class Attention(nn.Module):
    def __init__(self, dim, heads, head, norm, bias):
        super().__init__()
        self.heads = heads
        if norm:
            self.norm = nn.LayerNorm(dim)
        self.to_qkv = nn.Linear(dim, 3 * heads * head, bias=bias)
        self.to_out = nn.Sequential(nn.Linear(heads * head, dim), nn.Dropout(0.0))

    def forward(self, x):
        qkv = self.to_qkv(self.norm(x) if hasattr(self, "norm") else x)
        return self.to_out(attend(*qkv.chunk(3, -1), self.heads, True))


class FeedForward(nn.Module):
    def __init__(self, dim, hidden, norm):
        super().__init__()
        self.net = nn.Sequential(*[nn.LayerNorm(dim)][:norm], nn.Linear(dim, hidden), nn.GELU(), nn.Dropout(0.0),
                                 nn.Linear(hidden, dim), nn.Dropout(0.0))

    def forward(self, x):
        return self.net(x)


class AdaLnBlock(nn.Module):
    def __init__(self, dim, heads, head, mlp, norm=True, bias=False):
        super().__init__()
        self.attn = Attention(dim, heads, head, norm, bias)
        self.mlp = FeedForward(dim, mlp, norm)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(dim, 6 * dim))
        self.plain = nn.LayerNorm(dim, eps=1e-6, elementwise_affine=False)

    def forward(self, x, c):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(c).chunk(6, -1)
        x = x + gate1 * self.attn(self.plain(x) * (1 + scale1) + shift1)
        return x + gate2 * self.mlp(self.plain(x) * (1 + scale2) + shift2)


class Predictor(nn.Module):
    def __init__(self, dim, width, history, depth, heads, head, mlp):
        super().__init__()
        self.pos_embedding = nn.Parameter(torch.zeros(1, history, dim))
        self.transformer = tree(
            norm=nn.LayerNorm(width), layers=nn.ModuleList(AdaLnBlock(width, heads, head, mlp) for _ in range(depth)))
        if dim != width:
            self.transformer.input_proj = nn.Linear(dim, width)
            self.transformer.cond_proj = nn.Linear(dim, width)
            self.transformer.output_proj = nn.Linear(width, dim)

    def forward(self, x, c):
        t = self.transformer
        x = x + self.pos_embedding[:, :x.shape[1]]
        if hasattr(t, "input_proj"):
            x, c = t.input_proj(x), t.cond_proj(c)
        for block in t.layers:
            x = block(x, c)
        x = t.norm(x)
        return t.output_proj(x) if hasattr(t, "output_proj") else x


class ActionEncoder(nn.Module):
    def __init__(self, actions, dim):
        super().__init__()
        self.patch_embed = nn.Conv1d(actions, actions, 1)
        self.embed = nn.Sequential(nn.Linear(actions, 4 * dim), nn.SiLU(), nn.Linear(4 * dim, dim))

    def forward(self, x):
        return self.embed(self.patch_embed(x.transpose(1, 2)).transpose(1, 2))


class Projector(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = []
        for inputs, hidden in zip(sizes, sizes[1:-1]):
            layers += [nn.Linear(inputs, hidden), nn.BatchNorm1d(hidden), nn.GELU()]
        self.net = nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))

    def forward(self, x):
        return self.net(x.flatten(0, -2)).reshape(*x.shape[:-1], -1)


def sigreg(z, directions):                               # z: [time, batch, dim]; directions of length 1: [dim, directions]
    knots = torch.linspace(0, 3, 17, dtype=z.dtype)
    window = torch.exp(-knots.square() / 2)
    weights = torch.full_like(knots, 2 * 3 / 16)
    weights[[0, -1]] = 3 / 16
    u = (z @ directions).unsqueeze(-1) * knots
    error = (u.cos().mean(-3) - window).square() + u.sin().mean(-3).square()
    return ((error @ (weights * window)) * z.shape[-2]).mean()


class LeWorldModel(nn.Module):
    def __init__(self, vit, predictor, hidden, actions):
        super().__init__()
        self.encoder = Vit(**vit)
        self.predictor = Predictor(**predictor)
        self.action_encoder = ActionEncoder(actions, predictor["dim"])
        self.projector = Projector((vit["dim"], hidden, predictor["dim"]))
        self.pred_proj = Projector((predictor["dim"], hidden, predictor["dim"]))

    def forward(self, images, actions):
        """The latents and the predictions; the loss of prediction is their mean squared difference, shifted by one."""
        z = self.projector(self.encoder(images.flatten(0, 1))[:, 0]).unflatten(0, images.shape[:2])
        return z, self.predict(z[:, :-1], actions)

    def predict(self, z, actions):
        return self.pred_proj(self.predictor(z, self.action_encoder(actions)))

    def rollout(self, z, actions, history):
        for now in range(z.shape[1], actions.shape[1] + 1):
            past = slice(max(0, now - history), now)
            z = torch.cat((z, self.predict(z[:, past], actions[:, past])[:, -1:]), 1)
        return z


# ---- Fixtures -------------------------------------------------------------------------------------------------------

def fill(module, dtype):
    """Numbers for every tensor of the state: the n-th in the order of names has seed 5000 + n."""
    state = module.state_dict()
    for n, name in enumerate(sorted(state)):
        value = state[name]
        if name.endswith("num_batches_tracked"):
            continue
        numbers = formula(5000 + n, *value.shape, bound=0.5 if "running" in name else 1.0)
        state[name] = numbers + 1 if name.endswith("running_var") else numbers
    module.to(dtype)
    module.load_state_dict(state)
    return module


def case(out, name, build, run, inputs, training=True):
    """Stores values and gradients of float64, rounded once, and how far torch's own float32 is from them."""
    results = []
    for dtype in (torch.float64, torch.float32):
        module = fill(build(), dtype).train(training)
        xs = [formula(5900 + n, *shape, bound=2).to(dtype).requires_grad_() for n, shape in enumerate(inputs)]
        ys = run(module, *xs)
        loss = sum((y * formula(5950 + n, *y.shape).to(dtype)).sum() for n, y in enumerate(ys))
        loss.backward()
        one = {f"y{n}": y for n, y in enumerate(ys)}
        one.update({f"dx{n}": x.grad for n, x in enumerate(xs) if x.grad is not None})
        one.update({f"d/{path}": p.grad for path, p in module.named_parameters() if p.grad is not None})
        one.update({f"after/{path}": b for path, b in module.named_buffers() if training and "running" in path})
        results.append({key: value.detach().double() for key, value in one.items()})
    truth, single = results
    largest = max(value.abs().max() for value in truth.values())
    # A bias before batch normalisation and the bias of keys have no gradient but rounding: a hundredth of the largest is the floor.
    distances = [(single[key] - value).abs().max() / value.abs().max().clamp_min(largest / 100) for key, value in truth.items()]
    out.update({f"{name}/{key}": value.float() for key, value in truth.items()})
    out[f"{name}/f32"] = torch.stack([largest / 100, max(distances)]).float()
    print(f"{name:18} {len(truth):4} tensors, largest {largest:.3g}, float32 {max(distances):.2g}")


def transformers():
    out = {}
    small = dict(size=12, patch=4, channels=3, dim=12, depth=2, heads=3, mlp=20)
    case(out, "block", lambda: VitBlock(12, 3, 20, 1e-6), lambda m, x: [m(x)], [(2, 5, 12)])
    case(out, "vit", lambda: Vit(**small), lambda m, x: [m(x)], [(2, 12, 12, 3)])
    case(out, "vit_class", lambda: Vit(**small), lambda m, x: [m(x)[:, 0]], [(2, 12, 12, 3)])
    case(out, "adaln", lambda: AdaLnBlock(12, 2, 8, 20), lambda m, x, c: [m(x, c)], [(3, 4, 12), (3, 4, 12)])
    case(out, "adaln_plain", lambda: AdaLnBlock(12, 2, 8, 20, norm=False, bias=True), lambda m, x, c: [m(x, c)], [(3, 4, 12), (3, 4, 12)])
    predictor = dict(dim=12, width=12, history=4, depth=2, heads=2, head=8, mlp=20)
    case(out, "predictor", lambda: Predictor(**predictor), lambda m, x, c: [m(x, c)], [(3, 3, 12), (3, 3, 12)])
    case(out, "predictor_wide", lambda: Predictor(**{**predictor, "width": 16}), lambda m, x, c: [m(x, c)], [(3, 4, 12), (3, 4, 12)])
    case(out, "actions", lambda: ActionEncoder(6, 12), lambda m, x: [m(x)], [(3, 4, 6)])
    for training in (True, False):
        suffix = "train" if training else "eval"
        case(out, f"projector_{suffix}", lambda: Projector((12, 20, 8)), lambda m, x: [m(x)], [(3, 5, 12)], training)
        case(out, f"projector3_{suffix}", lambda: Projector((12, 20, 18, 8)), lambda m, x: [m(x)], [(3, 5, 12)], training)

    directions = formula(5990, 10, 7)
    directions = directions / directions.double().norm(dim=0).float()
    model = lambda: LeWorldModel(small, {**predictor, "dim": 10, "history": 3}, hidden=14, actions=6)

    def loss(m, x, a):
        z, predicted = m(x, a)
        prediction = (predicted - z[:, 1:]).square().mean()
        regulariser = sigreg(z.transpose(0, 1), directions.to(z.dtype))
        return [prediction.reshape(1), regulariser.reshape(1)]

    case(out, "prediction", model, lambda m, x, a: loss(m, x, a)[:1], [(5, 4, 12, 12, 3), (5, 3, 6)])
    case(out, "loss", model, loss, [(5, 4, 12, 12, 3), (5, 3, 6)])
    out["loss/directions"] = directions
    case(out, "rollout", model, lambda m, z, a: [m.rollout(z, a, 3)[:, 1:]], [(3, 1, 10), (3, 5, 6)], training=False)
    out = {k: v for k, v in out.items() if "/dx" not in k or not k.startswith(("prediction", "loss"))}
    write("transformers.safetensors", out,
          "layer/: values y0, .., gradients dx0, .. of inputs and d/path of parameters, after/path of running statistics, for the "
          "upstream gradients of the formula (seed 5950 + n, bound 1), computed in float64 and rounded once. f32 holds a floor for "
          "the size of a tensor, and torch's own float32 distance: the largest over the tensors, each over the size of its tensor. "
          "Input n has seed 5900 + n, bound 2. The n-th tensor of the state in the order of names has seed 5000 + n, bound 1; "
          "running statistics have bound 0.5, and running variances are one larger. Images are channels last.")


def names():
    """The state of the released configuration: 303 tensors."""
    model = LeWorldModel(dict(size=224, patch=14, channels=3, dim=192, depth=12, heads=3, mlp=768),
                         dict(dim=192, width=192, history=3, depth=6, heads=16, head=64, mlp=2048), hidden=2048, actions=10)
    state = model.state_dict()
    with open(os.path.join(HERE, "leworldmodel_names.txt"), "w") as file:
        file.writelines(f"{name} {list(state[name].shape)}\n" for name in sorted(state))
    print(f"{len(state)} tensors, {sum(p.numel() for p in model.parameters())} parameters")


if __name__ == "__main__":
    torch.set_num_threads(1)                             # one order of summation
    torch.use_deterministic_algorithms(True)
    transformers()
    names()
