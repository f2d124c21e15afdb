"""Picture of a built scene for the docs: the plate above, the fitted head on it below.

``python tools/render_scene_picture.py scene.blend picture.png --frames 1,120,240`` from an
interpreter that has the bpy wheel. Rendered by Workbench and put over the plate by Blender's own
compositor.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import bpy
import cv2
import numpy as np

from evp.evp_blender import compat


def render_picture(blend: Path, picture: Path, frames: list[int], width: int) -> None:
    """Render the frames and write them side by side.

    Args:
        blend: a scene with one built shot.
        picture: the image to write.
        frames: the scene's frames.
        width: of each frame, pixels.
    """
    bpy.ops.wm.open_mainfile(filepath=str(blend.resolve()))
    scene = bpy.context.scene
    clip = scene.camera.data.background_images[0].clip
    scene.render.resolution_percentage = max(1, round(100 * width / scene.render.resolution_x))
    _use_workbench(scene)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for with_head in (False, True):
            _composite(scene, clip, with_head)
            images = []
            for frame in frames:
                scene.frame_set(frame)
                path = Path(folder) / f"{with_head}.{frame}.png"
                scene.render.filepath = str(path)
                bpy.ops.render.render(write_still=True)
                images.append(cv2.imread(str(path)))
            rows.append(np.hstack(images))
    picture.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(picture), np.vstack(rows))


def _use_workbench(scene: bpy.types.Scene) -> None:
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.render.film_transparent = True
    scene.render.image_settings.file_format = "PNG"
    scene.display.render_aa = "8"
    shading = scene.display.shading
    shading.light = "STUDIO"
    shading.color_type = "MATERIAL"
    shading.show_cavity = True
    shading.cavity_type = "BOTH"


def _composite(scene: bpy.types.Scene, clip: bpy.types.MovieClip, with_head: bool) -> None:
    """Replace the scene's tree (in memory only) by the plate, with or without the head on it."""
    tree, _ = compat.compositor_tree(scene)
    tree.nodes.clear()
    plate = tree.nodes.new("CompositorNodeMovieClip")
    plate.clip = clip
    scale = tree.nodes.new("CompositorNodeScale")
    scale.space = "RENDER_SIZE"
    tree.links.new(plate.outputs["Image"], scale.inputs["Image"])
    output = compat.compositor_output(tree)
    if not with_head:
        tree.links.new(scale.outputs["Image"], output.inputs[0])
        return
    layers = tree.nodes.new("CompositorNodeRLayers")
    over = tree.nodes.new("CompositorNodeAlphaOver")
    images = [socket for socket in over.inputs if socket.type == "RGBA"]
    tree.links.new(scale.outputs["Image"], images[0])
    tree.links.new(layers.outputs["Image"], images[1])
    tree.links.new(over.outputs["Image"], output.inputs[0])


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("blend", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--frames", default="1", help="the scene's frames, e.g. 1,120,240")
    parser.add_argument("--width", type=int, default=480, help="of each frame, pixels")
    options = parser.parse_args()
    frames = [int(text) for text in options.frames.split(",")]
    render_picture(options.blend, options.picture, frames, options.width)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
