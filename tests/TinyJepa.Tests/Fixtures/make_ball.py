"""Writes ball.pt: the model of samples/Embed as PyTorch saves it, beside what it takes to run it.

Made with torch 1.13: python3 make_ball.py
"""
import json
import os
import struct
from collections import OrderedDict

import numpy
import torch

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "..", "..", "..", "samples", "Embed", "ball.safetensors"), "rb") as f:
    size, = struct.unpack("<Q", f.read(8))
    header, data = json.loads(f.read(size)), f.read()

networks = {"encoder": OrderedDict(), "predictor": OrderedDict()}
for path, entry in header.items():
    if path == "__metadata__":
        continue
    network, name = path.split(".", 1)
    start, end = entry["data_offsets"]
    numbers = numpy.frombuffer(data[start:end], "<f4").reshape(entry["shape"])
    networks[network][name] = torch.tensor(numbers)
torch.save({**networks, "window": 8, "ahead": 8, "activation": "relu"}, os.path.join(HERE, "ball.pt"))
