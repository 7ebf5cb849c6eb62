#!/bin/sh
# Compares TinyJepa with PyTorch and ONNX Runtime, turn by turn on this machine; see ../README.md:
#   bench/peers/run.sh [--quick] [--threads N] [--only PATTERN] [--json FILE] [--base COMMAND] [--check] [--list]
# PYTHON names an interpreter that has PyTorch, if it is not the first python3 on the path or the system's own.
# ORT_LIBRARY names libonnxruntime.so.1, or a folder with it inside. TORCHSHARP=true builds that rival, where the feed has it.
command -v python3 >/dev/null || { echo "run.sh: needs python3 (Debian: python3 python3-torch libopenblas0-openmp)" >&2; exit 3; }
exec python3 "$(dirname "$0")/pair.py" "$@"
