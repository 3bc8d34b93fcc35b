#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/package.sh ZIP: the plugin as the last commit has it, checked against what the QGIS plugin
# repository asks for: one top folder, its obligatory files, nothing hidden, at most 25,000,000 bytes.
set -eu
zip=$(realpath -m "$1")
cd "$(dirname "$0")/.."
limit=25000000

refuse() {
    echo "package: refused: $*" >&2
    rm -f "$zip"
    exit 1
}

mkdir -p "${zip%/*}"
if [ -n "$(git status --porcelain --untracked-files=no)" ]; then
    echo "package: note: changes that are not committed are not in it" >&2
fi
echo "package: archiving $(git rev-parse --short HEAD)"
git archive --format=zip -9 --prefix=geosift/ --output="$zip" HEAD

content=$(/usr/bin/python3 -m zipfile --list "$zip" | sed '1d; s/  *[0-9-]* [0-9:]* *[0-9]*$//')
for file in LICENSE metadata.txt __init__.py; do
    printf '%s\n' "$content" | grep -qx "geosift/$file" || refuse "geosift/$file is missing: commit it"
done
odd=$(printf '%s\n' "$content" | grep -E '(^|/)\.(git|ci|venv)|__pycache__|\.(pyc|so|dll|exe|sh|whl)$') || odd=
[ -z "$odd" ] || refuse "these do not belong into a plugin: $odd"
bytes=$(stat -c %s "$zip")
[ "$bytes" -le "$limit" ] || refuse "$bytes bytes, and the plugin repository takes at most $limit"
files=$(printf '%s\n' "$content" | grep -vc '/$')
echo "package: $zip: $bytes bytes of at most $limit, $files files"
