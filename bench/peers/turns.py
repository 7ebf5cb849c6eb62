"""Processes that take turns, the cores they may use, and how quiet the machine is meanwhile."""
import glob
import json
import os
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
NOISY = 0.25    # cores used by others during a round; with two threads one busy neighbour slows a rival's barriers 10x
SETTLE = 0.03   # seconds between turns of several threads: OpenMP's and others' threads spin for some milliseconds before they sleep
TICK = os.sysconf("SC_CLK_TCK")


class Left(Exception):
    """A peer that could not start or has ended."""


class Peer:
    """One process that answers lines with lines of JSON."""

    def __init__(self, name, command, environment, cores):
        self.name, self.steps, self.us, self.pids = name, 1, 0.0, []
        pin = (lambda: os.sched_setaffinity(0, cores)) if cores else None
        # A session of its own: `dotnet run` starts a child, and both are counted and ended together.
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, start_new_session=True, preexec_fn=pin,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, line):
        try:
            self.process.stdin.write(line + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        except (BrokenPipeError, json.JSONDecodeError):
            raise Left(f"{self.name} gave no answer to '{line}'") from None
        if "error" in answer:
            raise Left(f"{self.name} answers '{line}' with: {answer['error']}")
        return answer

    def use(self, row, seconds):
        """Prepares a row and finds how many calls fill a turn; None if this peer does not know it."""
        answer = self.ask(f"use {row}")
        if "unknown" in answer:
            return None
        self.steps, self.pids = 1, self.pids or group(self.process.pid)
        us = answer["us"]
        for _ in range(2 if us < seconds * 1e6 else 0):
            self.steps = max(1, round(seconds * 1e6 / us))
            us = self.go()
        self.steps, self.us = max(1, round(seconds * 1e6 / us)), us
        return {key: value for key, value in answer.items() if key != "us"}

    def go(self):
        return self.ask(f"go {self.steps}")["us"]

    def cpu_seconds(self):
        """Processor time so far, 0 where there is no /proc."""
        return sum(own_seconds(pid) for pid in self.pids)

    def stop(self):
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)


def group(leader):
    """The processes of a session."""
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                fields = file.read().rpartition(")")[2].split()          # the name before it may contain blanks
        except OSError:
            continue                                                     # the process has just ended
        if int(fields[2]) == leader:
            found.append(int(path.split("/")[2]))
    return found


def own_seconds(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK
    except OSError:
        return 0.0


def busy_seconds():
    try:
        with open("/proc/stat") as file:
            ticks = [int(x) for x in file.readline().split()[1:]]
    except OSError:
        return 0.0
    return (sum(ticks[:8]) - ticks[3] - ticks[4]) / TICK                 # all but idle and waiting for disks


class Quiet:
    """Waits for a quiet machine, with limited patience over the whole run."""

    def __init__(self, patience):
        self.patience = patience

    def wait(self):
        """All our processes are waiting now, so any load is somebody else's (or one that spins when it should sleep)."""
        while self.patience > 0:
            begin, busy = time.perf_counter(), busy_seconds()
            time.sleep(0.2)
            elapsed = time.perf_counter() - begin
            if (busy_seconds() - busy) / elapsed < NOISY:
                return
            self.patience -= elapsed
            if self.patience <= 0:
                print("pair.py: the machine does not become quiet, measuring all the same", file=sys.stderr)


def round_of_turns(peers, threads):
    """One turn each: ({name: microseconds of one call}, cores that other processes used meanwhile)."""
    begin, busy = time.perf_counter(), busy_seconds()
    own = sum(peer.cpu_seconds() for peer in peers.values()) + time.process_time()
    times = {}
    for name, peer in peers.items():
        if threads > 1:
            time.sleep(SETTLE)
        times[name] = peer.go()
    own = sum(peer.cpu_seconds() for peer in peers.values()) + time.process_time() - own
    elapsed = time.perf_counter() - begin
    # Processor time is counted in ticks of 10 ms, a process may be off by one either way.
    return times, max(0.0, (busy_seconds() - busy - own - len(peers) / TICK) / elapsed)


def rounds(peers, threads, wanted, quiet):
    """Interleaved rounds. A round with a busy neighbour is repeated; when half of all rounds are noisy the machine is, and they count."""
    done, loads, repeated = [], [], 0
    while len(done) < wanted:
        times, load = round_of_turns(peers, threads)
        if load > NOISY and repeated < wanted:
            repeated += 1
            quiet.wait()
        else:
            done.append(times)
            loads.append(load)
    return done, statistics.mean(loads), repeated


def pinned(threads):
    """The cores for so many threads, on different physical ones as far as there are; None to leave it to the system: it moves a single
    thread away from neighbours better than we could."""
    allowed = sorted(os.sched_getaffinity(0))
    if threads == 1 or threads >= len(allowed):
        return None
    seen, first, second = set(), [], []
    for core in allowed:
        try:
            with open(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list") as file:
                place = file.read()
        except OSError:
            place = core
        (second if place in seen else first).append(core)
        seen.add(place)
    return set((first + second)[:threads])


def narrow():
    """Whether our side is told to do without AVX-512; the rivals then do, too."""
    return any(os.environ.get(f"DOTNET_{name}") == "0" for name in ("EnableAVX512", "EnableAVX2", "EnableAVX", "EnableHWIntrinsic"))
