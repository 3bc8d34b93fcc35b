#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/check-package.sh ZIP: everything the zip has to pass before it is published. What is looked at
# is what comes out of the zip, not this folder: the repository's gates first, then a new user's way.
set -eu
zip=$(realpath -m "$1")
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
tools=$root/build/lint-venv/bin
work=$root/build/check-package

scripts/package.sh "$zip"
rm -rf "$work"
mkdir -p "$work/content"
/usr/bin/python3 -m zipfile -e "$zip" "$work/content"
cd "$work/content"

echo "check-package: security (bandit, no findings and none silenced by a setting)"
"$tools/bandit" -q -r geosift

# The baseline in the zip says what was looked at by a person: sums of networks in their cards.
echo "check-package: secrets (detect-secrets)"
find geosift -type f ! -name metadata.txt ! -name '*.onnx' ! -name '*.tif' ! -name '*.png' -print0 |
    xargs -0 "$tools/detect-secrets-hook" --baseline geosift/.secrets.baseline

# Left out: E203 and W503, which the formatter decides; QGS105 would have the plugin import iface, which
# qgis_process does not have; QGS402 would break QGIS 3.22; QGS2 guesses from the names of methods.
echo "check-package: quality (flake8, flake8-qgis)"
"$tools/flake8" --isolated --max-line-length=120 --extend-ignore=E203,W503,QGS105,QGS402,QGS2 geosift

cd "$root"
/usr/bin/python3 scripts/new_user.py "$zip" "$work/new-user"
echo "check-package: all clean"
