"""Errors a user can act on: one sentence that says what is wrong, where, and what to do."""

from __future__ import annotations


class EvpError(Exception):
    """Base of every error that is the input's or the machine's, not the program's."""


class InputError(EvpError):
    """A file, an option or a setting the user gave cannot be used as it is."""


class FaceNotFoundError(InputError):
    """No usable face in the frames that were asked for."""


class MissingDependencyError(EvpError):
    """A package or a system library that this step needs is not installed."""


class WeightsError(EvpError):
    """A weight file is missing, damaged, or made for another architecture."""


class OutputError(EvpError):
    """A result cannot be written where it was asked for."""
