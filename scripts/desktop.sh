#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Opens QGIS with the plugin, the sample project and the dock, in a profile of its own.
# Without a screen it does so on a virtual one, runs, saves a picture of the window, and ends.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/qgis-env.sh"
folder=$root/build/desktop
project=$folder/sample.qgs
picture=$folder/window.png
mkdir -p "$folder"
if [ ! -e "$project" ] || [ "$root/resources/sample/scene.tif" -nt "$project" ]; then
    echo "desktop: making the sample project $project"
    "$root/scripts/pyqgis.sh" "$root/scripts/sample_project.py" "$root/resources/sample/scene.tif" "$project"
fi
enable_plugin "$folder/profile"
program=$(command -v qgis) || {
    echo "QGIS is not installed: run 'make env' first" >&2
    exit 1
}
set -- "$program" --nologo --noversioncheck --profiles-path "$folder/profile" \
    --project "$project" --code "$root/scripts/desktop_start.py"
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    echo "desktop: opening QGIS"
    exec "$@"
fi
echo "desktop: no screen here (DISPLAY is not set): QGIS opens on a virtual one for a picture of its window"
rm -f "$picture"
GEOSIFT_PICTURE=$picture QT_QPA_PLATFORM=xcb LIBGL_ALWAYS_SOFTWARE=1 \
    timeout 120 xvfb-run -a -s '-screen 0 1440x900x24' "$@" >"$folder/qgis.log" 2>&1 || :
if [ ! -s "$picture" ]; then
    echo "desktop: QGIS did not come up; the end of $folder/qgis.log:" >&2
    tail -n 20 "$folder/qgis.log" >&2
    exit 1
fi
echo "desktop: saved $picture"
