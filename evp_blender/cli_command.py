"""``blender --command evp ...``: the same command line as ``evp``."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import bpy

from ..core.errors import EvpError, MissingDependencyError
from .engine.process import boot_command, clean_environment
from .preferences import heavy_interpreter
from .requirements import missing_line

COMMAND = "evp"

_handle: Any = None


def run_command(arguments: list[str]) -> int:
    """Run the command line with these arguments; returns the exit code.

    Where Blender's own Python lacks packages it runs in the one named in the preferences.

    Args:
        arguments: what follows ``evp``.
    """
    missing = missing_line()
    try:
        if not missing:
            return _run_here(arguments)
        interpreter = heavy_interpreter()
        if interpreter is None:
            raise MissingDependencyError(
                f"{missing}; name a Python that has them in the add-on's preferences."
            )
        command = boot_command(interpreter, "evp", *arguments)
        return subprocess.run(command, env=clean_environment(), check=False).returncode
    except EvpError as error:
        print(f"evp: {error}", file=sys.stderr)
        return 2


def _run_here(arguments: list[str]) -> int:
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
