"""The fitted head as a mesh object: quads, UVs, materials by part, 52 ARKit shape keys."""

from __future__ import annotations

import bpy
import numpy as np

from ...core.arkit import SHAPE_NAMES
from ...core.errors import InputError
from ...core.face.head import HeadModel
from ...core.records import FloatArray, IntArray
from .actions import SHAPE_PATHS, Curves, fingerprint, shape_path, write_take
from .camera import POSE_PATHS, pose_curves
from .collection import shot_object
from .names import is_current, take_name
from .records import ShotContent
from .space import head_matrices, head_to_object

COLOURS: dict[str, tuple[float, float, float]] = {
    "skin": (0.55, 0.36, 0.28),
    "eye": (0.85, 0.85, 0.85),
    "teeth": (0.80, 0.76, 0.66),
    "tongue": (0.50, 0.16, 0.16),
    "lashes": (0.03, 0.02, 0.02),
    "iris": (0.06, 0.04, 0.03),
}
"""Base colours, scene-linear, by the beginning of a part's name."""

IRIS_DEGREES = 22.0
"""Half the angle the iris takes, seen from the middle of the eyeball."""


def build_head(
    collection: bpy.types.Collection, content: ShotContent, head: HeadModel, take: int
) -> bpy.types.Object:
    """Make or update the shot's head object and give it the take's action."""
    head_object, is_new = shot_object(
        collection, content.identity, content.name, "head", bpy.data.meshes.new
    )
    if is_new:
        _build_mesh(head_object.data, head)
    fit = content.fit
    _write_shapes(head_object, head.shape(fit.identity, fit.offset), head.shapes(fit.own_shapes))
    _write_take(head_object, content, take)
    return head_object


def performed_expression(content: ShotContent) -> FloatArray:
    """The ARKit weights (T, 52) the scene shows."""
    return content.fit.expression if content.aligned is None else content.aligned.expression


def take_fingerprint(content: ShotContent) -> str:
    """What tells one prediction from another."""
    fit = content.fit
    start = np.array([content.start])
    return fingerprint(performed_expression(content), fit.rotation, fit.translation, start)


def _build_mesh(mesh: bpy.types.Mesh, head: HeadModel) -> None:
    quads = np.asarray(head.quads)
    mesh.from_pydata(head_to_object(head.neutral), [], quads.tolist())
    mesh.polygons.foreach_set("use_smooth", np.ones(len(quads), dtype=bool))
    uv_layer = mesh.uv_layers.new(name="UVMap")
    uv_layer.uv.foreach_set("vector", head.uvs[head.quad_uvs].astype(np.float32).ravel())
    part_of_vertex = np.zeros(len(head.neutral), dtype=np.int32)
    for index, (part, vertices) in enumerate(head.parts.items()):
        mesh.materials.append(_material(part))
        part_of_vertex[vertices] = index
    materials = part_of_vertex[quads[:, 0]]
    irises = iris_faces(head)
    if len(irises):
        materials[irises] = len(mesh.materials)
        mesh.materials.append(_material("iris"))
    mesh.polygons.foreach_set("material_index", materials)
    mesh.validate()
    mesh.update()


def check_vertices(head_object: bpy.types.Object, count: int) -> None:
    """See that the head still has the vertices its shapes and landmarks are defined on.

    Raises:
        InputError: vertices were added or deleted.
    """
    found = len(head_object.data.vertices)
    if found != count:
        raise InputError(
            f"{head_object.name}: it has {found} vertices in place of {count}; "
            "undo the change, or delete the object and run Build Scene."
        )


def iris_faces(head: HeadModel) -> IntArray:
    """Indices of the eyeballs' quads that show the iris when the eyes look ahead."""
    found: list[IntArray] = []
    for name in ("eye_left", "eye_right"):
        if name not in head.parts:
            continue
        eye = head.neutral[head.parts[name]]
        centre = (eye.min(axis=0) + eye.max(axis=0)) / 2.0
        faces = np.flatnonzero(np.isin(head.quads[:, 0], head.parts[name]))
        outward = head.neutral[head.quads[faces]].mean(axis=1) - centre
        ahead = outward[:, 2] / np.linalg.norm(outward, axis=1)
        found.append(faces[ahead > np.cos(np.radians(IRIS_DEGREES))])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)


def _material(part: str) -> bpy.types.Material:
    name = f"EVP {part}"
    material = bpy.data.materials.get(name)
    if material is not None and material.library is None:
        return material
    material = bpy.data.materials.new(name)
    colour = next((c for key, c in COLOURS.items() if part.startswith(key)), COLOURS["skin"])
    material.diffuse_color = (*colour, 1.0)
    material.use_nodes = True
    shader = next(n for n in material.node_tree.nodes if n.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = (*colour, 1.0)
    shader.inputs["Roughness"].default_value = 0.5
    return material


def _write_shapes(head_object: bpy.types.Object, shape: FloatArray, shapes: FloatArray) -> None:
    """Set the basis (V, 3) and the 52 keys (52, V, 3), unless they are of this very fit.

    An artist's own keys keep their offsets from the basis.

    Raises:
        InputError: the mesh has another number of vertices.
    """
    mesh = head_object.data
    check_vertices(head_object, len(shape))
    basis = head_to_object(shape).astype(np.float32)
    complete = mesh.shape_keys is not None and all(
        name in mesh.shape_keys.key_blocks for name in SHAPE_NAMES
    )
    if is_current(mesh, fingerprint(basis, shapes)) and complete:
        return
    if mesh.shape_keys is None:
        head_object.shape_key_add(name="Basis")
    keys = mesh.shape_keys.key_blocks
    before = np.empty_like(basis)
    keys[0].points.foreach_get("co", before.ravel())
    own = {keys[0].name, *SHAPE_NAMES}
    if not np.array_equal(before, basis):
        for key in keys:
            if key.name not in own:
                points = np.empty_like(basis)
                key.points.foreach_get("co", points.ravel())
                key.points.foreach_set("co", (points + (basis - before)).ravel())
        keys[0].points.foreach_set("co", basis.ravel())
        mesh.vertices.foreach_set("co", basis.ravel())
    for index, name in enumerate(SHAPE_NAMES):
        key = keys.get(name)
        if key is None:
            key = head_object.shape_key_add(name=name, from_mix=False)
        moved = basis + head_to_object(shapes[index]).astype(np.float32)
        key.points.foreach_set("co", moved.ravel())
    mesh.update()


def _write_take(head_object: bpy.types.Object, content: ShotContent, take: int) -> None:
    fit = content.fit
    name = take_name(content.name, take)
    stamp = take_fingerprint(content)
    expression = performed_expression(content)
    shapes: Curves = {
        (shape_path(shape), 0): expression[:, index] for index, shape in enumerate(SHAPE_NAMES)
    }
    write_take(
        head_object.data.shape_keys,
        name,
        "shape keys",
        shapes,
        content.start,
        SHAPE_PATHS.__contains__,
        stamp,
    )
    head_object.rotation_mode = "QUATERNION"
    matrices = head_matrices(fit.rotation, fit.translation, fit.camera.world)
    write_take(
        head_object,
        name,
        "head",
        pose_curves(matrices),
        content.start,
        POSE_PATHS.__contains__,
        stamp,
    )
