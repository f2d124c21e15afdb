"""Training of the audio-to-landmark network (paper, section 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ...core.progress import Job
from ...core.records import EMOTIONS, FloatArray
from ...core.solve_shapes import LIPS, ShapeSolver
from .descend import Descent, descend, resume
from .encoders import CONTENT_SIZE
from .landmarks import COMPONENTS, LOOK_AHEAD, WARM_UP, WINDOW, LandmarkNetwork
from .utterances import HEARD_RATE

CHECKPOINT = "evp-landmarks-3"
CPU = torch.device("cpu")
LIP_WEIGHT = 4.0
RAMP = 50
"""Steps in which the learning rate rises."""

STILLNESS = 0.3
"""Share of the gap's deviation added to a window's own: where nothing moves, r says little."""

NEUTRAL = EMOTIONS.index("neutral")


@dataclass(frozen=True)
class Hearing:
    """One version of a clip's sound, plain or augmented.

    Attributes:
        content: (N, 280) at 50 rows a second, as the network takes it.
        features: (N, 384) what the listener hears, the voice's own mean taken off, as the straight
            path takes it.
        emotion: (128,) the clip's emotion code.
        speed: how much faster than the picture this version is.
    """

    content: FloatArray
    features: FloatArray
    emotion: FloatArray
    speed: float


@dataclass(frozen=True)
class TalkingClip:
    """A face that talks, with what was heard of it.

    Attributes:
        speaker: the name; all clips of one share amplitude and neutral face.
        emotion: index into ``EMOTIONS``, or None where it is unknown.
        times: (T,) seconds on the sound's clock, the clip's lag taken off.
        displacement: (T, 478, 3) from the neutral face, metres, at the common amplitude; NaN
            where the face was lost.
        neutral: (478, 3) metres, head frame.
        hearings: the versions of its sound.
        acted: whether the face shows the emotion; a neutral corpus read with other emotion codes
            teaches that the mouth's content stays.
    """

    speaker: str
    emotion: int | None
    times: FloatArray
    displacement: FloatArray
    neutral: FloatArray
    hearings: Sequence[Hearing]
    acted: bool


@dataclass(frozen=True)
class LandmarkSettings:
    """How long and how to train.

    Attributes:
        steps: optimiser steps.
        batch: crops in a step.
        rate: learning rate.
        gap_loss, velocity_loss: weights beside the landmarks' own loss.
        likeness_loss: weight of 1 - r of the lip gap in each window.
        averaged: last steps whose mean the network is.
        trust: the LSTM's share of the mouth, the straight path has the rest.
        varied: share of windows that take any version of a clip's sound instead of the plain one.
        noise: deviation of the noise on the standardised content: what one speaker's content
            shows by chance must not be learned.
        decay: weight decay.
        straight_ridge: of the straight path, in shares of its inputs' mean variance.
        seed: of all that is random.
    """

    steps: int = 300
    batch: int = 48
    rate: float = 2e-3
    gap_loss: float = 0.5
    velocity_loss: float = 0.5
    likeness_loss: float = 0.5
    averaged: int = 70
    trust: float = 0.5
    varied: float = 0.25
    noise: float = 0.5
    decay: float = 0.02
    straight_ridge: float = 0.3
    seed: int = 0


def _weights() -> FloatArray:
    weights = np.ones(478)
    weights[list(LIPS)] = LIP_WEIGHT
    return weights


def measure_basis(network: LandmarkNetwork, clips: Sequence[TalkingClip]) -> None:
    """Put the principal components of the clips' displacements into the network.

    Lip landmarks count more. The components' total variance is one, so that a squared error of
    components is a weighted squared error of landmarks.
    """
    rows = np.concatenate([c.displacement[::3] for c in clips])
    rows = rows[np.isfinite(rows).all(axis=(1, 2))].astype(np.float64)
    middle = np.zeros_like(rows[0])
    root = np.sqrt(_weights())[:, None]
    flat = ((rows - middle) * root).reshape(len(rows), -1)
    values, vectors = np.linalg.eigh(flat.T @ flat / len(flat))
    vectors = vectors[:, ::-1][:, :COMPONENTS].T
    unit = float(np.sqrt(values[::-1][:COMPONENTS].sum()))
    basis = vectors.reshape(COMPONENTS, -1, 3) / root * unit
    network.basis.copy_(torch.from_numpy(basis))
    network.middle.copy_(torch.from_numpy(middle))


def components_of(network: LandmarkNetwork, displacement: FloatArray) -> FloatArray:
    """Components (T, K) of displacements (T, 478, 3); NaN where the face was lost."""
    basis = network.basis.numpy().astype(np.float64)
    weights = _weights()
    weighted = (basis * weights[:, None]).reshape(len(basis), -1)
    scale = np.einsum("kj,kj->k", weighted, basis.reshape(len(basis), -1))
    moved = displacement - network.middle.numpy()
    components: FloatArray = moved.reshape(len(moved), -1) @ weighted.T / scale
    return components


@dataclass(frozen=True)
class _Sample:
    content: FloatArray
    emotion: FloatArray
    target: FloatArray
    neutral: FloatArray


class _Sampler:
    def __init__(
        self,
        clips: Sequence[TalkingClip],
        targets: Sequence[FloatArray],
        prototypes: FloatArray,
        identities: FloatArray,
        settings: LandmarkSettings,
    ) -> None:
        self.clips, self.targets, self.prototypes = clips, targets, prototypes
        self.identities = identities
        self.settings = settings
        counts: dict[str, int] = {}
        for clip in clips:
            counts[clip.speaker] = counts.get(clip.speaker, 0) + 1
        weights = np.array([counts[clip.speaker] ** -0.5 for clip in clips])
        self.chances = weights / weights.sum()

    def draw(self, random: np.random.Generator) -> _Sample:
        number = int(random.choice(len(self.clips), p=self.chances))
        clip, target = self.clips[number], self.targets[number]
        version = (
            int(random.integers(len(clip.hearings)))
            if random.random() < self.settings.varied
            else 0
        )
        hearing = clip.hearings[version]
        rate = random.uniform(24.0, 30.5)
        length = WINDOW / rate
        early = clip.times[0] - WARM_UP / rate
        start = random.uniform(early, max(early, clip.times[-1] - length))
        times = start + np.arange(WINDOW) / rate
        known = np.isfinite(target[:, 0])
        rows = np.stack(
            [np.interp(times, clip.times[known], column) for column in target[known].T], axis=1
        )
        nearest = np.clip(np.searchsorted(clip.times, times), 0, len(clip.times) - 1)
        rows[~known[nearest] | (times > clip.times[-1]) | (times < clip.times[0])] = np.nan
        place = np.clip(times / hearing.speed * HEARD_RATE, 0, len(hearing.content) - 1.001)
        low = place.astype(int)
        part = (place - low)[:, None].astype(np.float32)
        content = (1 - part) * hearing.content[low] + part * hearing.content[low + 1]
        return _Sample(
            content, self._emotion(clip, hearing, random), rows, self._face(clip, random)
        )

    def _emotion(
        self, clip: TalkingClip, hearing: Hearing, random: np.random.Generator
    ) -> FloatArray:
        if not clip.acted:
            shares = random.dirichlet(np.full(len(self.prototypes), 0.3))
            code: FloatArray = shares @ self.prototypes
            return hearing.emotion if random.random() < 0.2 else code
        label = NEUTRAL if clip.emotion is None else clip.emotion
        own = random.random()
        return own * hearing.emotion + (1 - own) * self.prototypes[label]

    def _face(self, clip: TalkingClip, random: np.random.Generator) -> FloatArray:
        amounts = random.normal(0.0, 1.0, len(self.identities))
        face: FloatArray = clip.neutral + np.tensordot(amounts, self.identities, axes=1)
        return face

    def batch(self, random: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        samples = [self.draw(random) for _ in range(self.settings.batch)]
        content = np.stack([s.content for s in samples])
        emotion = np.stack([s.emotion for s in samples])[:, None].repeat(content.shape[1], 1)
        parts = (np.stack([s.neutral for s in samples]), content, emotion)
        target = np.stack([s.target for s in samples])
        neutral, heard, felt, wanted = (
            torch.from_numpy(np.asarray(part, np.float32)) for part in (*parts, target)
        )
        return neutral, heard, felt, wanted


def unlikeness(made: Tensor, wanted: Tensor, seen: Tensor, unit: float) -> Tensor:
    """1 - r of two lip gaps within each window, mean over the windows that are seen throughout.

    Args:
        made, wanted: (B, T, P) gaps at P places of the mouth, whose mean is compared.
        seen: (B, T) where the wanted gap is known.
        unit: deviation of the gap in all the data.
    """
    still = (STILLNESS * unit) ** 2
    own, real = (gap.mean(-1) - gap.mean((1, 2))[:, None] for gap in (made, wanted))
    together = (own * real).mean(1)
    apart = torch.sqrt((own.square().mean(1) + still) * (real.square().mean(1) + still))
    return ((1.0 - together / apart) * seen.all(1)).mean()


def fit_landmarks(
    clips: Sequence[TalkingClip],
    prototypes: FloatArray,
    identities: FloatArray,
    settings: LandmarkSettings,
    checkpoint: Path,
    device: torch.device = CPU,
) -> Job[LandmarkNetwork]:
    """Train the network; goes on from the checkpoint if there is one.

    It learns alone what to make of the speech and gets its share of the mouth; the straight path is
    solved beside it (``straight.py``). Two opinions hold better for strangers than one that
    corrects the other.

    Args:
        clips: the training data.
        prototypes: (8, 128) emotion codes.
        identities: (50, 478, 3) what one standard deviation of each identity moves; every crop is
            shown on another random face, so that a few speakers' faces do not steer the mouth.
        settings: see there.
        checkpoint: file that is written every 100 steps.
        device: where the steps are taken; the network comes back to the CPU.
    """
    torch.manual_seed(settings.seed)
    network = LandmarkNetwork(noise=settings.noise)
    measure_basis(network, clips)
    targets = [components_of(network, clip.displacement) for clip in clips]
    some = [c.hearings[0].content[::5, :CONTENT_SIZE] for c in clips]
    network.content_scale.measure(torch.from_numpy(np.concatenate(some).astype(np.float32)))
    network.emotion_scale.measure(torch.from_numpy(prototypes.astype(np.float32)))
    network.emotion_scale.scale.fill_(float(network.emotion_scale.scale.mean()))
    faces = np.stack([c.neutral for c in clips]).mean(axis=0) + np.concatenate(
        [identities, -identities]
    )
    step_size = 478 // (network.identity_scale.mean.numel() // 3)
    points = faces[:, ::step_size][:, : network.identity_scale.mean.numel() // 3]
    network.identity_scale.measure(torch.from_numpy(points.reshape(len(points), -1)).float())
    network.identity_scale.scale.mul_(np.sqrt(len(faces)))
    sampler = _Sampler(clips, targets, prototypes, identities, settings)
    gap_rows = torch.from_numpy(ShapeSolver.lip_gaps(network.basis.numpy())).float()
    known = np.concatenate(targets)
    known = known[np.isfinite(known[:, 0])]
    gap_unit = float((known @ gap_rows.numpy()).std())
    differences = np.concatenate([np.diff(target, axis=0) for target in targets])
    speed_unit = float(np.nanmean(np.square(differences).sum(axis=1)))
    plan = Descent(
        stage="landmarks",
        architecture=CHECKPOINT,
        checkpoint=checkpoint,
        steps=settings.steps,
        ramp=RAMP,
        steepest=1.0,
        weights={
            "gap": settings.gap_loss,
            "velocity": settings.velocity_loss,
            "likeness": settings.likeness_loss,
        },
        seed=settings.seed,
        averaged=settings.averaged,
    )
    done = resume(network, plan)
    network.to(device)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=settings.rate, weight_decay=settings.decay
    )
    gap_rows = gap_rows.to(device)

    def losses_of(random: np.random.Generator) -> dict[str, Tensor]:
        neutral, content, emotion, wanted = (part.to(device) for part in sampler.batch(random))
        made = network(neutral, content, emotion)[:, WARM_UP:-LOOK_AHEAD]
        wanted = wanted[:, WARM_UP:-LOOK_AHEAD]
        seen = torch.isfinite(wanted[..., :1])
        wanted = torch.nan_to_num(wanted)
        nothing = torch.zeros((), device=device)
        error = torch.where(seen, made - wanted, nothing)
        share = seen.float().mean().clamp(min=0.01)
        both = seen[:, 1:] & seen[:, :-1]
        change = torch.where(both, error[:, 1:] - error[:, :-1], nothing)
        return {
            "landmarks": error.square().sum(-1).mean() / share,
            "gap": (error @ gap_rows).square().mean() / gap_unit**2 / share,
            "velocity": change.square().sum(-1).mean() / speed_unit / share,
            "likeness": unlikeness(made @ gap_rows, wanted @ gap_rows, seen[..., 0], gap_unit),
        }

    yield from descend(network, optimiser, plan, done, losses_of)
    network.cpu()
    with torch.no_grad():
        for parameter in network.out.parameters():
            parameter.mul_(settings.trust)
    return network
