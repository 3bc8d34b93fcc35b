#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/package.sh ZIP: the plugin as the last commit has it, checked against the rules of the QGIS
# plugin repository (package_rules.py). A zip that breaks one is not kept.
set -eu
zip=$(realpath -m "$1")
cd "$(dirname "$0")/.."

mkdir -p "${zip%/*}"
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
    echo "package: note: changes that are not committed are not in it" >&2
fi
echo "package: archiving $(git rev-parse --short HEAD)"
git archive --format=zip -9 --prefix=geosift/ --output="$zip" HEAD
/usr/bin/python3 scripts/package_rules.py "$zip" || {
    rm -f "$zip"
    exit 1
}
