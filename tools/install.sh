#!/bin/sh
# Make the virtual environment: install.sh PYTHON FOLDER
set -eu
python=$1
venv=$2

command -v "$python" >/dev/null || python=python3
"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "Python 3.11 is needed (bpy 4.5 runs on no other); set PYTHON=/path/to/python3.11" >&2
    exit 1
}

# mediapipe loads these at run time; bpy needs the X and audio libraries.
if [ "$(uname)" = Linux ]; then
    missing=
    for pair in libEGL.so.1:libegl1 libGLESv2.so.2:libgles2 libGL.so.1:libgl1 libXi.so.6:libxi6 \
        libXxf86vm.so.1:libxxf86vm1 libXfixes.so.3:libxfixes3 libXrender.so.1:libxrender1 \
        libSM.so.6:libsm6 libxkbcommon.so.0:libxkbcommon0; do
        "$python" -c "import ctypes; ctypes.CDLL('${pair%%:*}')" 2>/dev/null ||
            missing="$missing ${pair##*:}"
    done
    if [ -n "$missing" ]; then
        echo "installing system libraries:$missing"
        sudo=
        [ "$(id -u)" = 0 ] || sudo=sudo
        # shellcheck disable=SC2086
        $sudo apt-get update -q && $sudo apt-get install -q -y --no-install-recommends $missing || {
            echo "could not install them; ask your administrator for:$missing" >&2
            exit 1
        }
    fi
fi

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --constraint constraints.txt --editable '.[blender,dev]'
