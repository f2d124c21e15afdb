"""Register everything with Blender in order, and take it away in reverse."""

from __future__ import annotations

import atexit
import importlib
from types import ModuleType

from .requirements import missing_packages

FEATURES: tuple[str, ...] = (
    "preferences",
    "emotion.prop",
    "shots.prop",
    "engine.process",
    "steps.job",
    "shots.operator",
    "emotion.operator",
    "steps.operator",
    "steps.open_shot",
    "output.operator",
    "output.export_head",
    "shots.presets",
    "shots.ui",
    "output.ui",
    "cli_command",
)
"""Modules with ``register()`` and ``unregister()``, in the order they need each other."""

_registered: list[ModuleType] = []


def register() -> None:
    """Register the add-on; registering twice does nothing the second time."""
    if _registered:
        return
    atexit.register(unregister)
    missing_packages.cache_clear()
    try:
        for name in FEATURES:
            module = importlib.import_module(f".{name}", __package__)
            module.register()
            _registered.append(module)
    except Exception:
        unregister()
        raise


def unregister() -> None:
    """Take the add-on away; a class left behind hangs or crashes Blender when it exits."""
    atexit.unregister(unregister)
    while _registered:
        _registered.pop().unregister()
