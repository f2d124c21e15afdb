"""How well the mouth follows the voice: a clip driven by its own sound against its own fit.

Distances are taken in the frontal view (x and y of the head's frame), at each clip's best lag, and
about the clip's own mean face: a constant difference of rest poses is no fault of the speech. The
mean-face baseline is that same mean face, standing still.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arkit import SHAPE_INDEX
from ..face.fitted import neutral_landmarks
from ..face.head import load_head
from ..face.topology import EYE_CORNERS, MOUTH_CORNERS
from ..lay_script import lay_script
from ..lip_measure import at_lag, best_lag, correlation, distances
from ..listen import listen, place_speech
from ..networks import SpeechNetwork
from ..perform import PerformSettings, perform
from ..progress import Job, Progress
from ..records import EMOTIONS, BoolArray, FaceFit, FloatArray
from ..solve_shapes import ShapeSolver
from ..transcript import Script
from .phone_table import naive_gap

FACE_PIXELS = 256


@dataclass(frozen=True)
class TalkingFace:
    """A recording to measure against.

    Attributes:
        name, speaker: for the table.
        samples: (N,) its sound, mono, 16 kHz.
        times: (T,) seconds of its frames on the sound's clock.
        displacement: (T, 478, 3) of the fitted face from its neutral, metres, head frame.
        valid: (T,) whether the frame has a face.
        neutral: (478, 3) metres, head frame.
        emotion: index into ``EMOTIONS``, or None for the sound's own.
        script: what is said, where that is used.
    """

    name: str
    speaker: str
    samples: FloatArray
    times: FloatArray
    displacement: FloatArray
    valid: BoolArray
    neutral: FloatArray
    emotion: int | None = None
    script: Script | None = None

    @property
    def rate(self) -> float:
        """Frames per second."""
        return float((len(self.times) - 1) / (self.times[-1] - self.times[0]))


@dataclass(frozen=True)
class SpeechScore:
    """One clip's figures; distances in percent of the inter-ocular distance.

    Attributes:
        name, speaker: of the clip.
        lag: frames by which the mouth leads the sound, against what the network expects.
        gap_r, width_r: correlation of inner-lip gap and mouth width at that lag.
        m_ld, f_ld: distance of the lip landmarks, of all landmarks.
        m_lvd, f_lvd: the same of their velocities per frame.
        mean_m_ld, mean_f_ld, mean_m_lvd, mean_f_lvd: of the mean face.
        table_gap_r, table_m_ld: of the naive phone table at its own best lag; None where no phone
            recogniser is installed.
        pixels: how many pixels of a 256-pixel face one percent is.
    """

    name: str
    speaker: str
    lag: int
    gap_r: float
    width_r: float
    m_ld: float
    f_ld: float
    m_lvd: float
    f_lvd: float
    mean_m_ld: float
    mean_f_ld: float
    mean_m_lvd: float
    mean_f_lvd: float
    table_gap_r: float | None
    table_m_ld: float | None
    pixels: float


def talking_face(
    name: str,
    speaker: str,
    samples: FloatArray,
    fit: FaceFit,
    times: FloatArray,
    emotion: int | None = None,
) -> TalkingFace:
    """Make a clip of its sound and its fit; ``times`` are its frames' on the sound's clock."""
    head = load_head()
    displacement = head.displacement(fit.expression)
    neutral = neutral_landmarks(fit)
    return TalkingFace(name, speaker, samples, times, displacement, fit.valid, neutral, emotion)


def own_performance(
    clip: TalkingFace, network: SpeechNetwork, settings: PerformSettings | None = None
) -> FloatArray:
    """Displacements (T, 478, 3) that the clip's own sound gives."""
    code = listen(place_speech(clip.samples), clip.times, network)
    weights = None
    if clip.emotion is not None:
        weights = np.zeros((len(clip.times), len(EMOTIONS)))
        weights[:, clip.emotion] = 1.0
    settings = settings or PerformSettings(rate=clip.rate)
    script = None
    if clip.script is not None:
        script = lay_script(clip.script, network.sounds(clip.samples))
    performance = perform(
        code, weights, clip.neutral, network, settings, script=script, times=clip.times
    )
    return load_head().displacement(performance.expression)


def evaluate_speech(
    clips: Sequence[TalkingFace], network: SpeechNetwork, table: bool = True
) -> Job[list[SpeechScore]]:
    """Measure every clip, driven by its own sound.

    Args:
        clips: the recordings.
        network: what is measured.
        table: whether to run the naive phone table beside it.
    """
    scores = []
    for done, clip in enumerate(clips):
        yield Progress("evaluate speech", done, len(clips), clip.name)
        made = own_performance(clip, network)
        scores.append(
            score_clip(clip, made, naive_gap(clip.samples, clip.times) if table else None)
        )
    return scores


def score_clip(
    clip: TalkingFace, made: FloatArray, table_gap: FloatArray | None = None
) -> SpeechScore:
    """Compare displacements (T, 478, 3) with the clip's own."""
    true_gap = ShapeSolver.lip_gaps(clip.displacement).mean(axis=1)
    true_gap = np.where(clip.valid, true_gap, np.nan)
    gap = ShapeSolver.lip_gaps(made).mean(axis=1)
    lag, gap_r = best_lag(gap, true_gap)
    eyes = clip.neutral[list(EYE_CORNERS)]
    percent = 100.0 / float(np.linalg.norm(eyes[0] - eyes[1]))
    height = float(np.ptp(clip.neutral[:, 1]))
    truth = np.where(clip.valid[:, None, None], clip.displacement, np.nan)[..., :2]
    truth, moved = at_lag(truth, made[..., :2], lag)
    ours = distances(truth, moved)
    still = distances(truth, np.zeros_like(truth))
    table_r, table_ld = None, None
    if table_gap is not None:
        table_lag, table_r = best_lag(table_gap, true_gap)
        table_ld = percent * _table_distance(clip, table_gap, table_lag)
    return SpeechScore(
        name=clip.name,
        speaker=clip.speaker,
        lag=lag,
        gap_r=gap_r,
        width_r=correlation(*at_lag(_width(clip.displacement, clip.valid), _width(made), lag)),
        m_ld=percent * ours[0],
        f_ld=percent * ours[1],
        m_lvd=percent * ours[2],
        f_lvd=percent * ours[3],
        mean_m_ld=percent * still[0],
        mean_f_ld=percent * still[1],
        mean_m_lvd=percent * still[2],
        mean_f_lvd=percent * still[3],
        table_gap_r=table_r,
        table_m_ld=table_ld,
        pixels=FACE_PIXELS / height / percent,
    )


def _width(displacement: FloatArray, valid: BoolArray | None = None) -> FloatArray:
    right, left = MOUTH_CORNERS
    width: FloatArray = displacement[:, left, 0] - displacement[:, right, 0]
    return width if valid is None else np.where(valid, width, np.nan)


def _table_distance(clip: TalkingFace, gap: FloatArray, lag: int) -> float:
    """M-LD in metres of a face whose jaw alone opens by the table's gap."""
    head = load_head()
    jaw = head.landmark_expression_basis[SHAPE_INDEX["jawOpen"]]
    opening = gap / ShapeSolver.lip_gaps(jaw).mean()
    made = opening[:, None, None] * jaw
    truth = np.where(clip.valid[:, None, None], clip.displacement, np.nan)[..., :2]
    return distances(*at_lag(truth, made[..., :2], lag))[0]
