"""The composition root: puts the networks under the pipeline. The CLI and the add-on share it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from .core.errors import MissingDependencyError
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


def export_head(shot_folder: Path, path: Path) -> None:
    """Write a shot's head and camera for other programs: USD, Alembic or FBX by the suffix.

    Raises:
        MissingDependencyError: this Python has no bpy.
        InputError: this is no fitted shot, or the suffix is another.
        OutputError: the file cannot be written.
    """
    try:
        import bpy  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            f"{path.name} is written by Blender and this Python has no bpy; install it "
            "(pip install bpy) or run blender --command evp export."
        ) from error
    from .evp_blender.write_scene import write_head

    write_head(shot_folder, path)
