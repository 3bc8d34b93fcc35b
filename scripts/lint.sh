#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every checker in turn; all are run, and one finding anywhere fails.
set -eu
cd "$(dirname "$0")/.."
tools=build/lint-venv/bin
shipped="__init__.py plugin inference"
failed=

check() {
    echo "lint: $1"
    shift
    "$@" || failed="$failed ${1##*/}"
}

structure() {
    PYTHONPATH=build/plugins .venv/bin/lint-imports --no-cache
}

secrets() {
    # Untracked files too: what is about to be committed counts.
    git ls-files -z --cached --others --exclude-standard -- ':!*.onnx' ':!*.tif' ':!*.png' ':!*.jpg' |
        xargs -0 "$tools/detect-secrets-hook" --baseline .secrets.baseline
}

qt6() {
    PYTHONPATH=build/plugins PYTHONDONTWRITEBYTECODE=1 "$tools/python" scripts/qt6_check.py
}

check "style (ruff)" "$tools/ruff" check .
check "format (ruff)" "$tools/ruff" format --check .
check "arrows between the folders (import-linter)" structure
# shellcheck disable=SC2086  # lists of words on purpose
check "security of what ships (bandit)" "$tools/bandit" -q -r -c pyproject.toml $shipped
# QGIS 3.22 brings Python 3.9 on Windows and macOS.
# shellcheck disable=SC2086
check "what ships runs in Python 3.9 (vermin)" "$tools/vermin" --target=3.9- --no-tips --violations $shipped
check "secrets (detect-secrets)" secrets
# Left out: QGS105 would have the plugin import iface, which qgis_process does not have; QGS402 would
# break QGIS 3.22; QGS2 guesses from the names of methods.
# shellcheck disable=SC2086
check "readiness for QGIS 4 (flake8-qgis)" "$tools/flake8" --isolated --select QGS1,QGS4 \
    --extend-ignore QGS105,QGS402 $shipped
check "readiness for Qt 6 (PyQt6)" qt6
if [ -n "$failed" ]; then
    echo "lint: failed:$failed" >&2
    exit 1
fi
echo "lint: all clean"
