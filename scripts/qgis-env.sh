# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced by the scripts that start QGIS, with `root` set to the repository: the virtual environment
# made visible as `activate` does (else sys.executable inside QGIS is another Python), the plugin on
# its path, and nothing of the user's own QGIS profile touched.
plugins=$root/build/plugins
VIRTUAL_ENV=$root/.venv
PATH=$VIRTUAL_ENV/bin:$PATH
PYTHONPATH=$plugins${PYTHONPATH:+:$PYTHONPATH}
QGIS_PLUGINPATH=$plugins
unset PYTHONHOME QGIS_OPTIONS_PATH
export VIRTUAL_ENV PATH PYTHONPATH QGIS_PLUGINPATH

if [ ! -e "$plugins/geosift" ] || [ ! -x "$VIRTUAL_ENV/bin/python" ]; then
    echo "GeoSift is not set up in $root: run 'make env' there first" >&2
    exit 1
fi
if [ ! -w "${XDG_RUNTIME_DIR:-/nonexistent}" ]; then
    XDG_RUNTIME_DIR=$root/build/runtime
    mkdir -p "$XDG_RUNTIME_DIR"
    chmod 0700 "$XDG_RUNTIME_DIR"
    export XDG_RUNTIME_DIR
fi

# enable_plugin PROFILES: settings for a fresh profile folder that load GeoSift.
enable_plugin() {
    settings=$1/profiles/default/QGIS/QGIS3.ini
    if [ ! -e "$settings" ]; then
        mkdir -p "${settings%/*}"
        printf '[PythonPlugins]\ngeosift=true\n' >"$settings"
    fi
}
