"""Put compositor nodes together: every method adds nodes to one tree and returns a socket."""

from __future__ import annotations

from typing import Any

from .. import compat


class Wiring:
    """Adds nodes to a compositor tree.

    Attributes:
        tree: the tree that is added to.
    """

    def __init__(self, tree: Any) -> None:
        """Add to this tree."""
        self.tree = tree

    def math(self, operation: str, *values: Any, clamp: bool = False, label: str = "") -> Any:
        """Calculate with sockets or numbers; ``clamp`` keeps the result between 0 and 1."""
        node = compat.math_node(self.tree, operation)
        node.use_clamp = clamp
        node.label = label
        for socket, value in zip(node.inputs, values, strict=False):
            self._feed(socket, value)
        return node.outputs[0]

    def blend(self, kind: str, first: Any, second: Any, factor: Any = 1.0, label: str = "") -> Any:
        """Blend the second colour into the first."""
        mix = compat.ColourMix(self.tree, kind)
        mix.node.label = label
        for socket, value in ((mix.factor, factor), (mix.first, first), (mix.second, second)):
            self._feed(socket, value)
        return mix.result

    def blur(self, image: Any, size: Any, label: str = "") -> Any:
        """Blur by a number of pixels, or by a socket that says it."""
        node = self.tree.nodes.new("CompositorNodeBlur")
        node.label = label
        compat.set_blur_filter(node, "GAUSS")
        compat.set_blur_size(self.tree, node, size)
        self.tree.links.new(image, node.inputs["Image"])
        return node.outputs["Image"]

    def mean(self, image: Any, channel: str = "LUMINANCE", label: str = "") -> Any:
        """The mean of a channel over the whole image."""
        node = self.tree.nodes.new("CompositorNodeLevels")
        node.label = label
        compat.set_level_channel(node, channel)
        self.tree.links.new(image, node.inputs["Image"])
        return node.outputs["Mean"]

    def combine(self, red: Any, green: Any, blue: Any) -> Any:
        """A colour of three values."""
        node = self.tree.nodes.new("CompositorNodeCombineColor")
        for name, value in (("Red", red), ("Green", green), ("Blue", blue)):
            self._feed(node.inputs[name], value)
        return node.outputs["Image"]

    def _feed(self, socket: Any, value: Any) -> None:
        if isinstance(value, int | float):
            socket.default_value = value
        else:
            self.tree.links.new(value, socket)
