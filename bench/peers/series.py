"""Numbers in [-scale, scale) that every peer can make for itself: a hash of position and seed, as in ../Series.cs."""
import itertools
import math

MASK = 0xFFFFFFFF


def series(torch, shape, seed, scale=1.0, offset=0.0):
    """offset + scale * u(i, seed) with u in [-1, 1), row-major."""
    hashed = (torch.arange(1, math.prod(shape) + 1, dtype=torch.int64) * 2654435761 + seed * 1000003) & MASK
    hashed = ((hashed ^ (hashed >> 15)) * 2246822519) & MASK
    hashed ^= hashed >> 13
    return offset + scale * ((hashed >> 8).float() / 8388608 - 1).reshape(shape)


def fill(torch, parameters):
    """Overwrites every parameter by its shape alone, so that names and order do not matter: matrices +-1/sqrt(inputs), rows 0.5 +- 0.5."""
    with torch.no_grad():
        for parameter in parameters:
            shape = list(itertools.dropwhile(lambda size: size == 1, parameter.shape))     # [1, 257, 192] is [257, 192]
            seed = 17
            for size in shape:
                seed = (seed * 31 + size) & MASK
            if len(shape) > 1:
                parameter.copy_(series(torch, list(parameter.shape), seed, 1 / math.sqrt(math.prod(shape[1:]))))
            else:
                parameter.copy_(series(torch, list(parameter.shape), seed, 0.5, 0.5))
