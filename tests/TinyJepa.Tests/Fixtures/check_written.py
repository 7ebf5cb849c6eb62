#!/usr/bin/env python3
"""Opens with NumPy and PyTorch what this library wrote:  python3 check_written.py FOLDER

Make the folder with
    TINYJEPA_WRITTEN=FOLDER dotnet test -c Release tests/TinyJepa.Tests --filter FullyQualifiedName~WrittenFilesTests
Every tensor of every file must be the formula of make_fixtures.py: in NAME.N.SHAPE the seed is N, SHAPE the sizes joined by x. The
safetensors package is used where it is installed; otherwise the file is parsed by its specification.
"""
import json
import os
import struct
import sys

import numpy as np
import torch

from make_fixtures import formula


def safetensors(path):
    try:
        from safetensors.numpy import load_file
        return load_file(path), "the safetensors package"
    except ImportError:
        pass
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    texts = header.pop("__metadata__", {})
    assert all(isinstance(text, str) for text in texts.values())
    body, end, out = data[8 + length:], 0, {}
    assert (8 + length) % 8 == 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, last = entry["data_offsets"]
        assert begin == end and entry["dtype"] == "F32", (name, entry)
        out[name], end = np.frombuffer(body[begin:last], "<f4").reshape(entry["shape"]), last
    assert end == len(body)
    return out, "the specification"


def check(where, tensors):
    for name, array in tensors.items():
        _, seed, sizes = name.rsplit(".", 2)
        shape = tuple(int(size) for size in sizes.split("x") if size)
        array = np.asarray(array)
        assert array.dtype == np.float32 and array.shape == shape, (where, name, array.dtype, array.shape)
        assert array.tobytes() == formula(int(seed), *shape).numpy().tobytes(), (where, name)
        assert torch.from_numpy(np.array(array)).shape == shape
    print(f"{where:24} {len(tensors)} tensors, equal to the bit")


folder = sys.argv[1]
names = sorted(os.listdir(folder))
assert names, f"{folder} is empty"
for name in names:
    path = os.path.join(folder, name)
    if name.endswith(".npy"):
        check(name, {name[:-4]: np.load(path, allow_pickle=False)})
    elif name.endswith(".npz"):
        with np.load(path, allow_pickle=False) as file:
            check(name, dict(file))
    elif name.endswith(".safetensors"):
        tensors, by = safetensors(path)
        check(f"{name} by {by}", tensors)
print(f"{len(names)} files")
