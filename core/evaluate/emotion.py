"""How well emotion is heard, kept out of the content, and shown on the face."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import InputError
from ..face.head import load_head
from ..lip_measure import correlation
from ..listen import listen, place_speech
from ..networks import CONTENT_SIZE, SpeechNetwork
from ..perform import PerformSettings, perform
from ..progress import Job, Progress
from ..records import EMOTIONS, FloatArray, IntArray
from ..solve_shapes import ShapeSolver
from .speech import TalkingFace, score_clip

FRAME = 0.04
RIDGE = 10.0


@dataclass(frozen=True)
class VoiceClip:
    """A recorded voice whose emotion is known: (N,) samples at 16 kHz, index into ``EMOTIONS``."""

    name: str
    speaker: str
    samples: FloatArray
    emotion: int


@dataclass(frozen=True)
class EmotionScore:
    """What is heard of the emotion over all clips.

    Attributes:
        clips: how many.
        accuracy: share recognised, each clip alone, among the emotions that occur.
        accuracy_known_voice: the same with each speaker's own mean taken off first.
        confusion: (8, 8) counts, true emotion by heard emotion, each clip alone.
        chance: share of the commonest emotion.
        content_probe: accuracy of a linear probe of emotion on the mean of Ec's content over the
            clip, speakers left out by turns; near chance if the content keeps no emotion.
        spread_probe: the same on the mean and the deviation of the content, which also sees how
            largely it moves.
        code_probe: the same probe on the emotion code.
    """

    clips: int
    accuracy: float
    accuracy_known_voice: float
    confusion: list[list[int]]
    chance: float
    content_probe: float
    spread_probe: float
    code_probe: float


@dataclass(frozen=True)
class ShownEmotionScore:
    """What the face shows of the emotion in one clip.

    Attributes:
        name, speaker, emotion: of the clip.
        f_ld: distance of all landmarks from the clip's, percent of the inter-ocular distance, for
            each emotion it was performed with, in the order of ``EMOTIONS``. Here the rest pose
            counts: it is the expression.
        own_wins: whether its own emotion came nearest.
        own_nearer: share of the other emotions it competes against that came no nearer than its
            own.
        swap_gap_r: least correlation of the lip gap between its own and another emotion.
    """

    name: str
    speaker: str
    emotion: str
    f_ld: list[float]
    own_wins: bool
    own_nearer: float
    swap_gap_r: float


def evaluate_emotion(clips: Sequence[VoiceClip], network: SpeechNetwork) -> Job[EmotionScore]:
    """Measure what is heard of the emotion; clips of at least two speakers."""
    speakers = np.array([clip.speaker for clip in clips])
    if len(set(speakers)) < 2:
        raise InputError("The emotion evaluation needs clips of at least two speakers.")
    labels = np.array([clip.emotion for clip in clips])
    contents, codes, heard = [], [], []
    for done, clip in enumerate(clips):
        yield Progress("evaluate emotion", done, len(clips), clip.name)
        code = listen(place_speech(clip.samples), _times(clip), network)
        spoken = code.activity > 0.5
        spoken = spoken if spoken.any() else np.ones(len(spoken), bool)
        encoded = code.content[spoken, :CONTENT_SIZE]
        contents.append(_mean_and_deviation(encoded))
        codes.append(code.emotion[spoken].mean(axis=0))
        heard.append(code.probabilities[spoken].mean(axis=0))
    known = []
    for speaker in dict.fromkeys(speakers):
        own = [clip for clip in clips if clip.speaker == speaker]
        voice = network.voice_of([clip.samples for clip in own])
        for done, clip in enumerate(own):
            yield Progress("evaluate known voices", done, len(own), clip.name)
            _, _, probabilities, _ = network.hear(clip.samples, _times(clip), voice)
            known.append((clip.name, probabilities.mean(axis=0)))
    by_name = dict(known)
    occurring = sorted(set(labels))
    spread = np.array(contents)
    alone = _choose(np.array(heard), occurring)
    helped = _choose(np.array([by_name[clip.name] for clip in clips]), occurring)
    confusion = np.zeros((len(EMOTIONS), len(EMOTIONS)), int)
    np.add.at(confusion, (labels, alone), 1)
    return EmotionScore(
        clips=len(clips),
        accuracy=float((alone == labels).mean()),
        accuracy_known_voice=float((helped == labels).mean()),
        confusion=confusion.tolist(),
        chance=float(np.bincount(labels).max() / len(labels)),
        content_probe=linear_probe(spread[:, : spread.shape[1] // 2], labels, speakers),
        spread_probe=linear_probe(spread, labels, speakers),
        code_probe=linear_probe(np.array(codes), labels, speakers),
    )


def evaluate_shown_emotion(
    clips: Sequence[TalkingFace], network: SpeechNetwork
) -> Job[list[ShownEmotionScore]]:
    """Perform emotional clips with every emotion of the set and compare with the recording.

    The emotions a clip competes against are those that occur in ``clips``.
    """
    occurring = sorted({clip.emotion for clip in clips if clip.emotion is not None})
    scores = []
    for done, clip in enumerate(clips):
        yield Progress("evaluate shown emotion", done, len(clips), clip.name)
        if clip.emotion is None:
            continue
        code = listen(place_speech(clip.samples), clip.times, network)
        distances, gaps = [], []
        for emotion in range(len(EMOTIONS)):
            weights = np.zeros((len(clip.times), len(EMOTIONS)))
            weights[:, emotion] = 1.0
            settings = PerformSettings(rate=clip.rate)
            acted = perform(code, weights, clip.neutral, network, settings)
            moved = load_head().displacement(acted.expression)
            gaps.append(ShapeSolver.lip_gaps(moved).mean(axis=1))
            distances.append(_resting_distance(clip, moved))
        nearer = own_nearer(distances, clip.emotion, occurring)
        scores.append(
            ShownEmotionScore(
                clip.name,
                clip.speaker,
                EMOTIONS[clip.emotion],
                distances,
                nearer == 1.0,
                nearer,
                min(correlation(gaps[clip.emotion], gap) for gap in gaps),
            )
        )
    return scores


def own_nearer(distances: Sequence[float], own: int, occurring: Sequence[int]) -> float:
    """Share of the other occurring emotions whose distance is not below the own emotion's."""
    others = [distances[other] for other in occurring if other != own]
    return float(np.mean([distances[own] <= other for other in others])) if others else 1.0


def linear_probe(features: FloatArray, labels: IntArray, speakers: IntArray) -> float:
    """Accuracy of ridge regression to the labels, each speaker left out in turn."""
    right = 0
    targets = np.eye(len(EMOTIONS))[labels]
    for speaker in sorted(set(speakers)):
        held = speakers == speaker
        mean, scale = features[~held].mean(axis=0), features[~held].std(axis=0) + 1e-6
        train, test = (features[~held] - mean) / scale, (features[held] - mean) / scale
        base = targets[~held].mean(axis=0)
        gram = train.T @ train + RIDGE * np.eye(train.shape[1])
        weights = np.linalg.solve(gram, train.T @ (targets[~held] - base))
        right += int(((test @ weights + base).argmax(axis=1) == labels[held]).sum())
    return right / len(labels)


def _times(clip: VoiceClip) -> FloatArray:
    return np.arange(0.0, len(clip.samples) / 16_000, FRAME)


def _mean_and_deviation(rows: FloatArray) -> FloatArray:
    joined: FloatArray = np.concatenate([rows.mean(axis=0), rows.std(axis=0)])
    return joined


def _choose(probabilities: FloatArray, occurring: list[int]) -> IntArray:
    chosen: IntArray = np.array(occurring)[probabilities[:, occurring].argmax(axis=1)]
    return chosen


def _resting_distance(clip: TalkingFace, moved: FloatArray) -> float:
    lag = score_clip(clip, moved).lag
    truth = np.where(clip.valid[:, None, None], clip.displacement, np.nan)
    made = np.roll(moved, -lag, axis=0)
    eyes = np.linalg.norm(clip.neutral[33] - clip.neutral[263])
    return float(100.0 * np.nanmean(np.linalg.norm((truth - made)[..., :2], axis=-1)) / eyes)
