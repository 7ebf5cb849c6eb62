#!/usr/bin/env bash
# Publishes Embed for this machine as one file and measures it: size, start-up, requests per second, memory. Writes results/<name>.json, which the
# README quotes. Usage: samples/Embed/measure.sh [linux-x64]
set -euo pipefail
cd "$(dirname "$0")/../.."
rid=${1:-linux-x64}
out=out/embed/$rid
rm -rf "$out"
dotnet publish samples/Embed -c Release -r "$rid" -o "$out"
dotnet run -c Release --project tests/TinyJepa.Soak -- bench --program "$out/Embed" --starts 40 --json "samples/Embed/results/$rid.json"
