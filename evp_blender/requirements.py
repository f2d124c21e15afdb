"""Which packages a shot needs and this interpreter lacks. Imports neither bpy nor any of them."""

from __future__ import annotations

import importlib.util

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


def missing_packages() -> list[str]:
    """Names of the packages that are not installed, in alphabetical order."""
    return sorted(
        {package for module, package in REQUIRED.items() if not _is_installed(module)},
        key=str.lower,
    )


def missing_line() -> str:
    """One line that says what is missing, empty where nothing is."""
    missing = missing_packages()
    if not missing:
        return ""
    return "Missing packages: " + ", ".join(missing)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False
