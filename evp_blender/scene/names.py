"""How the add-on's own datablocks are named, marked and found again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

SHOT_KEY = "evp_shot"
"""Custom property that holds the identity of the shot a datablock belongs to."""

ROLE_KEY = "evp_role"
"""Custom property that holds what a datablock is in its shot, e.g. ``head``."""

FINGERPRINT_KEY = "evp_fingerprint"
"""Custom property that says what a datablock was made from, so that an artist's changes to it stay
until that changes: on a take's action, a head's mesh, a camera, a collection."""


def shot_name(shot: str, role: str = "") -> str:
    """The name of a shot's datablock, e.g. ``EVP sh010 head``."""
    return f"EVP {shot} {role}".rstrip()


def take_name(shot: str, take: int) -> str:
    """The name of a take's action, e.g. ``EVP sh010 t002``."""
    return f"EVP {shot} t{take:03d}"


def mark(block: Any, identity: str, role: str) -> None:
    """Mark a datablock as the add-on's own."""
    block[SHOT_KEY] = identity
    block[ROLE_KEY] = role


def is_current(block: Any, stamp: str) -> bool:
    """Whether a datablock was made from just this; if not, it is marked as if it were."""
    if block.get(FINGERPRINT_KEY) == stamp:
        return True
    block[FINGERPRINT_KEY] = stamp
    return False


def find(blocks: Iterable[Any], identity: str, role: str) -> Any | None:
    """Find the local datablock that plays a role in a shot, whatever an artist calls it now."""
    for block in blocks:
        if (
            block.library is None
            and block.get(SHOT_KEY) == identity
            and block.get(ROLE_KEY) == role
        ):
            return block
    return None
