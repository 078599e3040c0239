#!/bin/sh
# The wheel carries spec and suites: installed in an empty venv, volcheck runs from any folder.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
root=$(pwd)
"$BIN/python" -m build --wheel --no-isolation --outdir "$folder/dist" . >"$folder/build.log" 2>&1 || { cat "$folder/build.log"; exit 1; }
"$PYTHON3" -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq --constraint "$root/constraints.txt" "$folder"/dist/*.whl
mkdir "$folder/elsewhere"
cd "$folder/elsewhere"
"$folder/venv/bin/volcheck" run
for report in result.json report.html junit.xml summary.md traffic.har; do
    test -s "reports/$report" || { echo "the run from the wheel has not written reports/$report"; exit 1; }
done
echo "the wheel runs from an empty venv in a foreign folder"
