#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the tests of all that meets QGIS, on QGIS 3.40: scripts/test-beside.sh [PYTEST OPTION...]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
scripts/qgis-beside.sh build/qgis-3.40
. build/qgis-3.40/env.sh
GEOSIFT_PROFILE=$root/build/qgis-3.40/profile # the installed QGIS is older: it must not see this one's
GEOSIFT_TESTED_QGIS=3.40
export GEOSIFT_PROFILE GEOSIFT_TESTED_QGIS
# shellcheck disable=SC2046  # a list of words on purpose
exec scripts/test.sh $(grep -lE '^(from|import) (qgis|geosift\.plugin)|\bqgis_process\b[,)]' tests/test_*.py) "$@"
