#!/usr/bin/env python3
"""Drives the paired comparison; see ../README.md for the command line and torch_peer.py for the protocol.

Our process and one process per rival are alive together and take turns: ours, A, B, C, ours, ... All but one wait on a pipe.
Neighbouring turns see the same machine, so the ratio of a round is sound even where a time is not; reported are medians over
the rounds. The rivals get every advantage: the fastest of their usual spellings and, where it matters (rows.py says where),
of several processes takes part, and our ratio is against the best of them. We start once.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile

import report
import rivals
import rows
from turns import ROOT, Left, Peer, Quiet, narrow, pinned, rounds

OURS = "dotnet run -c Release --no-build --project bench -- peer"


class Options(argparse.ArgumentParser):
    def error(self, message):
        print(f"run.sh: {message}", file=sys.stderr)
        sys.exit(2)


def parse():
    parser = Options(prog="run.sh", description="Compares TinyJepa with PyTorch and ONNX Runtime, turn by turn.", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="a third of the rows, in fewer and shorter rounds")
    parser.add_argument("--threads", type=int, help="only this number of threads (default: 1 and 2)")
    parser.add_argument("--json", metavar="FILE", help="also write the results there")
    parser.add_argument("--only", metavar="PATTERN", action="append", help="only rows like 'gemm.nt.*' or whose name contains it; may be repeated")
    parser.add_argument("--check", action="store_true", help="compare what the rows compute instead of how fast")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--base", metavar="COMMAND", help="starts another build of our side as a rival, to compare before and after; its last word must be peer")
    parser.add_argument("--ours", metavar="COMMAND", help=f"starts our side; its last word must be peer (default: {OURS})")
    options = parser.parse_args()
    available = len(os.sched_getaffinity(0))
    if options.threads is not None and not 1 <= options.threads <= available:
        parser.error(f"--threads must be between 1 and {available}, the cores of this machine")
    options.rows = rows.select(options.only, options.quick)
    if not options.rows:
        parser.error(f"no row is like {' or '.join(options.only)}; --list prints them")
    for name in ("ours", "base"):
        if (command := getattr(options, name)) and command.split()[-1] != "peer":
            parser.error(f"--{name} must end in the word peer")
    options.counts = [options.threads] if options.threads else [n for n in (1, 2) if n <= available]
    options.seconds, options.rounds, options.processes = (0.03, 5, 2) if options.quick else (0.06, 11, 5)
    return options


def build(options):
    if options.ours:
        return
    options.ours = OURS
    sharp = ["-p:TorchSharp=true"] if os.environ.get("TORCHSHARP") == "true" else []
    made = subprocess.run(["dotnet", "build", "bench", "-c", "Release", "-v", "quiet", "-nologo", *sharp], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if made.returncode != 0:
        print(made.stdout, "run.sh: our side did not build", file=sys.stderr)
        sys.exit(2)


def prepare(peers, row, seconds):
    """Those that know the row, with what they say about it."""
    active, notes = {}, {}
    for name, peer in peers.items():
        try:
            note = peer.use(row.name, seconds)
        except Left as reason:
            print(f"pair.py: {row.name}: {reason}", file=sys.stderr)
            continue
        if note is not None:
            active[name], notes[name] = peer, note
        elif name == "ours":
            break
    return active, notes


def luckiest(name, resident, make, row, options):
    """Of several processes of one configuration the one with the smallest median, and the medians of all."""
    best, best_us, medians = resident, float("inf"), []
    for attempt in range(options.processes):
        peer = resident if attempt == 0 else make()
        if attempt:
            peer.use(row.name, options.seconds)
        us = statistics.median(peer.go() for _ in range(5))
        medians.append(us)
        if us < best_us:
            best, best_us, peer = peer, us, best
        if peer not in (resident, best):
            peer.stop()
    return best, medians


def measure(peers, row, threads, configurations, torch, cores, options, quiet):
    active, notes = prepare(peers, row, options.seconds)
    if "ours" not in active or len(active) < 2:
        return None
    extra = []
    if row.lottery and threads > 1:
        for name in set(configurations) & set(active):
            make = lambda name=name: Peer(name, rivals.torch_command(torch[0], threads), rivals.environment(configurations[name], threads), cores)
            active[name], notes[name]["processes_us"] = luckiest(name, active[name], make, row, options)
            if active[name] is not peers[name]:
                extra.append(active[name])
    slow = sum(peer.us * peer.steps for peer in active.values()) > 5e5           # microseconds of a round
    done, others, repeated = rounds(active, threads, min(options.rounds, 3 if options.quick else 7) if slow else options.rounds, quiet)
    for peer in extra:
        peer.stop()

    times = {name: statistics.median(turns[name] for turns in done) for name in active}
    ratios = {name: statistics.quantiles((turns[name] / turns["ours"] for turns in done), n=4) for name in active if name != "ours"}
    best = min(ratios, key=times.get)
    return {"row": row.name, "threads": threads, "ours_us": times["ours"], "best_rival": best, "ratio": ratios[best][1],
            "ratio_quartiles": [ratios[best][0], ratios[best][2]],
            "rounds": len(done), "noisy_rounds_repeated": repeated, "others_cores": round(others, 3),
            "rivals": {name: {"us": times[name], "ratio": ratios[name][1], **notes[name]} for name in ratios}}


def fma_peak(ours):
    """GFLOP/s on all threads: the best of several windows, since a peak is what nothing disturbed."""
    ours.use("peak.fma", 0.0005)
    operations = ours.ask("check")["operations"]["values"][0]
    return operations / (min(ours.go() for _ in range(50)) * 1e3)


def compare(options, torch, configurations, onnx):
    quiet = Quiet(60 if options.quick else 300)             # seconds to spend in all on waiting for a quiet machine
    results, about = [], {}
    for threads in options.counts:
        cores = pinned(threads)
        peers = rivals.start(options, threads, torch, configurations, onnx, cores)
        about = {name: peer.ask("about") for name, peer in peers.items()}
        peak, measured = 0.0, []
        for number, row in enumerate(options.rows, 1):
            if row.name == "op.add16" and threads > 1:      # it uses one thread whatever it is allowed
                continue
            print(f"\r{threads} thread(s), row {number} of {len(options.rows)}: {row.name}\033[K", end="", file=sys.stderr, flush=True)
            peak = max(peak, fma_peak(peers["ours"]))
            try:
                result = measure(peers, row, threads, configurations, torch, cores, options, quiet)
                reason = "it takes our side and a rival"
            except Left as failure:
                result, reason = None, failure
            if result:
                measured.append((row, result))
            else:
                print(f"\rpair.py: {row.name} is left out: {reason}\033[K", file=sys.stderr)
        print("\r\033[K", end="", file=sys.stderr)
        for row, result in measured:
            result["peak_gflops"] = peak
            result["share_of_peak"] = row.flops / (result["ours_us"] * 1e3 * peak) if row.flops else None
        results += [result for _, result in measured]
        for peer in peers.values():
            peer.stop()
        report.table([result for _, result in measured], list(peers)[1:], about, threads, peak)
        if options.json:
            report.save(options.json, results, about, configurations)


def check(options, torch, configurations, onnx):
    """Rivals in their stock configuration; the tuned ones run the same code."""
    threads = options.counts[-1]
    peers = rivals.start(options, threads, torch, {"A": configurations["A"]}, onnx, pinned(threads))
    good = True
    for row in options.rows:
        active, _ = prepare(peers, row, 0)
        if "ours" in active and len(active) > 1:
            good &= report.agreement(row.name, {name: peer.ask("check") for name, peer in active.items()})
        else:
            print(f"{row.name:22} left out: it takes our side and a rival")
    for peer in peers.values():
        peer.stop()
    sys.exit(0 if good else 1)


def main():
    options = parse()
    if options.list:
        print("\n".join(row.name for row in options.rows))
        return
    torch = None if options.base else rivals.find_torch()
    if not torch and not options.base:
        print(rivals.INSTALL, file=sys.stderr)
        sys.exit(3)
    build(options)
    with tempfile.TemporaryDirectory() as scratch:
        configurations = rivals.torch_configurations(scratch, report.cpu()[1] and not narrow(), torch[2]) if torch else {}
        onnx = rivals.onnx_runtime(scratch, torch[0], [row.name for row in options.rows]) if torch else None
        try:
            (check if options.check else compare)(options, torch, configurations, onnx)
        except Left as reason:
            print(f"run.sh: {reason}", file=sys.stderr)
            sys.exit(2)
        except KeyboardInterrupt:                           # the peers end with their pipes
            print("\nrun.sh: stopped", file=sys.stderr)
            sys.exit(130)


if __name__ == "__main__":
    main()
