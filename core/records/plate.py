"""The plate: what was recorded."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .arrays import FloatArray, IntArray


@dataclass(frozen=True)
class ColourSpace:
    """How a plate's pixels are encoded.

    Attributes:
        name: of the space, as its OpenColorIO config calls it.
        config: path or ``ocio://`` address of the config.
        identity: a hash of the config's content.
    """

    name: str
    config: str
    identity: str


@dataclass(frozen=True)
class Plate:
    """A recorded video or numbered image sequence, and the frames of it that make the shot.

    Attributes:
        path: the movie, or the first file of the sequence.
        width, height: displayed size in pixels, after the file's rotation is applied.
        rate: nominal frames per second, as a fraction.
        times: (T,) seconds of each frame, from the first frame of the shot; they need not be even.
        first_frame: number of the shot's first frame as its user counts: 1-based for a movie, the
            number in the file name for a sequence.
        skip: frames of the file before the shot.
        bit_depth: bits per channel of the recorded pixels: 8, 16 (unsigned) or 32 (float).
        has_audio: whether the file carries sound.
        order: (T,) which frame of the file, counted from ``skip``, each frame of the shot shows;
            None where the shot runs straight through the file.
        colour: the space of the recorded pixels; its frames are read in linear light then. None for
            display-encoded sRGB integers and linear floats with sRGB primaries, read as they are.
        pixel_aspect: width of a pixel by its height, as the file says.
        interlaced: whether the file's frames hold two moments each, line by line.
    """

    path: Path
    width: int
    height: int
    rate: Fraction
    times: FloatArray
    first_frame: int = 1
    skip: int = 0
    bit_depth: int = 8
    has_audio: bool = False
    order: IntArray | None = None
    colour: ColourSpace | None = None
    pixel_aspect: Fraction = Fraction(1)
    interlaced: bool = False

    def __len__(self) -> int:
        return len(self.times)

    @property
    def wide_range(self) -> bool:
        """Whether frames are read in linear light: highlights above 1, wide colours below 0."""
        return self.bit_depth == 32 or self.colour is not None

    @property
    def recorded(self) -> Plate:
        """The same plate, whose frames are read as they were recorded, in their own space."""
        return self if self.colour is None else dataclasses.replace(self, colour=None)

    @property
    def anywhere(self) -> Plate:
        """The same plate, wherever its file lies: the folder says nothing of its pixels."""
        return dataclasses.replace(self, path=Path(self.path.name))

    @property
    def frame_numbers(self) -> range:
        """The numbers of the shot's frames as their user counts them."""
        return range(self.first_frame, self.first_frame + len(self))
