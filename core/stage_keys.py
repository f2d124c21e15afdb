"""What tells one result of a stage from another: what it was made from, and the way it was made."""

from __future__ import annotations

from typing import Any

from .store import digest

STAGE_VERSIONS: dict[str, int] = {
    "track": 3,
    "fit": 1,
    "listen": 1,
    "script": 1,
    "manner": 2,
    "perform": 2,
    "align": 2,
    "edges": 1,
    "gather": 1,
    "adapt": 1,
    "render": 1,
    "composite": 1,
}
"""The way each stage makes its result. A change of the program that gives a stage another result
from the same inputs raises its number; then shots of an older program run it again, and what comes
after it. Other assets and weights need no new number: their hashes are among the inputs."""


def stage_key(stage: str, *made_from: Any) -> str:
    """The hash of a stage's inputs and of the way it is made.

    Args:
        stage: one of ``STAGE_VERSIONS``.
        made_from: records, arrays, numbers, strings and paths; see ``store.digest``.
    """
    return digest(stage, STAGE_VERSIONS[stage], *made_from)
