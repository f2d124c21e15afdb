"""Records on disk: one compressed numpy file per record, with the hash of what it was made from."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import types
import typing
import zipfile
import zlib
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from .errors import EvpError
from .files import replace_file

Record = TypeVar("Record")

KEY = "made_from"

DAMAGE = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error)
"""What reading a damaged record may raise."""


def digest(*parts: Any) -> str:
    """A hash of records, arrays, numbers, strings and paths, the same in every process."""
    state = hashlib.sha256()
    for part in parts:
        _feed(state, part)
    return state.hexdigest()[:32]


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_record(path: Path, record: Any, key: str) -> None:
    """Write a record of arrays, numbers and nested records, atomically."""
    arrays = {KEY: np.array(key)}
    _flatten(record, "", arrays)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    replace_file(path, buffer.getvalue())


def stored_key(path: Path) -> str | None:
    """The hash a stored record was made from; None where there is no whole record."""
    try:
        with np.load(path) as arrays:
            return str(arrays[KEY])
    except DAMAGE:
        return None


def load_record(path: Path, record_type: type[Record]) -> Record:
    """Read a record that ``save_record`` wrote.

    Raises:
        EvpError: the file is missing or damaged.
    """
    try:
        with np.load(path) as arrays:
            record: Record = _build(record_type, "", arrays)
            return record
    except DAMAGE as error:
        raise EvpError(
            f"{path}: this part of the shot is missing or damaged; run it again."
        ) from error


def _feed(state: Any, part: Any) -> None:
    if dataclasses.is_dataclass(part) and not isinstance(part, type):
        state.update(type(part).__name__.encode())
        for item in dataclasses.fields(part):
            state.update(item.name.encode())
            _feed(state, getattr(part, item.name))
    elif isinstance(part, np.ndarray):
        state.update(f"{part.dtype.str}{part.shape}".encode())
        state.update(np.ascontiguousarray(part).tobytes())
    else:
        state.update(json.dumps(part, default=str).encode())
    state.update(b"\0")


def _flatten(record: Any, prefix: str, arrays: dict[str, np.ndarray]) -> None:
    for item in dataclasses.fields(record):
        value = getattr(record, item.name)
        if dataclasses.is_dataclass(value):
            _flatten(value, f"{prefix}{item.name}.", arrays)
        elif value is not None:
            arrays[prefix + item.name] = np.asarray(value)


def _build(record_type: Any, prefix: str, arrays: Any) -> Any:
    hints = typing.get_type_hints(record_type)
    values: dict[str, Any] = {}
    for item in dataclasses.fields(record_type):
        name, hint = prefix + item.name, _without_none(hints[item.name])
        if dataclasses.is_dataclass(hint):
            given = hint is hints[item.name] or any(key.startswith(f"{name}.") for key in arrays)
            values[item.name] = _build(hint, f"{name}.", arrays) if given else None
        elif name not in arrays:
            values[item.name] = None
        elif hint in (int, float, str, bool):
            values[item.name] = hint(arrays[name])
        else:
            values[item.name] = arrays[name]
    return record_type(**values)


def _without_none(hint: Any) -> Any:
    if isinstance(hint, types.UnionType):
        return next(choice for choice in typing.get_args(hint) if choice is not types.NoneType)
    return hint
