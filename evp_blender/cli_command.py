"""``blender --command evp ...``: the same command line as ``evp``."""

from __future__ import annotations

from typing import Any

import bpy

COMMAND = "evp"

_handle: Any = None


def run_command(arguments: list[str]) -> int:
    """Run the command line with these arguments; returns the exit code.

    Args:
        arguments: what follows ``evp``.
    """
    from ..cli.main import main

    try:
        return main(arguments)
    except SystemExit as stop:
        # The parser leaves this way; Blender wants a number.
        return stop.code if isinstance(stop.code, int) else 1


def register() -> None:
    """Offer the command."""
    global _handle
    _handle = bpy.utils.register_cli_command(COMMAND, run_command)


def unregister() -> None:
    """Take the command away; one left behind keeps Blender from exiting."""
    global _handle
    if _handle is not None:
        bpy.utils.unregister_cli_command(_handle)
        _handle = None
