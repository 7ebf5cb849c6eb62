"""Who is there to compare with: PyTorch in several configurations, ONNX Runtime, TorchSharp."""
import glob
import json
import os
import shlex
import shutil
import subprocess
import sys

from turns import HERE, Left, Peer, narrow

INSTALL = "PyTorch was not found: apt install python3-torch libopenblas0-openmp, or set PYTHON to an interpreter that has it"
PROBE = """import json, os, torch
with open('/proc/self/maps') as maps: loaded = {os.path.basename(line.split()[-1]) for line in maps if '/' in line}
print(json.dumps({'version': torch.__version__, 'debian': any(name.startswith('libblas.so') for name in loaded)}))"""


def find_torch():
    """(interpreter, its version, whether its matrix products go through the system's libblas) or None."""
    for python in filter(None, (os.environ.get("PYTHON"), sys.executable, shutil.which("python3", path="/usr/bin"))):
        try:
            probe = subprocess.run([python, "-c", PROBE], stderr=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        except OSError:
            continue
        if probe.returncode == 0:
            answer = json.loads(probe.stdout)
            return python, answer["version"], answer["debian"]
    return None


def torch_configurations(scratch, wide, debian):
    """Name -> environment. A is what the system gives; the others are tuned."""
    base = {} if not narrow() else {
        "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "HASWELL",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2"}
    # libtorch allocates every result anew. Without these, glibc returns the pages each time and the step swings between two
    # speeds. 32 MiB is the highest mapping threshold that glibc accepts; it ignores larger ones.
    memory = {"MALLOC_TRIM_THRESHOLD_": str(4 << 30), "MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TOP_PAD_": str(256 << 20)}
    found = {"A": base}
    if not debian:
        found["B"] = {**base, **memory}
        print("pair.py: this PyTorch brings its own BLAS; rivals are A as it is and B with its memory kept", file=sys.stderr)
        return found
    tuned = {**base, **memory, "ATEN_CPU_CAPABILITY": "avx512" if wide else "avx2"}
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
    if compiled("sgemm_onednn.c", shim, "-shared", "-fPIC", "-l:libdnnl.so.2"):
        found["C"] = {**tuned, "LD_PRELOAD": shim}
    else:
        print("pair.py: rival C is left out, it needs a C compiler and Debian's libdnnl2", file=sys.stderr)
    return found


def compiled(source, target, *options):
    return bool(shutil.which("cc")) and subprocess.run(
        ["cc", "-O2", os.path.join(HERE, source), "-o", target, *options], stderr=subprocess.DEVNULL).returncode == 0


def environment(settings, threads):
    """Ours plus `settings`, without what would make the stock configuration anything else."""
    tuning = ("OMP_", "GOMP_", "KMP_", "OPENBLAS_", "ATEN_", "MKL_", "MALLOC_", "LD_PRELOAD", "DNNL_", "ONEDNN_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(tuning)}
    # Also here, not only in torch_peer.py: a preloaded OpenBLAS reads them before Python runs.
    return {**kept, **{f"{name}_NUM_THREADS": str(threads) for name in ("OMP", "OPENBLAS", "MKL")}, **settings}


def torch_command(python, threads):
    return [python, os.path.join(HERE, "torch_peer.py"), "--threads", str(threads)]


def onnx_runtime(scratch, python, rows):
    """Compiles the driver and exports the models: (driver, library, folder of models) or None, with one line that says why."""
    library = onnx_library()
    reason = None
    if narrow():
        reason = "it cannot be held to AVX2"
    elif not library:
        reason = "npm i onnxruntime-node --ignore-scripts in a folder, and name it in ORT_LIBRARY"
    driver, models = os.path.join(scratch, "ort_peer"), os.path.join(scratch, "models")
    if not reason and not compiled("ort_peer.c", driver, "-ldl", "-lm"):
        reason = "its driver needs a C compiler"
    if not reason:
        os.mkdir(models)
        export = subprocess.run([python, os.path.join(HERE, "onnx_export.py"), models, *rows], env=environment({}, 1),
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if export.returncode != 0:
            reason = f"the models could not be exported ({export.stderr.strip().splitlines()[-1]})"
    if reason:
        print(f"pair.py: ONNX Runtime is left out: {reason}", file=sys.stderr)
        return None
    return driver, library, models


def onnx_library():
    """ORT_LIBRARY is the library, or a folder with it somewhere inside: where `npm i onnxruntime-node` was called, for one."""
    place = os.environ.get("ORT_LIBRARY")
    if not place or os.path.isfile(place):
        return place
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(os.uname().machine, "")
    found = glob.glob(os.path.join(place, "**", "libonnxruntime.so*"), recursive=True)
    fitting = [path for path in found if f"/{machine}/" in path] or [path for path in found if "/linux/" not in path]
    return min(fitting, default=None)


def start(options, threads, torch, configurations, onnx, cores):
    """Everybody, as {name: Peer}, ours first."""
    ours = shlex.split(options.ours)
    peers = {"ours": Peer("ours", [*ours, "--threads", str(threads)], environment({}, threads), cores)}
    peers["ours"].ask("about")
    if options.base:                                        # alone: more processes are more noise
        peers["base"] = Peer("base", [*shlex.split(options.base), "--threads", str(threads)], environment({}, threads), cores)
        return peers
    sharp = Peer("TorchSharp", [*ours[:-1], "torchsharp", "--threads", str(threads)], environment({}, threads), cores)
    try:
        sharp.ask("about")
    except Left:                                            # it has said itself how to build it
        sharp.stop()
        sharp = None
    for name, settings in configurations.items():
        peers[name] = Peer(name, torch_command(torch[0], threads), environment(settings, threads), cores)
    if onnx:
        driver, library, models = onnx
        peers["ORT"] = Peer("ORT", [driver, library, models, str(threads)], environment({}, threads), cores)
    if sharp:
        peers["TorchSharp"] = sharp
    return peers
