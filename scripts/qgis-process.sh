#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# qgis_process with GeoSift: scripts/qgis-process.sh run geosift:segment -- INPUT=a.tif OUTPUT=b.tif
# Output and exit code are qgis_process's own.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/qgis-env.sh"

# Debian 12's wrapper `qgis_process` adds an option that its QGIS does not know.
program=$(command -v qgis_process.bin || command -v qgis_process) || {
    echo "qgis_process is not installed: run 'make env' first" >&2
    exit 1
}
profile=${GEOSIFT_PROFILE:-$root/build/qgis-process-profile}
QGIS_CUSTOM_CONFIG_PATH=$profile
QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
export QGIS_CUSTOM_CONFIG_PATH QT_QPA_PLATFORM

# QGIS fills a new profile with databases at its first start; two first starts at once would do so
# over each other. So the first waits for nobody, and the others for it. What that start says is
# no matter: were anything wrong, the real one says it again.
if [ ! -e "$profile/.ready" ]; then
    mkdir -p "$profile"
    (
        flock 9
        if [ ! -e "$profile/.ready" ]; then
            enable_plugin "$profile"
            "$program" plugins >/dev/null 2>&1 </dev/null && touch "$profile/.ready"
        fi
    ) 9>"$profile/.lock" || :
fi
exec "$program" "$@"
