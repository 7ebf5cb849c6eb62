"""The table, the file and the comparison of results."""
import json
import math
import os
import subprocess

from turns import NOISY, ROOT, narrow

TOLERANCE = 1e-3        # of a result's root mean square: float32 sums of different order differ by far less, different work by far more
LOOSE = 0.1             # results that depend on random directions, which their names say by a leading ~


def cpu():
    """(name, whether it has AVX-512)"""
    try:
        with open("/proc/cpuinfo") as file:
            fields = dict((part.strip() for part in line.split(":", 1)) for line in file if ":" in line)
    except OSError:
        fields = {}
    return fields.get("model name", "unknown"), "avx512f" in fields.get("flags", "").split()


def number(us):
    """Four digits of microseconds, whatever their size."""
    return f"{us:.0f}" if us >= 1000 else f"{us:.4g}"


def table(results, rivals, about, threads, peak):
    (model, avx512), ours = cpu(), about["ours"]
    state = "absent" if not avx512 else "switched off on both sides" if narrow() else "present"
    print(f"\n{model}, {len(os.sched_getaffinity(0))} cores, AVX-512 {state};"
          f" {threads} thread(s), each side at most {peak / threads:.1f} GFLOP/s a thread")
    print(f"ours: .NET {ours['runtime']}, packs of {ours['lanes']} bits, {ours['threads']} thread(s)")
    for name in rivals:
        if name in about:
            print(f"{name}: " + ", ".join(f"{key} {' '.join(value) if isinstance(value, list) else value}" for key, value in about[name].items()))

    width = max([len(r["row"]) for r in results] + [len("us per call")])
    heads = "".join(f"{name:>10}" for name in rivals)
    print(f"\n{'us per call':{width}} threads {'ours':>9}{heads}  {'best rival / ours':>25}  of peak")
    for r in results:
        low, high = r["ratio_quartiles"]
        cells = "".join(f"{number(r['rivals'][name]['us']) if name in r['rivals'] else '-':>10}" for name in rivals)
        ratio = f"{r['ratio']:.2f}x {r['best_rival']} ({low:.2f} to {high:.2f})"
        share = f"{100 * r['share_of_peak']:.0f} %" if r["share_of_peak"] else ""
        print(f"{r['row']:{width}} {r['threads']:7} {number(r['ours_us']):>9}{cells}  {ratio:>25} {share:>8}"
              + ("" if r["others_cores"] <= NOISY else f"   NOISY: others used {r['others_cores']:.2f} cores, do not quote"))
    quiet = [r for r in results if r["others_cores"] <= NOISY]
    for kind in dict.fromkeys(r["row"].split(".")[0] for r in quiet):
        ratios = [r["ratio"] for r in quiet if r["row"].split(".")[0] == kind]
        if len(ratios) > 2:
            print(f"{kind}: {math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}x in the geometric mean of {len(ratios)} quiet rows, {min(ratios):.2f}x at worst")


def save(path, results, about, configurations):
    model, avx512 = cpu()
    run = lambda *command: subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    # Library paths differ between machines; their last two parts say which library it was.
    short = {name: {key: ":".join("/".join(p.split("/")[-2:]) for p in value.split(":")) if key == "LD_PRELOAD" else value
                    for key, value in settings.items()} for name, settings in configurations.items()}
    try:
        sdk, commit = run("dotnet", "--version"), run("git", "rev-parse", "--short", "HEAD") + ("+" if run("git", "status", "--porcelain") else "")
    except OSError:                                         # a machine with our published program only
        sdk = commit = ""
    with open(path, "w") as file:
        json.dump({"cpu": model, "cores": len(os.sched_getaffinity(0)), "avx512": avx512 and not narrow(),
                   "dotnet_sdk": sdk, "commit": commit, "about": about, "configurations": short, "results": results}, file, indent=1)
        file.write("\n")


def agreement(row, answers):
    """Prints how far every side's numbers are from ours; False if too far."""
    good, ours = True, answers.pop("ours")
    for name, theirs in answers.items():
        worst, where = 0.0, "nothing"
        for key in sorted(ours.keys() & theirs.keys()):
            a, b = ours[key], theirs[key]
            scale = max(b["norm"] / math.sqrt(max(1, b["length"])), 1e-30)
            errors = [abs(x - y) / scale for x, y in zip(a["values"], b["values"])] + [abs(a["norm"] - b["norm"]) / max(b["norm"], 1e-30)]
            error = max(errors) * (TOLERANCE / LOOSE if key.startswith("~") else 1)
            if a["length"] != b["length"] or math.isnan(error):
                error = math.inf
            if error >= worst:
                worst, where = error, key
        good &= worst < TOLERANCE and where != "nothing"
        print(f"{row:22} {name:10} {'agrees' if worst < TOLERANCE and where != 'nothing' else 'DIFFERS'}: {worst:.1e} at worst, in {where}")
    return good
