"""Where Blender 4.2, 4.5, 5.0 and 5.2 differ; nothing else asks for the version."""

from __future__ import annotations

from typing import Any

import bpy

SLOTTED_ACTIONS = bpy.app.version >= (4, 4, 0)
"""Whether one action animates several datablocks through slots."""

COMPOSITOR_GROUPS = bpy.app.version >= (5, 0, 0)
"""Whether a scene's compositor is a node group that may be shared between scenes."""

PATH_OPTIONS: set[str] = (
    {"ANIMATABLE", "PATH_SUPPORTS_BLEND_RELATIVE"}
    if bpy.app.version >= (4, 5, 0)
    else {"ANIMATABLE"}
)
"""Options of properties that take paths beginning with ``//``."""


def animation_curves(owner: bpy.types.ID) -> Any | None:
    """The F-curves of the action an owner uses now, or None where it has none."""
    data = owner.animation_data
    if data is None or data.action is None:
        return None
    if not SLOTTED_ACTIONS:
        return data.action.fcurves
    if data.action_slot is None or not data.action.layers:
        return None
    bag = data.action.layers[0].strips[0].channelbag(data.action_slot)
    return None if bag is None else bag.fcurves


def assign_action(owner: bpy.types.ID, name: str, slot_name: str) -> tuple[bpy.types.Action, Any]:
    """Give an owner its part of the action of that name, and return action and F-curves.

    With slots one action holds a slot for each owner; before them each owner has its own action,
    named ``name slot_name``.
    """
    data = owner.animation_data or owner.animation_data_create()
    if not SLOTTED_ACTIONS:
        full_name = f"{name} {slot_name}"
        action = bpy.data.actions.get(full_name) or bpy.data.actions.new(full_name)
        data.action = action
        return action, action.fcurves
    action = bpy.data.actions.get(name) or bpy.data.actions.new(name)
    if not action.layers:
        action.layers.new("Take").strips.new(type="KEYFRAME")
    slot = next(
        (
            slot
            for slot in action.slots
            if slot.name_display == slot_name and slot.target_id_type == owner.id_type
        ),
        None,
    )
    if slot is None:
        slot = action.slots.new(id_type=owner.id_type, name=slot_name)
    data.action = action
    data.action_slot = slot
    return action, action.layers[0].strips[0].channelbag(slot, ensure=True).fcurves


def set_modifier_input(modifier: Any, identifier: str, value: Any) -> None:
    """Set an input of a geometry nodes modifier by its socket's identifier."""
    if hasattr(modifier, "properties"):  # from 5.2
        getattr(modifier.properties.inputs, identifier).value = value
    else:
        modifier[identifier] = value


def compositor_tree(scene: bpy.types.Scene) -> tuple[Any, bool]:
    """The scene's compositor tree, and whether it was made just now."""
    if COMPOSITOR_GROUPS:
        tree = scene.compositing_node_group
        if tree is not None:
            return tree, False
        tree = bpy.data.node_groups.new(f"{scene.name} compositing", "CompositorNodeTree")
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        scene.compositing_node_group = tree
        return tree, True
    if scene.use_nodes and scene.node_tree is not None:
        return scene.node_tree, False
    made = scene.node_tree is None
    scene.use_nodes = True
    if made:
        scene.node_tree.nodes.clear()
    return scene.node_tree, made


def compositor_output(tree: Any) -> Any:
    """Make the node whose image becomes the scene's render."""
    kind = "NodeGroupOutput" if COMPOSITOR_GROUPS else "CompositorNodeComposite"
    return tree.nodes.new(kind)


class ColourMix:
    """A compositor node that mixes two colours, with its sockets by meaning."""

    def __init__(self, tree: Any, blend: str) -> None:
        if COMPOSITOR_GROUPS:
            self.node = tree.nodes.new("ShaderNodeMix")
            self.node.data_type = "RGBA"
            self.factor = self.node.inputs[0]
            self.first = self.node.inputs[6]
            self.second = self.node.inputs[7]
            self.result = self.node.outputs[2]
        else:
            self.node = tree.nodes.new("CompositorNodeMixRGB")
            self.factor, self.first, self.second = self.node.inputs
            self.result = self.node.outputs[0]
        self.node.blend_type = blend
        self.factor.default_value = 1.0


def math_node(tree: Any, operation: str) -> Any:
    """Make a compositor node that calculates with two values."""
    node = tree.nodes.new("ShaderNodeMath" if COMPOSITOR_GROUPS else "CompositorNodeMath")
    node.operation = operation
    return node


def set_level_channel(levels: Any, name: str) -> None:
    """Choose what a Levels node measures: ``RED``, ``GREEN``, ``BLUE`` or ``LUMINANCE``."""
    if hasattr(levels, "channel"):
        levels.channel = name
    else:
        levels.inputs["Channel"].default_value = name.capitalize()


def set_blur_size(tree: Any, blur: Any, size: Any) -> None:
    """Set the size of a blur node in pixels: a number, or an output socket that says it."""
    is_vector = blur.inputs["Size"].type == "VECTOR"
    if isinstance(size, int | float):
        if is_vector:
            blur.inputs["Size"].default_value = (size, size, 0.0)[
                : len(blur.inputs["Size"].default_value)
            ]
        else:
            blur.size_x = blur.size_y = round(size)
            blur.inputs["Size"].default_value = 1.0
    elif is_vector:
        kind = "ShaderNodeCombineXYZ" if COMPOSITOR_GROUPS else "CompositorNodeCombineXYZ"
        combine = tree.nodes.new(kind)
        tree.links.new(size, combine.inputs["X"])
        tree.links.new(size, combine.inputs["Y"])
        tree.links.new(combine.outputs[0], blur.inputs["Size"])
    else:
        largest = 64
        blur.size_x = blur.size_y = largest
        share = math_node(tree, "DIVIDE")
        share.inputs[1].default_value = largest
        tree.links.new(size, share.inputs[0])
        tree.links.new(share.outputs[0], blur.inputs["Size"])


def set_blur_filter(blur: Any, name: str) -> None:
    """Choose a blur node's filter: a property up to 4.5, a socket with words from 5.0."""
    if hasattr(blur, "filter_type"):
        blur.filter_type = name
    else:
        blur.inputs["Type"].default_value = {"GAUSS": "Gaussian"}[name]


def new_sound_strip(scene: bpy.types.Scene, name: str, path: str, frame: int) -> Any | None:
    """Add a sound strip on a free channel; None where this Blender has no sound."""
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    channel = 1 + max((strip.channel for strip in sequencer_strips(scene).values()), default=0)
    try:
        return strips.new_sound(name, path, channel, frame)
    except RuntimeError:
        return None


def remove_strip(scene: bpy.types.Scene, strip: Any) -> None:
    """Remove a strip from the sequencer."""
    editor = scene.sequence_editor
    (editor.strips if hasattr(editor, "strips") else editor.sequences).remove(strip)


def sequencer_strips(scene: bpy.types.Scene) -> dict[str, Any]:
    """All strips of a scene's sequencer by name."""
    editor = scene.sequence_editor
    if editor is None:
        return {}
    strips = editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all
    return {strip.name: strip for strip in strips}
