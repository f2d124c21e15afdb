"""The records that stages hand to each other: frozen, made of numpy arrays.

Frames of reference
    plate pixels: continuous image coordinates, x right, y down, (0, 0) is the outer corner of the
        top-left pixel, so pixel centres lie at .5 (subtract .5 for OpenCV's drawing and remapping).
    camera: OpenCV's, x right, y down, z forward, metres.
    head: origin between the eyes inside the head, x towards the subject's left, y up, z out of the
        face, metres. ``camera = rotation @ head + translation``; a frontal face has the rotation
        diag(1, -1, -1).
Time is seconds from the first frame of the shot. ``T`` is the number of frames of the shot.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import IntEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
BoolArray = npt.NDArray[np.bool_]
PixelArray = npt.NDArray[Any]

Record = TypeVar("Record")

LANDMARK_COUNT = 478
"""MediaPipe's face landmarks: 468 on the skin, 10 on the irises."""

SAMPLE_RATE = 16_000
"""Sample rate of all speech inside the project, hertz (paper, section 4.1)."""

EMOTIONS: tuple[str, ...] = (
    "angry",
    "contempt",
    "disgusted",
    "fear",
    "happy",
    "neutral",
    "sad",
    "surprised",
)
"""The eight emotions of MEAD (paper, section 4.1), in the order of every weight vector."""


class FaceState(IntEnum):
    """What the tracker knows of the face in a frame."""

    LOST = 0
    SEEN = 1
    BRIDGED = 2
    """Put between the frames around a gap of a few frames; not seen."""
    PROFILE = 3
    """Seen, but turned so far away that its landmarks are guesses; treated as lost."""


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
    def frame_numbers(self) -> range:
        """The numbers of the shot's frames as their user counts them."""
        return range(self.first_frame, self.first_frame + len(self))


@dataclass(frozen=True)
class Track:
    """The face seen in each frame.

    Attributes:
        landmarks: (T, 478, 3) plate pixels; z in pixels too, relative to the head. NaN where lost.
        scores: (T, 52) the detector's own ARKit scores, 0..1; NaN where lost.
        confidence: (T,) 0..1.
        state: (T,) values of ``FaceState``.
        segment: (T,) a number that grows by one at each cut of the plate.
    """

    landmarks: FloatArray
    scores: FloatArray
    confidence: FloatArray
    state: IntArray
    segment: IntArray

    @property
    def found(self) -> BoolArray:
        """(T,) whether the frame has landmarks to build on, seen or bridged."""
        found: BoolArray = np.isin(self.state, (FaceState.SEEN, FaceState.BRIDGED))
        return found

    def take(self, order: IntArray) -> Track:
        """The track of other frames, or of the same in another order."""
        return _take(self, order, [item.name for item in dataclasses.fields(self)])


@dataclass(frozen=True)
class Camera:
    """A pinhole camera with square pixels.

    Attributes:
        focal: focal length in pixels.
        centre: (2,) principal point in plate pixels.
        width, height: the image size in pixels it belongs to.
        world: (T, 4, 4) world from camera, or None for a camera that stands still at the origin.
    """

    focal: float
    centre: FloatArray
    width: int
    height: int
    world: FloatArray | None = None

    def project(self, points: FloatArray) -> FloatArray:
        """Project camera-space points (..., 3) in metres to plate pixels (..., 2)."""
        projected: FloatArray = self.focal * points[..., :2] / points[..., 2:3] + self.centre
        return projected


@dataclass(frozen=True)
class FaceFit:
    """The parametric head fitted to the track; one identity for the shot.

    Attributes:
        camera: the camera the fit was made with.
        identity: (50,) identity coefficients in standard deviations.
        offset: (V, 3) the person's own residual shape on the whole head, metres, head frame.
        rotation: (T, 3, 3) camera from head.
        translation: (T, 3) camera from head, metres.
        expression: (T, 52) ARKit weights, 0..1.
        valid: (T,) whether the frame has a face; arrays hold the nearest valid pose elsewhere.
        error: (T,) mean reprojection error as a share of the inter-ocular distance; NaN where
            the frame has no face.
        own_shapes: (52, V, 3) how the person's shapes differ from the head's, metres, head frame;
            None for not at all.
    """

    camera: Camera
    identity: FloatArray
    offset: FloatArray
    rotation: FloatArray
    translation: FloatArray
    expression: FloatArray
    valid: BoolArray
    error: FloatArray
    own_shapes: FloatArray | None = None

    def to_camera(self, points: FloatArray) -> FloatArray:
        """Take head-frame points (T, N, 3) into the camera's frame."""
        moved: FloatArray = (
            np.einsum("tij,tnj->tni", self.rotation, points) + self.translation[:, None]
        )
        return moved

    def take(self, order: IntArray) -> FaceFit:
        """The fit of other frames, or of the same in another order."""
        return _take(self, order, ["rotation", "translation", "expression", "valid", "error"])


@dataclass(frozen=True)
class Speech:
    """The driving sound, placed on the plate's clock.

    Attributes:
        samples: (N,) mono, 16 kHz, -1..1.
        offset: the time at which the first sample sounds, seconds.
    """

    samples: FloatArray
    offset: float = 0.0

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True)
class SpeechCode:
    """What listening to the speech gave, one row per plate frame.

    Attributes:
        content: (T, 280) the 256 numbers of the content encoder Ec (paper, section 3.2) and the
            probability of each of ``speech_sounds.SOUNDS``.
        emotion: (T, 128) output of the emotion encoder Ee.
        probabilities: (T, 8) of the emotion classifier, in the order of ``EMOTIONS``.
        closure: (T,) how surely the lips touch, about 1 in b, m and p and 0 else.
        activity: (T,) 1 where somebody speaks, 0 in silence, smooth in between.
        presence: (T,) 1 while the speech lasts (its pauses too), 0 before and after, with short
            ramps: where it is 0 the plate passes through.
    """

    content: FloatArray
    emotion: FloatArray
    probabilities: FloatArray
    closure: FloatArray
    activity: FloatArray
    presence: FloatArray


@dataclass(frozen=True)
class SpokenSounds:
    """The sounds of a transcript, laid along the speech.

    Attributes:
        sounds: (P,) index into ``speech_sounds.SOUNDS``.
        phones: (P,) the phone each is or is a part of, in the International Phonetic Alphabet.
        words: (P,) the word it belongs to, as written.
        start, end: (P,) seconds; between two of them there may be silence.
        certainty: (P,) 0..1, how probable the sound is where it was laid.
    """

    sounds: IntArray
    phones: npt.NDArray[np.str_]
    words: npt.NDArray[np.str_]
    start: FloatArray
    end: FloatArray
    certainty: FloatArray


@dataclass(frozen=True)
class SpeechManner:
    """How a person speaks, beside what everybody does: learnt from the plate's own speech.

    Attributes:
        rows: (280, 52) what a content adds to ``ShapeSolver.project``'s rows.
        gaps: (280, 3) what it adds to the gaps between the lips, metres.
        gap_shift: metres added to the gaps in speech.
        gap_gain: factor on the gaps afterwards.
        learnt: whether anything was; otherwise all of the above changes nothing.
        note: a sentence for the user.
    """

    rows: FloatArray
    gaps: FloatArray
    gap_shift: float
    gap_gain: float
    learnt: bool
    note: str


@dataclass(frozen=True)
class EmotionCurve:
    """Eight emotion weights over time, linear between keyframes, constant beyond the ends.

    Attributes:
        times: (K,) seconds, ascending.
        weights: (K, 8) 0..1 in the order of ``EMOTIONS``.
    """

    times: FloatArray
    weights: FloatArray

    def sample(self, times: FloatArray) -> FloatArray:
        """Weights at the given times: (T, 8)."""
        columns = [np.interp(times, self.times, column) for column in self.weights.T]
        return np.stack(columns, axis=-1)


@dataclass(frozen=True)
class Performance:
    """What the speech makes the face do, free of head pose.

    Attributes:
        expression: (T, 52) ARKit weights, 0..1, on the fitted head.
        emotion: (T, 8) emotion weights in force.
        presence: (T,) see ``SpeechCode``.
    """

    expression: FloatArray
    emotion: FloatArray
    presence: FloatArray


@dataclass(frozen=True)
class AlignedFace:
    """The new face in the plate's head pose: the handover from prediction (or an artist) to pixels.

    Attributes:
        landmarks: (T, 478, 2) the new face, plate pixels.
        depth: (T, 478) distance of the new landmarks from the camera, metres.
        plate_landmarks: (T, 478, 2) the plate's own face, plate pixels. ``landmarks`` equals it
            where nothing changed.
        rotation: (T, 3, 3) camera from head.
        expression: (T, 52) ARKit weights of the new face.
        plate_expression: (T, 52) ARKit weights of the plate's own face.
        valid: (T,) whether the frame has a face to render.
        changed: (T,) 0..1, how much of the rendered face is shown; 0 passes the plate through.
        confidence: (T,) 0..1, of the track.
    """

    landmarks: FloatArray
    depth: FloatArray
    plate_landmarks: FloatArray
    rotation: FloatArray
    expression: FloatArray
    plate_expression: FloatArray
    valid: BoolArray
    changed: FloatArray
    confidence: FloatArray

    def take(self, order: IntArray) -> AlignedFace:
        """The face of other frames, or of the same in another order."""
        return _take(self, order, [item.name for item in dataclasses.fields(self)])


@dataclass(frozen=True)
class EdgeMap:
    """The drawing the edge-to-video network renders from (paper, section 3.4).

    Attributes:
        lines: (H, W) float32 0..1: face sketch inside the face, Canny edges of the plate outside.
        face: (H, W) float32 0..1: 1 inside the face region.
    """

    lines: FloatArray
    face: FloatArray


@dataclass(frozen=True)
class Frame:
    """One rendered face in its crop, and where it belongs in the plate.

    Attributes:
        number: the frame's number as its user counts.
        crop: (2, 3) affine map from plate pixels to crop pixels (both with centres at .5).
        face: (S, S, 3) float32 0..1, RGB in the plate's own encoding: the generator's picture.
        matte: (S, S) float32 0..1: where the picture replaces the plate.
        edges: (S, S) float32 0..1: the edge map.
        warp: (S, S, 2) float32: for each crop pixel the plate pixel its texture came from.
        mouth: (S, S) float32 0..1: the mouth interior.
        confidence: 0..1, of the track.
        covered: 0..1, share of the face that something covers.
    """

    number: int
    crop: FloatArray
    face: FloatArray
    matte: FloatArray
    edges: FloatArray
    warp: FloatArray
    mouth: FloatArray
    confidence: float
    covered: float = 0.0


def _take(record: Record, order: IntArray, names: list[str]) -> Record:
    changes = {name: getattr(record, name)[order] for name in names}
    return dataclasses.replace(record, **changes)  # type: ignore[type-var]
