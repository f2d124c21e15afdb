"""Which packages a shot needs and this interpreter lacks. Imports neither bpy nor any of them."""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path

REQUIRED: dict[str, str] = {
    "av": "av",
    "cv2": "opencv-contrib-python",
    "librosa": "librosa",
    "mediapipe": "mediapipe",
    "OpenEXR": "OpenEXR",
    "safetensors": "safetensors",
    "scipy": "scipy",
    "torch": "torch",
}
"""Module that is imported -> package that is installed."""

MISSING = "Missing packages: "


@functools.cache
def missing_packages() -> tuple[str, ...]:
    """Names of the packages that are not installed, in alphabetical order.

    Panels ask at every redraw, so the answer is kept; ``missing_packages.cache_clear()`` forgets.
    """
    missing = {package for module, package in REQUIRED.items() if not _is_installed(module)}
    return tuple(sorted(missing, key=str.lower))


def missing_line() -> str:
    """One line that says what is missing, empty where nothing is."""
    missing = missing_packages()
    if not missing:
        return ""
    return MISSING + ", ".join(missing)


def package_folders() -> list[Path]:
    """The folders the required packages lie in, for another process to find them."""
    folders: dict[Path, None] = {}
    for module in REQUIRED:
        spec = importlib.util.find_spec(module)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        folders[origin.parent.parent if spec.submodule_search_locations else origin.parent] = None
    return list(folders)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
