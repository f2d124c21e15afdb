"""The ``evp`` command: parse, run, and turn errors into one line and an exit code."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from ..core.errors import EvpError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; None for the process's own.

    Returns:
        0 when done, 2 for a mistake in what was given (one sentence on stderr), 130 when stopped.
    """
    parser = build_parser()
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code: int = options.command(options)
        return code
    except EvpError as error:
        print(f"evp: {error}", file=sys.stderr)
        if getattr(options, "farm", False):
            print(f"openjd_fail: {error}", flush=True)
        return 2
    except KeyboardInterrupt:
        print(
            "evp: stopped; what is finished is kept, the same command goes on from there.",
            file=sys.stderr,
        )
        return INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    from . import clean, doctor, emotions, evaluate, export, run, stages, train, views

    parser = argparse.ArgumentParser(
        prog="evp", description="Audio-driven emotional video portraits: a plate says a new line."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (run, stages, views, emotions, export, clean, doctor, evaluate, train):
        module.add_commands(commands)
    return parser


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
