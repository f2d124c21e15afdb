"""Let Blender evaluate objects that are hidden in the viewport: by itself it passes over them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import bpy


@contextmanager
def shown(
    scene: bpy.types.Scene, layer: bpy.types.ViewLayer, objects: Sequence[bpy.types.Object]
) -> Iterator[None]:
    """Show the objects for a while, also out of hidden or excluded collections.

    Args:
        scene: where they are.
        layer: the scene's view layer in which they are evaluated.
        objects: local ones.
    """
    if all(item.visible_get(view_layer=layer) for item in objects):
        yield
        return
    collection = bpy.data.collections.new("EVP shown")
    scene.collection.children.link(collection)
    hidden = [(item, item.hide_viewport, item.hide_get(view_layer=layer)) for item in objects]
    try:
        for item in objects:
            collection.objects.link(item)
            item.hide_viewport = False
        layer.update()
        for item in objects:
            item.hide_set(False, view_layer=layer)
        yield
    finally:
        for item, in_viewports, in_layer in hidden:
            item.hide_set(in_layer, view_layer=layer)
            item.hide_viewport = in_viewports
        bpy.data.collections.remove(collection)
