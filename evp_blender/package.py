"""Under which name, and where, this package is loaded: as an extension or as ``evp``."""

from __future__ import annotations

from pathlib import Path

ROOT_PACKAGE = __package__.rpartition(".")[0]
"""``bl_ext.<repository>.evp_blender`` inside Blender's extensions, ``evp`` from a checkout."""

ROOT_FOLDER = Path(__file__).resolve().parent.parent
"""The folder that holds the package."""
