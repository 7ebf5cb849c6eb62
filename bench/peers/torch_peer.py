#!/usr/bin/env python3
"""One PyTorch process of the paired comparison:  python3 torch_peer.py --threads N

Reads one command per line from standard input and answers each with one line of JSON:
    use ROW   prepares a row, warms it up and keeps the fastest of its spellings: {"us": ..., "variant": "foreach"}
    go N      repeats it N times and says {"us": microseconds of one}
    check     what the row computes: {"y": {"length": ..., "norm": ..., "values": [evenly spaced numbers]}}
    about     says which torch, BLAS and instruction set this process really uses
Between commands it blocks on the pipe, so that a driver can run several such processes turn by turn.
"""
import argparse
import gc
import json
import os
import sys
import time
import warnings

PROBES = 97             # numbers of a result that are shown, as in ../Peer.cs
WARM = 0.1              # seconds; there is no compiler to wait for


def timed(run, count):
    begin = time.perf_counter_ns()
    run(count)
    return (time.perf_counter_ns() - begin) / 1000 / count


def fastest(variants):
    """Warms up every spelling and returns the name and function of the fastest, with its time."""
    best = None
    for name, run in variants.items():
        begin, count = time.perf_counter(), 1
        try:
            run(1)
        except RuntimeError:                                # fused optimisers are for other devices only, until PyTorch 2.4
            continue
        first = time.perf_counter() - begin
        while time.perf_counter() - begin < WARM:
            count = min(2 * count, 4096)
            run(count)
        us = min(timed(run, max(1, count // 2)) for _ in range(3 if len(variants) > 1 and first < WARM else 1))
        if best is None or us < best[0]:
            best = (us, name, run)
    return best


def check(results):
    answer = {}
    for name, tensor in results().items():
        values = tensor.detach().reshape(-1)
        probes = min(PROBES, len(values))
        shown = [values[i * (len(values) - 1) // max(1, probes - 1)].item() for i in range(probes)]
        answer[name] = {"length": len(values), "norm": values.double().norm().item(), "values": shown}
    return answer


def about(torch):
    """Which libraries were really loaded: the environment only says which were wished for."""
    with open("/proc/self/maps") as maps:
        mapped = {os.path.realpath(line.split()[-1]) for line in maps if "/" in line}
    blas = sorted("/".join(path.split("/")[-2:]) for path in mapped if any(part in path for part in ("blas", "mkl", "sgemm")))
    isa = [line.split(":")[1].strip() for line in torch.__config__.show().splitlines() if "CPU capability" in line]
    built = [part.split("=")[1] for part in torch.__config__.show().replace(",", " ").split() if part.startswith("BLAS_INFO=")]
    return {"torch": torch.__version__, "threads": torch.get_num_threads(), "isa": isa[0] if isa else "unknown",
            "blas": blas or built, "cores": len(os.sched_getaffinity(0))}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()

    # OpenMP and OpenBLAS read these when they are loaded, which is at the import of torch.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(options.threads)
    import torch
    warnings.simplefilter("ignore")                         # tracing warns about shapes that are constant here
    torch.set_num_threads(options.threads)
    import torch_kernels
    import torch_models

    run = results = None
    for line in sys.stdin:
        words = line.split()
        if words == ["about"]:
            answer = about(torch)
        elif len(words) == 2 and words[0] == "use":
            run = results = row = None
            gc.collect()
            row = torch_kernels.make(torch, words[1]) or torch_models.make(torch, words[1])
            if row is None:
                answer = {"unknown": True}
            else:
                variants, results = row
                us, name, run = fastest(variants)
                answer = {"us": us, **({"variant": name} if len(variants) > 1 else {})}
        elif len(words) == 2 and words[0] == "go" and run:
            answer = {"us": timed(run, int(words[1]))}
        elif words == ["check"] and results:
            answer = check(results)
        else:
            answer = {"error": "expected 'use ROW', then 'go N' or 'check', or 'about'"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
