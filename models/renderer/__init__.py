"""Edge map and plate to face: the recurrent conditional generator, its losses and its training."""

from __future__ import annotations

from .load import load_face_renderer

__all__ = ["load_face_renderer"]
