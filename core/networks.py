"""What the core needs of a network, as small protocols; the models floor fulfils them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .layers import Layers
from .progress import Job
from .records import FloatArray
from .reenact import PairMaker, TrainingPair

# --- Speech ---------------------------------------------------------------------------------

CONTENT_SIZE = 256
"""Numbers of the content encoder Ec, the first of a content."""


class SpeechNetwork(Protocol):
    """Speech to content, emotion and landmarks (paper, sections 3.2 and 3.3)."""

    @property
    def fingerprint(self) -> str:
        """Changes when the weights do."""

    @property
    def prototypes(self) -> FloatArray:
        """(8, L, 128) the code of each emotion at the intensities 1/L, 2/L ... 1."""

    @property
    def expressions(self) -> FloatArray:
        """(8, 52) what the face shows of each emotion at full intensity, as ARKit weights."""

    def hear(
        self, samples: FloatArray, times: FloatArray, voice: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Encode what is said and how.

        Args:
            samples: (N,) mono, 16 kHz.
            times: (T,) seconds from the first sample; the ends of the sound repeat beyond it.
            voice: the speaker's own voice as ``voice_of`` gave it, where more of it is known.

        Returns:
            content (T, 304), emotion code (T, 128), emotion probabilities (T, 8), and how surely
            the lips touch (T,), about 1 in b, m and p and 0 else.
        """

    def voices(self, samples: FloatArray) -> FloatArray:
        """(M,) probability that somebody speaks in each 10 ms of mono sound (N,) at 16 kHz."""

    def sounds(self, samples: FloatArray) -> FloatArray:
        """(N, 24) log-probability of each of ``speech_sounds.SOUNDS`` every 20 ms of mono sound."""

    def voice_of(self, recordings: Sequence[FloatArray]) -> FloatArray:
        """(1536,) how far a speaker's voice lies from the average, from some recordings of it."""

    def displace(
        self,
        neutral: FloatArray,
        content: FloatArray,
        emotion: FloatArray,
        rate: float,
        frames: range | None = None,
    ) -> FloatArray:
        """Move the landmarks of a face.

        Args:
            neutral: (478, 3) the face at rest, lips closed, metres, head frame.
            content: (T, 304) from ``hear``.
            emotion: (T, 128) emotion code.
            rate: frames per second.
            frames: the F frames to give, neighbours; None for all of them.

        Returns:
            (F, 478, 3) displacements from the neutral face, metres, head frame. A frame's is the
            same whichever frames are asked for with it.
        """


# --- Picture --------------------------------------------------------------------------------


@dataclass(frozen=True)
class RenderedCrop:
    """What a face renderer makes of one frame, at the generator's size S.

    Attributes:
        picture: (S, S, 3) the finished face.
        blend: (S, S) how far the bank's mouth shows in it, but for the detail.
        detail: (S, S) how far the bank's detail shows.
        gain: (S, S) what the detail is multiplied by.
        correction: (S, S, 3) colour added to the blended textures.
    """

    picture: FloatArray
    blend: FloatArray
    detail: FloatArray
    gain: FloatArray
    correction: FloatArray


@dataclass(frozen=True)
class AdaptationReport:
    """How learning from a plate went, measured on frames that were not learnt from.

    Attributes:
        mode: ``learned``, ``bank`` or ``warp``: what was best and is used.
        warp_psnr, bank_psnr, learned_psnr: dB around the mouth and face, weighted as in training;
            NaN where there was nothing to measure on.
        seconds: spent in all, with preparing and measuring.
        steps: optimisation steps in all.
    """

    mode: str
    warp_psnr: float
    bank_psnr: float
    learned_psnr: float
    seconds: float
    steps: int


class FaceRenderer(Protocol):
    """Edge map and plate to face (paper, section 3.4)."""

    @property
    def fingerprint(self) -> str:
        """Changes when the weights or their use do."""

    @property
    def edges_only(self) -> bool:
        """Whether it paints from the edge map alone."""

    def predict(self, layers: Layers, previous: FloatArray | None) -> RenderedCrop:
        """Render one frame.

        Args:
            layers: at the generator's size.
            previous: (S, S, 3) the last picture moved along to this frame, or None at a start.
        """

    def adapt(
        self,
        pairs: PairMaker,
        held_out: Sequence[TrainingPair],
        seconds: float,
        begun: float,
        seed: int,
        checkpoint: Path,
        key: str,
    ) -> Job[AdaptationReport]:
        """Learn from a plate for so many seconds of wall clock, and keep the best.

        The seconds count from ``begun``, a reading of ``time.monotonic``: preparing the frames is
        part of them.
        Goes on from ``checkpoint`` where that was made with the same key, writes it while it
        works, and is never worse on ``held_out`` than the bank or the warp alone.
        """

    def restore(self, checkpoint: Path, key: str, seconds: float) -> AdaptationReport | None:
        """Take up a finished adaptation with this key and at least so many seconds, if there is."""

    def reset(self) -> None:
        """Go back to the base weights."""


# --- Both -----------------------------------------------------------------------------------


class Networks(Protocol):
    """The networks of a shot, loaded when first asked for; the composition root has them."""

    @property
    def device(self) -> object:
        """Where the networks run."""

    @property
    def reason(self) -> str:
        """Why there."""

    @property
    def speech(self) -> SpeechNetwork:
        """Speech to landmarks."""

    @property
    def renderer(self) -> FaceRenderer:
        """Edge map to face."""
