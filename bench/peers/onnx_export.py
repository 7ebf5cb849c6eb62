#!/usr/bin/env python3
"""Writes the models that ONNX Runtime is timed on:  python3 onnx_export.py FOLDER ROW...

For each row that has a model, FOLDER/ROW.onnx and FOLDER/ROW.txt, which lists its inputs and its output for ort_peer.c:
    input NAME SEED SCALE [images] size size ...
    output NAME [images] size size ...
where images are drawn and compared with their channels last.
"""
import os
import sys
import warnings

import torch

import torch_models
from rows import CONVS, GEMMS
from series import series


class Function(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.forward = function


def build(name):
    """(module, shapes of the inputs, scale of the inputs) or None."""
    group, *rest = name.split(".")
    if group == "infer":
        made = torch_models.module(torch, name)
        return made and (*made, 1)
    if group == "gemm" and rest[0] == "frozen":             # one operand is a weight that does not change: it is packed beforehand
        m, n, k = GEMMS[rest[1]]
        module = torch.nn.Linear(k, n, bias=False)
        module.weight = torch.nn.Parameter(series(torch, [n, k], 2))
        return module, [(m, k)], 1
    if group == "conv" and rest[2] == "fwd":
        size, inputs, outputs, kernel = CONVS[rest[0]]
        module = torch.nn.Conv2d(inputs, outputs, kernel, stride=2, padding=1)
        module.weight = torch.nn.Parameter(series(torch, [outputs, inputs, kernel, kernel], 2, (inputs * kernel ** 2) ** -0.5))
        module.bias = torch.nn.Parameter(series(torch, [outputs], 3))
        return module, [(int(rest[1][1:]), inputs, size, size)], 1
    shape = {"1580k": (2056, 768), "49k": (64, 768)}.get(rest[-1])
    functions = {"exp": torch.exp, "tanh": torch.tanh, "gelu": torch.nn.functional.gelu, "silu": torch.nn.functional.silu}
    if group == "map" and rest[0] in functions:
        return Function(functions[rest[0]]), [shape], 4
    if name == "softmax.24x257x257":
        return Function(lambda x: torch.softmax(x, -1)), [(24, 257, 257)], 4
    return None


def images(shape):
    return ("images", *shape) if len(shape) == 4 else shape


def export(folder, name):
    made = build(name)
    if made is None:
        return
    module, shapes, scale = made
    with torch.no_grad():
        for i, parameter in enumerate(module.parameters()):
            # The exporter keeps equal weights once. All blocks start equal here, and a model of a sixth of the size would fit a cache.
            parameter *= 1 + 3e-7 * i
    inputs = [torch.empty(shape) for shape in shapes]
    for x in inputs:
        x.zero_()
    names = [f"x{i}" for i in range(len(inputs))]
    settings = {"dynamo": False} if "dynamo" in torch.onnx.export.__code__.co_varnames else {}       # PyTorch 2.9's default needs onnxscript
    path = os.path.join(folder, name + ".onnx")
    torch.onnx.export(module.eval(), tuple(inputs), path, input_names=names, output_names=["y"], opset_version=14, **settings)
    with torch.no_grad():
        shape = module(*inputs).shape
    with open(os.path.join(folder, name + ".txt"), "w") as file:
        for seed, (x, sizes) in enumerate(zip(names, shapes), 1):
            print("input", x, seed, scale, *images(sizes), file=file)
        print("output", "y", *images(shape), file=file)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for row in sys.argv[2:]:
        export(sys.argv[1], row)
