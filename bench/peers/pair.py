#!/usr/bin/env python3
"""Drives the paired comparison with PyTorch; see run.sh for the command line and peer.py for the protocol.

Our process and one process per rival configuration are alive together, and take turns: ours, A, B, C, ours, ... All but
one wait on a pipe. Neighbouring turns see the same machine, so the ratio of a round is sound even where a time is not;
reported are medians over the rounds. The rivals get every advantage: of several processes of each configuration the
fastest takes part (some are slow for no visible reason), and our ratio is against the best configuration. We start once.
"""
import argparse
import glob
import json
import os
import shlex
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
OURS = "dotnet run -c Release --no-build --project bench -- peer"
INSTALL = "PyTorch was not found: apt install python3-torch libopenblas0-openmp, or set PYTHON to an interpreter that has it"

# name -> thread counts; an addition of 16 floats uses one thread whatever it is allowed
WORKLOADS = {"dvd_step": (1, 2), "add16": (1,)}
NOISY = 0.25    # cores used by others during a turn; with two threads one busy neighbour slows a rival's barriers 10x
SETTLE = 0.03   # seconds between turns: OpenMP threads spin for some milliseconds before they sleep


class Options(argparse.ArgumentParser):
    def error(self, message):
        print(f"pair.py: {message}", file=sys.stderr)
        sys.exit(2)


class Peer:
    """One process that answers 'go N' with its time per step."""

    def __init__(self, name, command, environment=None):
        self.name = name
        # A session of its own: `dotnet run` starts a child, and both are counted and ended together.
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, start_new_session=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            sys.exit(f"pair.py: {self.name} gave no answer to '{line}'")

    def calibrate(self, seconds):
        """Finds how many steps fill a turn; the first turns also warm the process up."""
        self.steps = 1
        for _ in range(3):
            self.steps = max(1, round(seconds * 1e6 / self.ask(f"go {self.steps}")["us"]))

    def turn(self):
        """Returns microseconds per step, and the cores that other processes used meanwhile."""
        time.sleep(SETTLE)
        begin, busy, own = time.perf_counter(), busy_seconds(), self.cpu_seconds()
        us = self.ask(f"go {self.steps}")["us"]
        others = busy_seconds() - busy - (self.cpu_seconds() - own)
        return us, max(0.0, others / (time.perf_counter() - begin))

    def cpu_seconds(self):
        """Processor time of the whole process group so far, 0 where there is no /proc."""
        ticks = 0
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path) as file:
                    fields = file.read().rpartition(")")[2].split()      # the name before it may contain blanks
            except OSError:
                continue                                                 # the process has just ended
            if int(fields[2]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def busy_seconds():
    try:
        with open("/proc/stat") as file:
            ticks = [int(x) for x in file.readline().split()[1:]]
    except OSError:
        return 0.0
    return (sum(ticks[:8]) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")     # all but idle and waiting for disks


def wait_for_quiet(options):
    """All our processes are waiting now, so any load is somebody else's (or one that spins when it should sleep)."""
    while options.patience > 0:
        begin, busy = time.perf_counter(), busy_seconds()
        time.sleep(0.2)
        elapsed = time.perf_counter() - begin
        if (busy_seconds() - busy) / elapsed < NOISY:
            return
        options.patience -= elapsed
        if options.patience <= 0:
            print("pair.py: the machine does not become quiet, measuring all the same", file=sys.stderr)


def find_torch():
    for python in filter(None, (os.environ.get("PYTHON"), sys.executable, shutil.which("python3", path="/usr/bin"))):
        if subprocess.run([python, "-c", "import torch"], stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


def cpu():
    try:
        with open("/proc/cpuinfo") as file:
            fields = dict((part.strip() for part in line.split(":", 1)) for line in file if ":" in line)
    except OSError:
        fields = {}
    return fields.get("model name", "unknown"), "avx512f" in fields.get("flags", "").split()


def rivals(scratch, wide):
    """Name -> environment of the configurations of PyTorch. A is what the system gives, B and C are tuned."""
    tuned = {
        "ATEN_CPU_CAPABILITY": "avx512" if wide else "avx2",
        # libtorch allocates every result anew. Without these, glibc returns the pages each time and the step swings
        # between two speeds. 32 MiB is the highest mapping threshold that glibc accepts; it ignores larger ones.
        "MALLOC_TRIM_THRESHOLD_": str(4 << 30), "MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TOP_PAD_": str(256 << 20)}
    found = {"A": {}}
    openblas = glob.glob("/usr/lib/*/openblas-openmp/libopenblas.so.0")
    if openblas:
        # The OpenMP build shares libtorch's thread pool; two pools on the same cores cost up to 30 times. Its own
        # choice for recent processors is Cooperlake, whose kernels are slower than SkylakeX's on several shapes.
        # OpenMP's waiting is left alone: with GOMP_SPINCOUNT=0 a step on two threads takes 4.4 ms instead of 2.8 ms.
        both = [os.path.join(os.path.dirname(openblas[0]), "libblas.so.3"), openblas[0]]
        found["B"] = {**tuned, "LD_PRELOAD": ":".join(both), "OPENBLAS_CORETYPE": "SKYLAKEX" if wide else "HASWELL"}
    else:
        print("pair.py: rival B is left out, it needs Debian's libopenblas0-openmp", file=sys.stderr)
    shim = os.path.join(scratch, "shim", "sgemm_onednn.so")
    os.mkdir(os.path.dirname(shim))
    build = ["cc", "-O2", "-shared", "-fPIC", os.path.join(HERE, "sgemm_onednn.c"), "-o", shim, "-l:libdnnl.so.2"]
    if shutil.which("cc") and subprocess.run(build, stderr=subprocess.DEVNULL).returncode == 0:
        found["C"] = {**tuned, "LD_PRELOAD": shim}
    return found


def environment(settings, threads):
    """Ours plus `settings`, without what would make the stock configuration anything else."""
    tuning = ("OMP_", "GOMP_", "KMP_", "OPENBLAS_", "ATEN_", "MKL_", "MALLOC_", "LD_PRELOAD")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(tuning)}
    # Also here, not only in peer.py: a preloaded OpenBLAS reads them before Python runs.
    return {**kept, "OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), **settings}


def fastest(name, command, settings, threads, options):
    """Starts several processes one after the other, keeps the one with the smallest median."""
    best, best_us, medians = None, float("inf"), []
    for _ in range(options.processes):
        wait_for_quiet(options)
        peer = Peer(name, command, environment(settings, threads))
        peer.calibrate(options.seconds)
        us = statistics.median(peer.turn()[0] for _ in range(5))
        medians.append(us)
        if us < best_us:
            best, best_us, peer = peer, us, best
        if peer:
            peer.stop()
    return best, medians


def compare(workload, threads, python, configurations, options):
    command = [python, os.path.join(HERE, "peer.py"), workload, "--threads", str(threads)]
    started = {name: fastest(name, command, settings, threads, options) for name, settings in configurations.items()}
    ours = Peer("ours", [*shlex.split(options.ours), workload, "--threads", str(threads)])
    ours.calibrate(options.seconds)
    peers = {"ours": ours, **{name: peer for name, (peer, _) in started.items()}}

    rounds, noisy = [], 0
    while len(rounds) < options.rounds:
        wait_for_quiet(options)
        turns = {name: peer.turn() for name, peer in peers.items()}
        # A round with a busy neighbour is repeated; when half of all rounds are noisy the machine is, and they count.
        if max(load for _, load in turns.values()) > NOISY and noisy < options.rounds:
            noisy += 1
        else:
            rounds.append(turns)

    times = {name: statistics.median(turns[name][0] for turns in rounds) for name in peers}
    ratios = {name: statistics.quantiles((turns[name][0] / turns["ours"][0] for turns in rounds), n=4) for name in started}
    best = min(started, key=times.get)
    others = statistics.mean(load for turns in rounds for _, load in turns.values())
    result = {
        "workload": workload, "threads": threads, "ours_us": times["ours"], "best_rival": best, "ratio": ratios[best][1],
        "ratio_quartiles": [ratios[best][0], ratios[best][2]], "rounds": len(rounds), "noisy_rounds_repeated": noisy,
        "others_cores": others, "quiet": others <= NOISY,
        "rivals": {name: {"us": times[name], "ratio": ratios[name][1], "processes_us": medians, **peer.ask("about")}
                   for name, (peer, medians) in started.items()}}
    for peer in peers.values():
        peer.stop()
    return result


def table(results, names):
    width = max(len(r["workload"]) for r in results)
    heads = "".join(f"{name + ' (µs)':>11}" for name in names)
    print(f"{'name':{width}}  threads  {'ours (µs)':>10}{heads}   best rival / ours")
    for r in results:
        low, high = r["ratio_quartiles"]
        print(f"{r['workload']:{width}}  {r['threads']:7}  {r['ours_us']:10.4g}"
              + "".join(f"{r['rivals'][name]['us']:11.4g}" for name in names)
              + f"   {r['ratio']:.2f}x against {r['best_rival']} ({low:.2f} to {high:.2f})"
              + ("" if r["quiet"] else f"   NOISY: others used {r['others_cores']:.2f} cores, do not quote"))


def main():
    parser = Options(prog="run.sh", description="Compares TinyJepa with PyTorch, turn by turn.", allow_abbrev=False)
    parser.add_argument("--quick", action="store_true", help="two processes per rival and 7 short rounds instead of 5 and 25")
    parser.add_argument("--threads", type=int, help="only this number of threads (default: 1 and 2)")
    parser.add_argument("--json", metavar="FILE", help="also write the results there")
    parser.add_argument("--ours", metavar="COMMAND", help=f"starts our side; the workload is appended (default: {OURS})")
    options = parser.parse_args()
    if options.threads is not None and options.threads < 1:
        parser.error("--threads must be at least 1")
    options.processes, options.rounds, options.seconds = (2, 7, 0.1) if options.quick else (5, 25, 0.2)
    options.patience = 60 if options.quick else 300      # seconds to spend in all on waiting for a quiet machine

    python = find_torch()
    if not python:
        print(INSTALL, file=sys.stderr)
        sys.exit(3)
    if not options.ours:
        options.ours = OURS
        build = subprocess.run(["dotnet", "build", "bench", "-c", "Release", "-v", "quiet", "-nologo"], cwd=ROOT)
        if build.returncode != 0:
            sys.exit("pair.py: our side did not build")

    model, wide = cpu()
    with tempfile.TemporaryDirectory() as scratch:
        configurations = rivals(scratch, wide)
        cores = len(os.sched_getaffinity(0))
        results = []
        for workload, usual in WORKLOADS.items():
            for threads in [options.threads] if options.threads else [n for n in usual if n <= cores]:
                print(f"{workload}, {threads} thread(s) ...", file=sys.stderr)
                results.append(compare(workload, threads, python, configurations, options))
    table(results, list(configurations))
    if options.json:
        sdk = subprocess.run(["dotnet", "--version"], cwd=ROOT, capture_output=True, text=True).stdout.strip()
        # Library paths differ between machines; their last two parts say which library it was.
        short = {name: {key: ":".join("/".join(p.split("/")[-2:]) for p in value.split(":")) if key == "LD_PRELOAD" else value
                        for key, value in settings.items()} for name, settings in configurations.items()}
        with open(options.json, "w") as file:
            json.dump({"cpu": model, "cores": cores, "avx512": wide, "dotnet_sdk": sdk, "configurations": short,
                       "results": results}, file, indent=1)
            file.write("\n")


if __name__ == "__main__":
    main()
