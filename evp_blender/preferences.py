"""The add-on's preferences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from ..core.errors import MissingDependencyError
from .compat import PATH_OPTIONS
from .package import ROOT_PACKAGE
from .requirements import missing_line


class EVP_preferences(bpy.types.AddonPreferences):
    """Where shots are kept and which Python does the heavy work."""

    bl_idname = ROOT_PACKAGE
    __annotations__ = {
        "cache_folder": bpy.props.StringProperty(
            name="Cache Folder",
            description="Where shots keep their files; empty is cache/evp beside the .blend file",
            subtype="DIR_PATH",
            options=PATH_OPTIONS,
        ),
        "interpreter": bpy.props.StringProperty(
            name="Python",
            description="A Python, or the folder of its environment, that has the heavy packages",
            subtype="FILE_PATH",
            options=PATH_OPTIONS,
        ),
    }

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the preferences."""
        draw_preferences(self.layout, self)


class _Defaults:
    """What holds while the add-on runs without an entry in the preferences (from a checkout)."""

    cache_folder = ""
    interpreter = ""


_defaults = _Defaults()


def preferences() -> Any:
    """The add-on's preferences."""
    addon = bpy.context.preferences.addons.get(ROOT_PACKAGE)
    return _defaults if addon is None or addon.preferences is None else addon.preferences


def heavy_interpreter() -> Path | None:
    """The Python named in the preferences: the file itself, or the one of an environment's folder.

    Raises:
        MissingDependencyError: there is none at that place.
    """
    chosen = preferences().interpreter
    if not chosen:
        return None
    path = Path(bpy.path.abspath(chosen))
    candidates = (path, path / "bin" / "python", path / "Scripts" / "python.exe")
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    raise MissingDependencyError(
        f"{path}: there is no Python here; choose another in the add-on's preferences."
    )


def draw_preferences(layout: Any, settings: Any) -> None:
    """Draw cache folder, interpreter, and what is missing."""
    layout.use_property_split = True
    layout.prop(settings, "cache_folder")
    layout.prop(settings, "interpreter")
    line = missing_line()
    if not line:
        layout.label(text="All packages are installed in Blender's own Python.", icon="CHECKMARK")
    elif settings.interpreter:
        layout.label(text="Heavy work runs in the Python above.", icon="CHECKMARK")
    else:
        layout.label(text=line, icon="ERROR")


def register() -> None:
    """Register the preferences."""
    bpy.utils.register_class(EVP_preferences)


def unregister() -> None:
    """Take the preferences away."""
    bpy.utils.unregister_class(EVP_preferences)
