#!/usr/bin/env python3
"""One PyTorch process of the paired comparison:  python3 peer.py WORKLOAD --threads N

Reads one command per line from standard input and answers each with one line of JSON:
    go N      runs N steps and says {"us": microseconds per step}
    about     says which torch, BLAS and instruction set this process really uses
Between commands it blocks on the pipe, so that a driver can run several such processes turn by turn.
"""
import argparse
import itertools
import json
import os
import sys
import time


def dvd_step(torch):
    """The training step of DVD-JEPA at batch 256: encoder 512-256-128-32, EMA target, predictor 32-64-32, hinge, Adam."""
    from torch import nn

    def encoder():
        return nn.Sequential(nn.Linear(512, 256), nn.GELU(), nn.Linear(256, 128), nn.GELU(), nn.Linear(128, 32))

    torch.manual_seed(0)
    online, target = encoder(), encoder().requires_grad_(False)
    target.load_state_dict(online.state_dict())
    predictor = nn.Sequential(nn.Linear(32, 64), nn.GELU(), nn.Linear(64, 32))
    averaged = list(zip(target.parameters(), online.parameters()))
    # foreach=True and a plain loop for the average are the faster choices at this size on 1.13 (foreach costs 5-10 %).
    # foreach=True and a plain loop for the average: the fastest of the usual spellings here, by 0-3 %.
    adam = torch.optim.Adam([*online.parameters(), *predictor.parameters()], lr=1e-3, foreach=True)
    batches = itertools.cycle([blobs(torch) for _ in range(16)])

    def step():
        now, following = next(batches)
        z = online(now)
        with torch.no_grad():
            goal = target(following)
        prediction = (predictor(z) - goal).square().mean()
        hinge = torch.relu(1 - torch.sqrt(z.var(dim=0) + 1e-4)).mean()
        adam.zero_grad(set_to_none=True)
        (prediction + hinge).backward()
        adam.step()
        with torch.no_grad():
            for slow, fast in averaged:
                slow.mul_(0.99).add_(fast, alpha=0.01)

    return lambda count: [step() for _ in itertools.repeat(None, count)]


def blobs(torch, batch=256):
    """Two overlapping pairs of 16 x 16 frames of a moving blob, [256, 512] each: real inputs, so that no value is
    denormal and no loss converges to nothing. Drawn beforehand, because sampling is not what is compared."""
    grid = torch.arange(16.0)
    start, velocity = torch.rand(batch, 1, 2) * 10 + 3, (torch.randint(0, 2, (batch, 1, 2)) * 2 - 1) * 0.75
    place = start + velocity * torch.arange(3.0)[None, :, None]                          # [batch, frame, (y, x)]
    near = torch.exp(-(grid - place[..., None]).square() / (2 * 1.5 ** 2))               # [batch, frame, (y, x), 16]
    frames = (near[:, :, 0, :, None] * near[:, :, 1, None, :]).reshape(batch, 3, 256)
    return frames[:, :2].reshape(batch, 512), frames[:, 1:].reshape(batch, 512)


def add16(torch):
    """c = a + b of 16 floats, recorded for a backward pass that never comes: nothing but the cost of one operation."""
    a, b = torch.ones(16, requires_grad=True), torch.ones(16)

    def run(count):
        for _ in itertools.repeat(None, count):
            a + b

    return run


# workload -> (its maker, steps of the warm-up)
WORKLOADS = {"dvd_step": (dvd_step, 50), "add16": (add16, 20000)}


def about(torch):
    """Which libraries were really loaded: the environment only says which were wished for."""
    with open("/proc/self/maps") as maps:
        mapped = {os.path.realpath(line.split()[-1]) for line in maps if "/" in line}
    blas = sorted("/".join(path.split("/")[-2:]) for path in mapped if "blas" in path or "mkl" in path or "sgemm" in path)
    isa = [line.split(":")[1].strip() for line in torch.__config__.show().splitlines() if "CPU capability" in line]
    return {"torch": torch.__version__, "threads": torch.get_num_threads(), "isa": isa[0] if isa else "unknown", "blas": blas}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workload", choices=WORKLOADS)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    # OpenMP and OpenBLAS read these when they are loaded, which is at the import of torch.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(options.threads)
    import torch
    torch.set_num_threads(options.threads)

    maker, warmup = WORKLOADS[options.workload]
    run = maker(torch)
    run(warmup)
    for line in sys.stdin:
        words = line.split()
        if words == ["about"]:
            answer = about(torch)
        elif len(words) == 2 and words[0] == "go":
            begin = time.perf_counter_ns()
            run(int(words[1]))
            answer = {"us": (time.perf_counter_ns() - begin) / 1000 / int(words[1])}
        else:
            answer = {"error": "expected 'go N' or 'about'"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
