#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs pytest in the virtual environment, without a screen and in a QGIS profile made for this run.
set -eu
cd "$(dirname "$0")/.."
rm -rf .qgis-settings  # pytest-qgis makes it here, wherever one asks it to
echo "test: pytest $*"
export QT_QPA_PLATFORM=offscreen
exec scripts/pyqgis.sh -m pytest "$@"
