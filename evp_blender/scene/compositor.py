"""A shot's own compositor node group: the rendered face, graded, over the plate by its matte.

Only this group is ever changed. The scene's node tree gets one node that shows it; it is plugged
into the output only where the tree was empty.
"""

from __future__ import annotations

from typing import Any

import bpy

from .. import compat
from .actions import renewed_curve
from .grade import feather_inwards, match_colour, match_grain
from .names import find, mark, shot_name
from .plate_order import key_order, plate_image
from .records import RenderedLayers, ShotContent
from .sequence import image_sequence
from .wiring import Wiring

ROLE = "compositor"

INPUTS = (
    ("Mix", 1.0, 0.0, 1.0, "How much of the rendered face shows"),
    ("Feather", 0.0, 0.0, 64.0, "Softens the edge of the matte towards its inside, pixels"),
    ("Colour Match", 0.0, 0.0, 1.0, "Gives the face the plate's colour at the rim of the matte"),
    ("Exposure", 0.0, -4.0, 4.0, "Brightens or darkens the rendered face, stops"),
    ("Grain", 0.0, 0.0, 1.0, "Adds the plate's own grain where the face has less of it"),
)
"""Name, default, least, most and description of the group's values."""

OUTPUTS = ("Image", "Plate", "Face", "Matte", "Edges")


def build_compositor(
    scene: bpy.types.Scene,
    content: ShotContent,
    clip: bpy.types.MovieClip,
    layers: RenderedLayers | None,
) -> bpy.types.NodeTree:
    """Make or update the shot's node group and show it in the scene's compositor once.

    Args:
        scene: whose compositor gets the group's node.
        content: the shot.
        clip: the plate.
        layers: the delivered frames; None passes the plate through.
    """
    group = find_group(content.identity)
    if group is None:
        group = bpy.data.node_groups.new(shot_name(content.name), "CompositorNodeTree")
        mark(group, content.identity, ROLE)
    _complete_interface(group)
    group.nodes.clear()
    _fill(group, content, clip, layers)
    _show(scene, group)
    return group


def find_group(identity: str) -> bpy.types.NodeTree | None:
    """The shot's node group, or None before it was made."""
    return find(bpy.data.node_groups, identity, ROLE)


def _complete_interface(group: bpy.types.NodeTree) -> None:
    """Add the sockets the group lacks; those it has keep their values and links."""
    have = {
        (item.in_out, item.name)
        for item in group.interface.items_tree
        if item.item_type == "SOCKET"
    }
    for name, default, least, most, description in INPUTS:
        if ("INPUT", name) in have:
            continue
        socket = group.interface.new_socket(
            name, description=description, in_out="INPUT", socket_type="NodeSocketFloat"
        )
        socket.default_value = default
        socket.min_value = least
        socket.max_value = most
    for name in OUTPUTS:
        if ("OUTPUT", name) not in have:
            kind = "NodeSocketFloat" if name in ("Matte", "Edges") else "NodeSocketColor"
            group.interface.new_socket(name, in_out="OUTPUT", socket_type=kind)


def _fill(
    group: Any, content: ShotContent, clip: bpy.types.MovieClip, layers: RenderedLayers | None
) -> None:
    nodes, link = group.nodes, group.links.new
    inputs = nodes.new("NodeGroupInput").outputs
    outputs = nodes.new("NodeGroupOutput").inputs
    plate = _plate_socket(group, content, clip)
    link(plate, outputs["Plate"])
    if layers is None:
        link(plate, outputs["Image"])
        _arrange(group)
        return
    wiring = Wiring(group)
    first = layers.numbers[0]
    rendered = nodes.new("CompositorNodeImage")
    rendered.label = "Rendered layers"
    name = shot_name(content.name, "layers")
    rendered.image = image_sequence(content.identity, name, "layers", layers.first_file)
    rendered.frame_start = content.start + first - content.plate.first_frame
    rendered.frame_offset = first - 1
    rendered.frame_duration = layers.numbers[-1] - first + 1
    rendered.use_auto_refresh = True
    face, matte, edges = _layer_sockets(rendered, layers)
    gate = _rendered_gate(group, content, layers)
    if matte is not None:
        face = match_colour(wiring, face, plate, matte, inputs["Colour Match"])
    exposed = nodes.new("CompositorNodeExposure")
    link(face, exposed.inputs["Image"])
    link(inputs["Exposure"], exposed.inputs["Exposure"])
    face = exposed.outputs["Image"]
    shown = wiring.math("MULTIPLY", inputs["Mix"], gate)
    if matte is not None:
        face = match_grain(wiring, face, plate, matte, inputs["Grain"])
        soft = feather_inwards(wiring, matte, inputs["Feather"])
        shown = wiring.math("MULTIPLY", soft, shown, label="Matte")
    image = wiring.blend("MIX", plate, face, shown, "Face over plate")
    link(image, outputs["Image"])
    link(face, outputs["Face"])
    link(shown, outputs["Matte"])
    if edges is not None:
        link(edges, outputs["Edges"])
    _arrange(group)


def _plate_socket(group: Any, content: ShotContent, clip: bpy.types.MovieClip) -> Any:
    if content.plate.order is None:
        plate = group.nodes.new("CompositorNodeMovieClip")
        plate.clip = clip
    else:
        plate = group.nodes.new("CompositorNodeImage")
        plate.image = plate_image(content)
    plate.name = plate.label = "Plate"
    if content.plate.order is not None:
        name = shot_name(content.name, ROLE)
        key_order(group, name, f'nodes["{plate.name}"]', plate, content)
    return plate.outputs["Image"]


def _layer_sockets(rendered: Any, layers: RenderedLayers) -> tuple[Any, Any | None, Any | None]:
    """The image node's sockets: face, matte, edges. PNG frames are finished and have the first."""
    sockets = rendered.outputs
    if layers.first_file.suffix.lower() == ".exr":
        return sockets["face"], sockets["matte"], sockets["edges"]
    return sockets["Image"], None, None


def _rendered_gate(group: Any, content: ShotContent, layers: RenderedLayers) -> Any:
    """A value that is 1 where a frame was rendered: Blender repeats the nearest one elsewhere."""
    gate = group.nodes.new("ShaderNodeValue" if compat.COMPOSITOR_GROUPS else "CompositorNodeValue")
    gate.name = gate.label = "Rendered frames"
    path = f'nodes["{gate.name}"].outputs[0].default_value'
    curve = renewed_curve(group, shot_name(content.name, ROLE), path)
    shift = content.start - content.plate.first_frame
    there = set(layers.numbers)
    opens = {number + shift for number in there if number - 1 not in there}
    closes = {number + 1 + shift for number in there if number + 1 not in there}
    for frame in sorted({min(opens) - 1} | opens | closes):
        point = curve.keyframe_points.insert(frame, float(frame in opens))
        point.interpolation = "CONSTANT"
    return gate.outputs[0]


def _show(scene: bpy.types.Scene, group: bpy.types.NodeTree) -> None:
    tree, is_new = compat.compositor_tree(scene)
    if any(getattr(node, "node_tree", None) == group for node in tree.nodes):
        return
    empty = is_new or len(tree.nodes) == 0
    node = tree.nodes.new("CompositorNodeGroup")
    node.node_tree = group
    node.name = node.label = group.name
    node.width = 220
    if empty:
        output = compat.compositor_output(tree)
        output.location = (300, 0)
        tree.links.new(node.outputs["Image"], output.inputs[0])
    else:
        node.location = (0, min(other.location.y for other in tree.nodes) - 300)


def _arrange(group: Any) -> None:
    """Lay the nodes out in columns by how far they are from the inputs."""
    depth = {node: 0 for node in group.nodes}
    for _ in range(len(group.nodes)):
        for link in group.links:
            depth[link.to_node] = max(depth[link.to_node], depth[link.from_node] + 1)
    used: dict[int, int] = {}
    for node, column in depth.items():
        row = used.get(column, 0)
        used[column] = row + 1
        node.location = (240 * column, -220 * row)
