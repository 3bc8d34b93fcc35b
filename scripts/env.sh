#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sets up what GeoSift needs: scripts/env.sh [run] [test] [lint]
#   run    QGIS with its Python packages, the link build/plugins/geosift, .venv with the plugin's packages
#   test   run, and what the tests and the training need (torch among it) in .venv
#   lint   the checkers, in build/lint-venv
# Safe to repeat: what is there stays, and looking takes a fraction of a second.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
# Not whichever python3 comes first on PATH: only Debian's own sees Debian's QGIS.
python=/usr/bin/python3
unset PYTHONHOME PYTHONPATH VIRTUAL_ENV
packages="qgis python3-qgis qgis-providers python3-rasterio python3-opencv python3-numpy python3-gdal
gdal-bin python3-venv xvfb xauth fonts-dejavu-core ca-certificates git"

say() { printf 'env: %s\n' "$*" >&2; }

missing_packages() {
    command -v dpkg-query >/dev/null || return 0
    for package in $packages; do
        dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
    done
}

install_packages() {
    missing=$(missing_packages)
    if [ -z "$missing" ]; then
        return 0
    fi
    if ! command -v apt-get >/dev/null; then
        say "no apt-get here: install QGIS 3.22 or later with its Python, rasterio, OpenCV and xvfb, then run this again"
        exit 1
    fi
    if [ "$(id -u)" = 0 ]; then
        sudo=
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        sudo="sudo -n"
    else
        say "these system packages are missing and only an administrator can install them. Please run:"
        printf '    sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n' "$missing" >&2
        exit 1
    fi
    say "installing with apt (about two minutes): $missing"
    $sudo apt-get -qq update
    # shellcheck disable=SC2086  # a list of words on purpose
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends \
        $missing >build/apt.log 2>&1 || { tail -n 20 build/apt.log >&2; exit 1; }
}

link_plugin() {
    mkdir -p build/plugins
    if [ "$(readlink build/plugins/geosift 2>/dev/null)" != ../.. ]; then
        say "linking build/plugins/geosift to this folder"
        ln -sfn ../.. build/plugins/geosift
    fi
}

# make_venv FOLDER OPTION...: a virtual environment of Debian's Python, made anew when it is another one's.
make_venv() {
    folder=$1
    shift
    if [ -x "$folder/bin/python" ] && grep -qx 'home = /usr/bin' "$folder/pyvenv.cfg" \
        && grep -qx "version = $("$python" -c 'import platform; print(platform.python_version())')" "$folder/pyvenv.cfg" \
        && grep -qF "$root/$folder" "$folder/bin/activate"; then
        return 0
    fi
    say "making the virtual environment $folder"
    "$python" -m venv --clear "$@" "$folder"
}

# install_requirements FOLDER FILE: only when FILE or its constraints changed since the last time.
install_requirements() {
    stamp=$1/.geosift-$(basename "$2" .txt)
    wanted=$(cat requirements.txt "$2" constraints.txt | sha256sum)
    if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
        return 0
    fi
    say "installing the packages of $2 into $1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check -r "$2"
    printf '%s\n' "$wanted" >"$stamp"
}

run_env() {
    install_packages
    link_plugin
    make_venv .venv --system-site-packages
    install_requirements .venv requirements.txt
}

mkdir -p build
# One at a time: two makes at once must not install into the same folders.
exec 9>build/.env-lock
flock 9
for part in "${@:-run}"; do
    case $part in
        run) run_env ;;
        test) run_env; install_requirements .venv requirements-test.txt ;;
        lint) install_packages; make_venv build/lint-venv; install_requirements build/lint-venv requirements-lint.txt ;;
        *) say "unknown part '$part': expected run, test or lint"; exit 2 ;;
    esac
done
