"""What all records are made of."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
PixelArray = npt.NDArray[Any]

Record = TypeVar("Record")


def take_rows(record: Record, order: IntArray, names: list[str] | None = None) -> Record:
    """A record whose named arrays have other rows, or the same in another order; None for all."""
    names = names or [item.name for item in dataclasses.fields(record)]  # type: ignore[arg-type]
    changes = {name: getattr(record, name)[order] for name in names}
    return dataclasses.replace(record, **changes)  # type: ignore[type-var]
