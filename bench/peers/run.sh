#!/bin/sh
# Compares TinyJepa with PyTorch, turn by turn on this machine:  bench/peers/run.sh [--quick] [--threads N] [--json FILE]
# PYTHON names an interpreter that has PyTorch, if it is not the first python3 on the path or the system's own.
command -v python3 >/dev/null || { echo "run.sh: needs python3 (Debian: python3 python3-torch libopenblas0-openmp)" >&2; exit 3; }
exec python3 "$(dirname "$0")/pair.py" "$@"
