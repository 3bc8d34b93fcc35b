#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The virtual environment's Python with `geosift` and QGIS importable, and no screen needed:
# scripts/pyqgis.sh -m geosift.inference segment IN OUT
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/scripts/qgis-env.sh"
QGIS_CUSTOM_CONFIG_PATH=$root/build/pyqgis-profile
QT_QPA_PLATFORM=${QT_QPA_PLATFORM:-offscreen}
export QGIS_CUSTOM_CONFIG_PATH QT_QPA_PLATFORM
exec "$VIRTUAL_ENV/bin/python" "$@"
