"""The composition root: puts the networks under the pipeline. The CLI and the add-on share it."""

from __future__ import annotations

from functools import cached_property

from .core.networks import FaceRenderer, SpeechNetwork
from .core.settings import ShotSettings


class Networks:
    """The networks a shot needs, loaded when first asked for.

    Attributes:
        device: the chosen device.
        reason: why it was chosen, one sentence.
    """

    def __init__(self, settings: ShotSettings) -> None:
        """Choose the device; nothing is loaded yet.

        Raises:
            MissingDependencyError: torch is not installed.
            InputError: the device asked for is not there.
        """
        from .models.devices import choose_device

        self._settings = settings
        self.device, self.reason = choose_device(settings.device)

    @cached_property
    def speech(self) -> SpeechNetwork:
        """Speech to content, emotion and landmarks."""
        from .models.speech import load_speech_network

        return load_speech_network(self.device, self._settings.weights)

    @cached_property
    def renderer(self) -> FaceRenderer:
        """Edge map and plate to face."""
        from .models.renderer import load_face_renderer

        return load_face_renderer(self.device, self._settings.weights, self._settings.renderer)
