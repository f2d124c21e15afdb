"""The 478 landmarks as one mesh object that rides on the evaluated head.

Each point is found again on the head's evaluated surface by a geometry nodes modifier, so it
follows shape keys, drivers, modifiers and sculpting alike. What an artist moves in the mesh itself,
by hand or with shape keys, is added on top: a displacement in the head's frame. Lines between
them show in the viewport, over the plate, what the renderer will draw from.
"""

from __future__ import annotations

import bpy
import numpy as np

from ...core.face.fitted import neutral_landmarks
from ...core.face.head import HeadModel
from ...core.records import LANDMARK_COUNT
from .. import compat
from .collection import shot_object
from .records import ShotContent
from .regions import REGIONS, sketch_lines
from .space import head_to_object

GROUP_NAME = "EVP keypoints on head"
MODIFIER_NAME = "EVP keypoints"
CORNERS = ("corner_0", "corner_1", "corner_2")


def build_keypoints(
    collection: bpy.types.Collection,
    content: ShotContent,
    head: HeadModel,
    head_object: bpy.types.Object,
) -> bpy.types.Object:
    """Make or update the landmarks' object as a child of the head."""
    points, is_new = shot_object(
        collection, content.identity, content.name, "keypoints", bpy.data.meshes.new
    )
    neutral = head_to_object(neutral_landmarks(content.fit, head)).astype(np.float32)
    if is_new:
        points.data.from_pydata(neutral, sketch_lines(), [])
        for region, indices in REGIONS.items():
            points.vertex_groups.new(name=region).add([int(i) for i in indices], 1.0, "REPLACE")
        points.parent = head_object
        points.hide_render = True
        points.show_in_front = True
    else:
        _move_rest(points.data, neutral)
    _write_attributes(points.data, head, neutral)
    modifier = points.modifiers.get(MODIFIER_NAME) or points.modifiers.new(MODIFIER_NAME, "NODES")
    modifier.node_group = _node_group()
    compat.set_modifier_input(modifier, _head_socket(modifier.node_group), head_object)
    return points


def _move_rest(mesh: bpy.types.Mesh, neutral: np.ndarray) -> None:
    """Take a new neutral face over; what an artist moved stays moved by as much."""
    before = np.empty_like(neutral)
    mesh.attributes["rest"].data.foreach_get("vector", before.ravel())
    shift = neutral - before
    layers = [mesh.vertices]
    if mesh.shape_keys is not None:
        layers += [key.points for key in mesh.shape_keys.key_blocks]
    for layer in layers:
        points = np.empty_like(neutral)
        layer.foreach_get("co", points.ravel())
        layer.foreach_set("co", (points + shift).ravel())
    mesh.update()


def _write_attributes(mesh: bpy.types.Mesh, head: HeadModel, neutral: np.ndarray) -> None:
    def attribute(name: str, kind: str) -> bpy.types.Attribute:
        return mesh.attributes.get(name) or mesh.attributes.new(name, kind, "POINT")

    for column, name in enumerate(CORNERS):
        corner = np.ascontiguousarray(head.landmark_triangles[:, column], dtype=np.int32)
        attribute(name, "INT").data.foreach_set("value", corner)
    weights = np.ascontiguousarray(head.landmark_weights, dtype=np.float32)
    attribute("weights", "FLOAT_VECTOR").data.foreach_set("vector", weights.ravel())
    attribute("rest", "FLOAT_VECTOR").data.foreach_set("vector", neutral.ravel())
    attribute("landmark", "INT").data.foreach_set(
        "value", np.arange(LANDMARK_COUNT, dtype=np.int32)
    )


def _head_socket(group: bpy.types.NodeTree) -> str:
    for item in group.interface.items_tree:
        if item.item_type == "SOCKET" and item.name == "Head":
            identifier: str = item.identifier
            return identifier
    raise KeyError("Head")


def _node_group() -> bpy.types.NodeTree:
    """Geometry nodes: point = weighted corners on the head + (own position - rest)."""
    group = bpy.data.node_groups.get(GROUP_NAME)
    if group is not None and group.library is None:
        return group
    group = bpy.data.node_groups.new(GROUP_NAME, "GeometryNodeTree")
    group.is_modifier = True
    group.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    group.interface.new_socket("Head", in_out="INPUT", socket_type="NodeSocketObject")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    nodes, link = group.nodes, group.links.new

    def named(name: str, kind: str) -> bpy.types.NodeSocket:
        node = nodes.new("GeometryNodeInputNamedAttribute")
        node.data_type = kind
        node.inputs["Name"].default_value = name
        return next(socket for socket in node.outputs if socket.enabled)

    def vector(
        operation: str, first: bpy.types.NodeSocket, second: bpy.types.NodeSocket
    ) -> bpy.types.NodeSocket:
        node = nodes.new("ShaderNodeVectorMath")
        node.operation = operation
        link(first, node.inputs[0])
        link(second, node.inputs["Scale"] if operation == "SCALE" else node.inputs[1])
        return node.outputs[0]

    inputs, output = nodes.new("NodeGroupInput"), nodes.new("NodeGroupOutput")
    head = nodes.new("GeometryNodeObjectInfo")
    head.transform_space = "ORIGINAL"
    link(inputs.outputs["Head"], head.inputs["Object"])
    position = nodes.new("GeometryNodeInputPosition").outputs[0]
    shares = nodes.new("ShaderNodeSeparateXYZ")
    link(named("weights", "FLOAT_VECTOR"), shares.inputs[0])
    total = vector("SUBTRACT", position, named("rest", "FLOAT_VECTOR"))
    for column, name in enumerate(CORNERS):
        sample = nodes.new("GeometryNodeSampleIndex")
        sample.data_type = "FLOAT_VECTOR"
        sample.domain = "POINT"
        link(head.outputs["Geometry"], sample.inputs["Geometry"])
        link(position, next(s for s in sample.inputs if s.name == "Value" and s.enabled))
        link(named(name, "INT"), sample.inputs["Index"])
        corner = next(socket for socket in sample.outputs if socket.enabled)
        total = vector("ADD", total, vector("SCALE", corner, shares.outputs[column]))
    place = nodes.new("GeometryNodeSetPosition")
    link(inputs.outputs["Geometry"], place.inputs["Geometry"])
    link(total, place.inputs["Position"])
    link(place.outputs["Geometry"], output.inputs["Geometry"])
    for index, node in enumerate(nodes):
        node.location = (200 * (index // 5), -180 * (index % 5))
    return group
