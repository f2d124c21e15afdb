"""Sentences in panels: Blender's labels neither wrap nor tell how wide they are."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

LETTER_PIXELS = 6.5
"""Mean width of a letter of Blender's interface font at a scale of 1."""

MARGIN_PIXELS = 70.0
"""What the panel's frame and the icon take of the sidebar's width."""


def draw_sentence(layout: Any, context: bpy.types.Context, sentence: str, icon: str) -> None:
    """Draw a sentence in lines that fit the sidebar, an icon before the first."""
    region = getattr(context, "region", None)
    scale = context.preferences.system.ui_scale
    width = 240.0 if region is None else region.width / scale - MARGIN_PIXELS
    lines = textwrap.wrap(sentence, max(16, int(width / LETTER_PIXELS)))
    column = layout.column(align=True)
    column.scale_y = 0.8
    for index, line in enumerate(lines):
        column.label(text=line, icon=icon if index == 0 else "BLANK1")
