"""A shot is a folder: its settings, one file per stage, and what was delivered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from .errors import InputError, OutputError
from .records import AlignedFace, FaceFit, Track
from .settings import ShotSettings, read_settings, write_settings
from .store import load_record, save_record, stored_key

Record = TypeVar("Record")


@dataclass(frozen=True)
class Shot:
    """The folder of one shot.

    Attributes:
        folder: where everything of the shot lies.
    """

    folder: Path

    @staticmethod
    def create(folder: Path | str) -> Shot:
        """Make the folder, or take the one that is there.

        Raises:
            OutputError: the folder cannot be made or written.
        """
        shot = Shot(Path(folder))
        try:
            for path in (shot.stages, shot.faces):
                path.mkdir(parents=True, exist_ok=True)
            probe = shot.stages / ".write-test"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise OutputError(
                f"{folder}: the output folder cannot be written ({error.strerror}); choose another."
            ) from error
        return shot

    @property
    def stages(self) -> Path:
        """The folder of the stages' files."""
        return self.folder / "stages"

    @property
    def faces(self) -> Path:
        """The folder of the rendered face crops, one file per frame."""
        return self.stages / "faces"

    @property
    def frames(self) -> Path:
        """The folder of the delivered frames."""
        return self.folder / "frames"

    @property
    def adapted_weights(self) -> Path:
        """The renderer's weights after it learnt from this plate."""
        return self.stages / "renderer.safetensors"

    @property
    def settings_path(self) -> Path:
        """The shot's settings as JSON."""
        return self.folder / "shot.json"

    @property
    def override_path(self) -> Path:
        """The aligned face as an artist left it; used in place of the aligned stage."""
        return self.stages / "aligned_by_artist.npz"

    @property
    def sounds_path(self) -> Path:
        """The transcript's sounds and when each is spoken."""
        return self.folder / "transcript.csv"

    @property
    def report_path(self) -> Path:
        """What the last run did."""
        return self.folder / "report.json"

    def edge_overlay(self, number: int) -> Path:
        """The image of a frame's edge map that lies over the plate in a viewport."""
        return self.folder / "edges_over_plate" / f"edges.{number:04d}.png"

    def read_settings(self) -> ShotSettings:
        """The shot's settings.

        Raises:
            InputError: this is not a shot folder.
        """
        return read_settings(self.settings_path)

    def write_settings(self, settings: ShotSettings) -> None:
        """Keep the settings with the shot."""
        write_settings(self.settings_path, settings)

    def has(self, stage: str, key: str) -> bool:
        """Whether the stage's file is whole and was made from just these inputs."""
        return self.stored_key(stage) == key

    def save(self, stage: str, record: object, key: str) -> None:
        """Keep a stage's record."""
        save_record(self._path(stage), record, key)

    def load(self, stage: str, record_type: type[Record]) -> Record:
        """Read a stage's record.

        Raises:
            InputError: the stage was not run yet.
        """
        path = self._path(stage)
        if not path.is_file():
            raise InputError(
                f"{self.folder}: the stage {stage!r} was not run on this shot; run it first."
            )
        return load_record(path, record_type)

    def write_override(self, aligned: AlignedFace) -> None:
        """Keep an aligned face that an artist changed; it holds until the prediction changes."""
        save_record(self.override_path, aligned, self.stored_key("align") or "")

    def clear_override(self) -> None:
        """Go back to the aligned face as predicted."""
        self.override_path.unlink(missing_ok=True)

    def stored_key(self, stage: str) -> str | None:
        """What the stage's file was made from; None where it was not run."""
        return stored_key(self._path(stage))

    def load_track(self) -> Track:
        """The tracked landmarks."""
        return self.load("track", Track)

    def load_fit(self) -> FaceFit:
        """The fitted head."""
        return self.load("fit", FaceFit)

    def load_aligned(self) -> AlignedFace:
        """The face to render: the artist's where it belongs to this prediction."""
        if self.is_edited:
            return load_record(self.override_path, AlignedFace)
        return self.load("align", AlignedFace)

    @property
    def is_edited(self) -> bool:
        """Whether an artist changed the face of this very prediction."""
        key = stored_key(self.override_path)
        return key is not None and key == self.stored_key("align")

    def _path(self, stage: str) -> Path:
        return self.stages / f"{stage}.npz"
