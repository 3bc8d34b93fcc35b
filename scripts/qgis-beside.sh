#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# scripts/qgis-beside.sh FOLDER: the QGIS of Debian 12's backports (3.40) unpacked into FOLDER, beside the
# installed 3.22 and without touching it; `. FOLDER/env.sh` then makes it the one that is found.
# It shares the installed QGIS's libraries (Qt, GDAL, Python), so `make env` comes first. Needs a network.
set -eu
folder=$(realpath -m "$1")
suite=bookworm-backports
packages="qgis python3-qgis qgis-providers"

say() { printf 'qgis-beside: %s\n' "$*" >&2; }

if [ -e "$folder/env.sh" ]; then
    exit 0
fi
if ! grep -qs '^VERSION_CODENAME=bookworm$' /etc/os-release || ! command -v apt-get >/dev/null; then
    say "this unpacks packages of Debian 12, and this is another system: run 'make test' with a QGIS 3.40 instead"
    exit 1
fi
if [ -d "$folder" ] && [ ! -d "$folder/apt" ] && [ -n "$(ls -A "$folder")" ]; then
    say "$folder holds something else, which would be deleted: give an empty folder"
    exit 1
fi
say "unpacking QGIS of $suite into $folder (half a minute, 450 MB)"
rm -rf "$folder"
apt=$folder/apt
mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/state" "$apt/debs" "$folder/tree"

# A state of its own for apt: the system's lists and settings stay as they are.
mirror=$(sed -n '/^URIs:/{s/^URIs: *//p;q}' /etc/apt/sources.list.d/debian.sources 2>/dev/null || :)
cat >"$apt/parts/debian.sources" <<EOF
Types: deb
URIs: ${mirror:-http://deb.debian.org/debian}
Suites: bookworm bookworm-updates $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
cp /var/lib/dpkg/status "$apt/state/status"
cat >"$apt/apt.conf" <<EOF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$apt/parts";
Dir::State "$apt/state";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/state/status";
Dir::Cache "$apt/cache";
APT::Sandbox::User "$(id -un)";
EOF
APT_CONFIG=$apt/apt.conf
export APT_CONFIG
apt-get -qq update
# shellcheck disable=SC2086  # lists of words on purpose
wanted=$(apt-get -s install --no-install-recommends -t "$suite" $packages | awk '/^Inst/ {print $2}')
# shellcheck disable=SC2086
(cd "$apt/debs" && apt-get -qq -t "$suite" download $wanted)
for package in "$apt"/debs/*.deb; do
    dpkg -x "$package" "$folder/tree"
done

# One PyQt5 of two halves: the installed modules, and those of QGIS's own that came along.
python=usr/lib/python3/dist-packages
mkdir -p "$folder/site/PyQt5"
ln -sfn "/$python"/PyQt5/* "$folder/site/PyQt5/"
ln -sfn "$folder/tree/$python"/PyQt5/*.so "$folder/site/PyQt5/"
ln -sfn "$folder/tree/$python/qgis" "$folder/site/qgis"
rm -rf "$apt"
usr=$folder/tree/usr
libraries=$usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")
cat >"$folder/env.sh.part" <<EOF
LD_LIBRARY_PATH="$usr/lib:$libraries:$libraries/pulseaudio\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}"
PYTHONPATH="$folder/site:$usr/share/qgis/python:$usr/share/qgis/python/plugins\${PYTHONPATH:+:\$PYTHONPATH}"
QGIS_PREFIX_PATH="$usr"
PATH="$usr/bin:\$PATH"
export LD_LIBRARY_PATH PYTHONPATH QGIS_PREFIX_PATH PATH
EOF
mv "$folder/env.sh.part" "$folder/env.sh"
say "unpacked"
