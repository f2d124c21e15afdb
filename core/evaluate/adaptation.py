"""What learning from the plate's own speech gains: one half of a clip learnt from, the other told.

Each half's sound is cut out and heard alone. All distances, the mean face's too, are about the
mean faces of the half that is measured.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from ..face.head import load_head
from ..listen import listen, place_speech
from ..networks import SpeechNetwork
from ..perform import PerformSettings, act, speak
from ..progress import Job, Progress
from ..records import SAMPLE_RATE, SpeechManner
from ..solve_shapes import ShapeSolver
from ..speech_manner import OwnSpeech, learn_manner
from .speech import SpeechScore, TalkingFace, score_clip


@dataclass(frozen=True)
class AdaptationScore:
    """One half of a clip; distances in percent of the inter-ocular distance.

    Attributes:
        name: of the clip, with the half that was measured.
        learnt: whether the other half changed anything.
        gap_r, width_r, m_ld, m_lvd: as in ``SpeechScore``, adapted.
        plain_gap_r, plain_width_r, plain_m_ld, plain_m_lvd: not adapted.
        mean_m_ld, mean_m_lvd: of the mean face.
        nearer, plain_nearer: share by which M-LD is below the mean face's.
        amplitude, plain_amplitude: standard deviation of the lip gap as a share of the recorded.
        note: what was learnt, or why nothing was.
    """

    name: str
    learnt: bool
    gap_r: float
    plain_gap_r: float
    width_r: float
    plain_width_r: float
    m_ld: float
    plain_m_ld: float
    mean_m_ld: float
    nearer: float
    plain_nearer: float
    m_lvd: float
    plain_m_lvd: float
    mean_m_lvd: float
    amplitude: float
    plain_amplitude: float
    note: str


def evaluate_adaptation(
    clips: Sequence[TalkingFace], network: SpeechNetwork
) -> Job[list[AdaptationScore]]:
    """Measure both halves of every clip, each with what the other one taught."""
    scores = []
    for done, clip in enumerate(clips):
        yield Progress("evaluate adaptation", done, len(clips), clip.name)
        halves = [_Half(part, network) for part in halve(clip)]
        for told, learnt_from in zip(halves, reversed(halves), strict=True):
            scores.append(told.score(learnt_from.manner()))
    return scores


def halve(clip: TalkingFace) -> tuple[TalkingFace, TalkingFace]:
    """The two halves of a clip, each with its own stretch of the sound."""
    middle = len(clip.times) // 2
    first, second = slice(0, middle), slice(middle, None)
    return _cut(clip, first, "first half"), _cut(clip, second, "second half")


def _cut(clip: TalkingFace, frames: slice, name: str) -> TalkingFace:
    times = clip.times[frames]
    start, end = (round(t * SAMPLE_RATE) for t in (times[0], times[-1] + 1.0 / clip.rate))
    return dataclasses.replace(
        clip,
        name=f"{clip.name}, {name}",
        samples=clip.samples[start:end],
        times=times - times[0],
        displacement=clip.displacement[frames],
        valid=clip.valid[frames],
    )


class _Half:
    """A half of a clip, heard once."""

    def __init__(self, clip: TalkingFace, network: SpeechNetwork) -> None:
        self.clip, self.network = clip, network
        self.settings = PerformSettings(rate=clip.rate)
        self.code = listen(place_speech(clip.samples), clip.times, network)
        self.spoken = speak(self.code, None, clip.neutral, network, self.settings)

    def manner(self) -> SpeechManner:
        """What this half teaches."""
        clip = self.clip
        own = OwnSpeech(self.code, clip.displacement, clip.valid, clip.neutral)
        return learn_manner(own, self.network, self.settings)

    def score(self, manner: SpeechManner) -> AdaptationScore:
        """This half told with a manner and without."""
        (plain, plain_amplitude), (own, amplitude) = self._told(None), self._told(manner)
        return AdaptationScore(
            name=self.clip.name,
            learnt=manner.learnt,
            gap_r=own.gap_r,
            plain_gap_r=plain.gap_r,
            width_r=own.width_r,
            plain_width_r=plain.width_r,
            m_ld=own.m_ld,
            plain_m_ld=plain.m_ld,
            mean_m_ld=own.mean_m_ld,
            nearer=1.0 - own.m_ld / own.mean_m_ld,
            plain_nearer=1.0 - plain.m_ld / plain.mean_m_ld,
            m_lvd=own.m_lvd,
            plain_m_lvd=plain.m_lvd,
            mean_m_lvd=own.mean_m_lvd,
            amplitude=amplitude,
            plain_amplitude=plain_amplitude,
            note=manner.note,
        )

    def _told(self, manner: SpeechManner | None) -> tuple[SpeechScore, float]:
        clip = self.clip
        made = act(self.code, self.spoken, self.network, self.settings, manner)
        moved = load_head().displacement(made.expression)
        gap, true_gap = ShapeSolver.lip_gaps(moved), ShapeSolver.lip_gaps(clip.displacement)
        spread = gap.mean(axis=1).std() / true_gap[clip.valid].mean(axis=1).std()
        return score_clip(clip, moved), float(spread)
