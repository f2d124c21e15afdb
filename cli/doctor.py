"""``evp doctor``: what is installed, what is missing, which device is used and why."""

from __future__ import annotations

import argparse
import ctypes.util
import sys
from typing import Any

from ..core.errors import EvpError
from ..core.report import package_versions
from ..core.store import file_digest

LINUX_LIBRARIES = {"EGL": "libegl1", "GLESv2": "libgles2"}


def add_commands(commands: Any) -> None:
    """Add ``doctor``."""
    parser = commands.add_parser("doctor", help="say what is installed", description=__doc__)
    parser.set_defaults(command=doctor)


def doctor(options: argparse.Namespace) -> int:
    """Print versions, system libraries, device and weights; 2 where something is missing."""
    missing = []
    for name, version in package_versions().items():
        print(f"{name:16} {version}")
        if version == "not installed" and name != "evp":
            missing.append(f"the package {name} (pip install {name})")
    if sys.platform == "linux":
        for library, package in LINUX_LIBRARIES.items():
            found = ctypes.util.find_library(library)
            print(f"{'lib' + library:16} {found or 'not found'}")
            if not found:
                missing.append(f"the library lib{library} (apt install {package})")
    try:
        _print_networks()
    except (EvpError, ImportError) as error:
        missing.append(str(error))
    for what in missing:
        print(f"missing: {what}")
    print("ready" if not missing else "not ready")
    return 2 if missing else 0


def _print_networks() -> None:
    from ..models.devices import choose_device
    from ..models.weights import FOLDER

    device, reason = choose_device("auto")
    print(f"{'device':16} {device}: {reason}")
    for path in sorted(FOLDER.glob("*.safetensors")):
        print(f"{'weights':16} {path.stem} sha256 {file_digest(path)[:16]}")
