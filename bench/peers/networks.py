"""The models as plain PyTorch modules; see ../../src/TinyJepa/Nn for ours."""
import torch
from torch import nn
from torch.nn import functional


def mlp(*sizes, activation=nn.GELU):
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [activation(), nn.Linear(inputs, outputs)]
    return nn.Sequential(*layers[1:])


class SelfAttention(nn.Module):
    def __init__(self, dim, heads, size, bias, causal):
        super().__init__()
        self.heads, self.size, self.causal = heads, size, causal
        self.qkv = nn.Linear(dim, 3 * heads * size, bias=bias)
        self.out = nn.Linear(heads * size, dim)

    def forward(self, x):
        batch, tokens, _ = x.shape
        q, k, v = self.qkv(x).view(batch, tokens, 3, self.heads, self.size).permute(2, 0, 3, 1, 4).unbind(0)
        return self.answer(q, k, v)

    def first(self, x):
        """Of the first token only."""
        batch, tokens, _ = x.shape
        width = self.heads * self.size
        q = functional.linear(x[:, :1], self.qkv.weight[:width], self.qkv.bias[:width])
        kv = functional.linear(x, self.qkv.weight[width:], self.qkv.bias[width:])
        k, v = kv.view(batch, tokens, 2, self.heads, self.size).permute(2, 0, 3, 1, 4).unbind(0)
        return self.answer(q.view(batch, 1, self.heads, self.size).transpose(1, 2), k, v)

    def answer(self, q, k, v):
        """Of queries, keys and values [batch, heads, tokens, size]."""
        batch, _, tokens, _ = q.shape
        if hasattr(functional, "scaled_dot_product_attention"):          # PyTorch 2
            y = functional.scaled_dot_product_attention(q, k, v, is_causal=self.causal)
        else:
            scores = q @ k.transpose(-2, -1) * self.size ** -0.5
            if self.causal:
                scores = scores + torch.full((tokens, tokens), float("-inf")).triu(1)
            y = torch.softmax(scores, -1) @ v
        return self.out(y.transpose(1, 2).reshape(batch, tokens, self.heads * self.size))


class ViTLayer(nn.Module):
    def __init__(self, dim, heads, hidden, eps):
        super().__init__()
        self.before, self.after = nn.LayerNorm(dim, eps), nn.LayerNorm(dim, eps)
        self.attention = SelfAttention(dim, heads, dim // heads, bias=True, causal=False)
        self.mlp = mlp(dim, hidden, dim)

    def forward(self, x):
        x = x + self.attention(self.before(x))
        return x + self.mlp(self.after(x))

    def first(self, x):
        """The first token's answer: ours computes no more of the last layer either, since nobody reads the others."""
        x = x[:, :1] + self.attention.first(self.before(x))
        return x + self.mlp(self.after(x))


class VisionTransformer(nn.Module):
    """ViT-Tiny: 12 pre-norm layers of 192 with 3 heads and an MLP of 768; answers the normalised class token."""

    def __init__(self, image, patch, channels, dim=192, layers=12, heads=3, hidden=768, eps=1e-12):
        super().__init__()
        self.patches = nn.Conv2d(channels, dim, patch, patch)
        self.token = nn.Parameter(torch.zeros(1, 1, dim))
        self.positions = nn.Parameter(torch.zeros(1, (image // patch) ** 2 + 1, dim))
        self.layers = nn.ModuleList(ViTLayer(dim, heads, hidden, eps) for _ in range(layers))
        self.norm = nn.LayerNorm(dim, eps)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat((self.token.expand(x.shape[0], -1, -1), x), 1) + self.positions
        for layer in self.layers[:-1]:
            x = layer(x)
        return self.norm(self.layers[-1].first(x))[:, 0]

    def parts(self):
        """The parameters as ours has them: queries, keys and values are layers of their own there."""
        for name, parameter in self.named_parameters():
            yield from parameter.chunk(3) if ".qkv." in name else (parameter,)


class AdaLnBlock(nn.Module):
    """AdaLN-zero (Peebles & Xie 2023) with the inner norms of LeWorldModel."""

    def __init__(self, dim, heads, size, hidden):
        super().__init__()
        self.modulation = nn.Linear(dim, 6 * dim)
        self.attention_norm, self.mlp_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attention = SelfAttention(dim, heads, size, bias=False, causal=True)
        self.mlp = mlp(dim, hidden, dim)

    def forward(self, x, condition):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(functional.silu(condition)).chunk(6, -1)
        y = functional.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale1) + shift1
        x = x + gate1 * self.attention(self.attention_norm(y))
        y = functional.layer_norm(x, x.shape[-1:], eps=1e-6) * (1 + scale2) + shift2
        return x + gate2 * self.mlp(self.mlp_norm(y))


class AdaLnPredictor(nn.Module):
    """LeWorldModel's predictor: 10,791,360 parameters; no dropout, so that results can be compared."""

    def __init__(self, dim=192, layers=6, heads=16, size=64, hidden=2048, tokens=3):
        super().__init__()
        self.positions = nn.Parameter(torch.zeros(1, tokens, dim))
        self.blocks = nn.ModuleList(AdaLnBlock(dim, heads, size, hidden) for _ in range(layers))
        self.norm = nn.LayerNorm(dim)

    def forward(self, x, condition):
        x = x + self.positions
        for block in self.blocks:
            x = block(x, condition)
        return self.norm(x)
