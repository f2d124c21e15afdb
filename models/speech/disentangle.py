"""Cross-reconstructed emotion disentanglement (paper, section 3.2), with the pairs put right.

x(i, m) is sentence i in emotion m. One step draws two sentences i, j of one voice in the same two
emotions m, n; each sentence's two versions were aligned, so row k of one is row k of the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ...core.errors import InputError
from ...core.pairs import align_pair
from ...core.progress import Job
from ...core.records import EMOTIONS, FloatArray, IntArray
from ...core.speech_features import ROW_RATE, mfcc_windows
from .descend import Descent, descend, resume
from .encoders import CONTENT_SIZE, ContentEncoder, EmotionEncoder, SpeechDecoder
from .hear_emotion import EmotionSettings, EmotionTask, calibrate_emotion, pretrain_emotion
from .listener import WIDTH
from .takes import Take
from .utterances import centre, heard_indices, statistics

CHECKPOINT = "evp-disentangle-2"
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Pair:
    """One sentence in two emotions, aligned; indices into the takes and into their MFCC rows."""

    first: int
    second: int
    first_rows: IntArray
    second_rows: IntArray


@dataclass(frozen=True)
class DisentangleSettings:
    """How long and how to train.

    Attributes:
        steps: optimiser steps.
        quadruples: pairs of pairs in a step.
        windows: windows drawn from each.
        rate: learning rate.
        pairs: aligned pairs made per voice and pair of emotions.
        emotion: how Ee learns to tell emotions, before and meanwhile.
        emotion_rate: learning rate of Ee, as a share of the others'.
        content_loss, class_loss, speech_loss: weights of the losses (the paper has 1 and 1).
        seed: of all that is random.
    """

    steps: int = 800
    quadruples: int = 12
    windows: int = 5
    rate: float = 1e-3
    pairs: int = 3
    emotion: EmotionSettings = field(default_factory=EmotionSettings)
    emotion_rate: float = 0.1
    content_loss: float = 0.5
    class_loss: float = 1.0
    speech_loss: float = 2.0
    seed: int = 0


@dataclass
class Disentangled:
    """The networks that are trained together."""

    content: ContentEncoder
    emotion: EmotionEncoder
    decoder: SpeechDecoder
    speech: nn.Linear

    def modules(self) -> nn.ModuleDict:
        """All of them, by name."""
        return nn.ModuleDict(
            {
                "content": self.content,
                "emotion": self.emotion,
                "decoder": self.decoder,
                "speech": self.speech,
            }
        )


def new_networks(settings: DisentangleSettings) -> Disentangled:
    """Untrained networks; ``speech`` reads three of the listener's rows back from the content."""
    return Disentangled(
        ContentEncoder(),
        EmotionEncoder(settings.emotion.dropout),
        SpeechDecoder(),
        nn.Linear(CONTENT_SIZE, 3 * WIDTH),
    )


def draw_pairs(
    takes: Sequence[Take], per_pair: int, seed: int
) -> dict[tuple[str, ...], list[Pair]]:
    """Align takes of one sentence in two emotions, grouped by corpus, voice and the two emotions.

    In every pair of a group the first take has the group's first emotion. Groups with fewer than
    two sentences are left out: cross-reconstruction needs two.
    """
    random = np.random.default_rng(seed)
    takes_of: dict[tuple[str, str, str], dict[int, list[int]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for index, take in enumerate(takes):
        if take.emotion is not None and take.sentence:
            takes_of[take.corpus, take.speaker, take.sentence][take.emotion].append(index)
    groups: dict[tuple[str, ...], list[Pair]] = defaultdict(list)
    for (corpus, speaker, _), by_emotion in sorted(takes_of.items()):
        for m, n in combinations(sorted(by_emotion), 2):
            for _ in range(per_pair):
                first = int(random.choice(by_emotion[m]))
                second = int(random.choice(by_emotion[n]))
                paths = align_pair(takes[first].heard.mfcc, takes[second].heard.mfcc)
                pair = Pair(first, second, *paths)
                groups[corpus, speaker, EMOTIONS[m], EMOTIONS[n]].append(pair)
    sentences = {
        key: len({takes[pair.first].sentence for pair in pairs}) for key, pairs in groups.items()
    }
    return {key: pairs for key, pairs in groups.items() if sentences[key] > 1}


class _Material:
    """The takes as tensors that windows are cut from."""

    def __init__(self, takes: Sequence[Take], networks: Disentangled) -> None:
        self.takes = takes
        self.mfcc_scale = networks.content.mfcc_scale
        mfcc_mean = self.mfcc_scale.mean.numpy()
        heard_mean = networks.content.heard_scale.mean.numpy()
        self.mfcc = [centre(t.heard.mfcc, t.heard.active, mfcc_mean) for t in takes]
        self.content = [
            centre(t.heard.content, t.heard.active_heard, heard_mean).astype(np.float16)
            for t in takes
        ]
        self.statistics = torch.from_numpy(np.stack([statistics(t.heard) for t in takes]))

    def windows(self, index: int, rows: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Centred MFCC, centred listener and raw MFCC windows at some MFCC rows of a take."""
        times = rows / ROW_RATE
        content = self.content[index]
        return (
            mfcc_windows(self.mfcc[index], times),
            content[heard_indices(times, len(content))].astype(np.float32),
            mfcc_windows(self.takes[index].heard.mfcc, times),
        )


def disentangle(
    takes: Sequence[Take],
    settings: DisentangleSettings,
    checkpoint: Path,
    device: torch.device = CPU,
) -> Job[Disentangled]:
    """Train Ec, Ee and D; goes on from the checkpoint if there is one.

    Args:
        takes: labelled and unlabelled utterances; unlabelled ones are only reconstructed.
        settings: see there.
        checkpoint: file that is written every 100 steps.
        device: where the steps are taken; the networks come back to the CPU.

    Raises:
        InputError: no voice says two sentences in two emotions.
    """
    torch.manual_seed(settings.seed)
    networks = new_networks(settings)
    content, emotion, decoder = networks.content, networks.emotion, networks.decoder
    modules = networks.modules()
    content.mfcc_scale.measure(torch.from_numpy(np.concatenate([t.heard.mfcc for t in takes])))
    content.heard_scale.measure(
        torch.from_numpy(np.concatenate([t.heard.content[::4] for t in takes]).astype(np.float32))
    )
    groups = draw_pairs(takes, settings.pairs, settings.seed)
    keys = sorted(groups)
    if not keys:
        raise InputError(
            "No voice in the data says two sentences in two emotions; cross-reconstruction needs "
            "such pairs, add recordings of an emotional corpus."
        )
    task = EmotionTask(takes, settings.emotion, settings.seed)
    pretrain_emotion(emotion, task, settings.seed, device)
    material = _Material(takes, networks)
    unlabelled = [index for index, take in enumerate(takes) if take.emotion is None]
    modules.to(device)
    shared = nn.ModuleList([content, decoder, networks.speech])
    optimiser = torch.optim.AdamW(shared.parameters(), lr=settings.rate, weight_decay=0.01)
    optimiser.add_param_group(
        {"params": list(emotion.parameters()), "lr": settings.rate * settings.emotion_rate}
    )
    plan = Descent(
        stage="disentangle",
        architecture=CHECKPOINT,
        checkpoint=checkpoint,
        steps=settings.steps,
        ramp=1,
        steepest=5.0,
        weights={
            "class": settings.class_loss,
            "content": settings.content_loss,
            "speech": settings.speech_loss,
        },
        seed=settings.seed,
    )
    done = resume(modules, plan)

    def losses_of(random: np.random.Generator) -> dict[str, Tensor]:
        losses = _losses(networks, material, groups, keys, unlabelled, settings, random)
        return {**losses, "class": task.loss(emotion, random)}

    yield from descend(modules, optimiser, plan, done, losses_of)
    modules.cpu()
    guard_content(networks, takes)
    if settings.emotion.calibrate:
        calibrate_emotion(emotion, takes, settings.emotion, settings.seed)
    return networks


def guard_content(networks: Disentangled, takes: Sequence[Take]) -> None:
    """Take off the content what still tells the emotion to a linear eye.

    The least change of the content that makes its mean the same in every emotion (least-squares
    concept erasure, Belrose et al. 2023), measured within each corpus and voice.
    """
    rows, marks = [], []
    material = _Material([take for take in takes if take.emotion is not None], networks)
    with torch.no_grad():
        for index, take in enumerate(material.takes):
            at = np.flatnonzero(take.heard.active)[::6]
            mfcc, heard, _ = material.windows(index, at)
            rows.append(networks.content(torch.from_numpy(mfcc), torch.from_numpy(heard)).numpy())
            mark = np.zeros((len(at), len(EMOTIONS)))
            mark[:, take.emotion] = 1.0
            marks.append(mark)
    voices = [take.voice for take in material.takes]
    centred_rows, centred_marks = [], []
    for voice in sorted(set(voices)):
        own = [index for index, name in enumerate(voices) if name == voice]
        own_rows = np.concatenate([rows[index] for index in own]).astype(np.float64)
        own_marks = np.concatenate([marks[index] for index in own])
        centred_rows.append(own_rows - own_rows.mean(axis=0))
        centred_marks.append(own_marks - own_marks.mean(axis=0))
    x, z = np.concatenate(centred_rows), np.concatenate(centred_marks)
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    values = np.maximum(values, 1e-4)
    whiten = vectors @ np.diag(values**-0.5) @ vectors.T
    colour = vectors @ np.diag(values**0.5) @ vectors.T
    left, strength, _ = np.linalg.svd(whiten @ (x.T @ z / len(x)), full_matrices=False)
    left = left[:, strength > 1e-3]
    keep = np.eye(len(whiten)) - colour @ left @ left.T @ whiten
    networks.content.guard.copy_(torch.from_numpy(keep.T) @ networks.content.guard.double())


def _quadruples(
    groups: dict[tuple[str, ...], list[Pair]],
    keys: list[tuple[str, ...]],
    takes: Sequence[Take],
    settings: DisentangleSettings,
    random: np.random.Generator,
) -> Iterator[tuple[Pair, Pair]]:
    for _ in range(settings.quadruples):
        pairs = groups[keys[int(random.integers(len(keys)))]]
        i = pairs[int(random.integers(len(pairs)))]
        others = [p for p in pairs if takes[p.first].sentence != takes[i.first].sentence]
        yield i, others[int(random.integers(len(others)))]


def _losses(
    networks: Disentangled,
    material: _Material,
    groups: dict[tuple[str, ...], list[Pair]],
    keys: list[tuple[str, ...]],
    unlabelled: list[int],
    settings: DisentangleSettings,
    random: np.random.Generator,
) -> dict[str, Tensor]:
    """The losses of one step; columns of the batch are im, in, jm, jn."""
    count = settings.windows
    cut: list[list[tuple[FloatArray, FloatArray, FloatArray]]] = [[], [], [], []]
    owners: list[list[int]] = [[], [], [], []]
    for i, j in _quadruples(groups, keys, material.takes, settings, random):
        for column, pair in ((0, i), (2, j)):
            at = random.integers(0, len(pair.first_rows), count)
            cut[column].append(material.windows(pair.first, pair.first_rows[at]))
            cut[column + 1].append(material.windows(pair.second, pair.second_rows[at]))
            owners[column].append(pair.first)
            owners[column + 1].append(pair.second)
    free = [int(index) for index in random.choice(unlabelled, 12)] if unlabelled else []
    extra = []
    for index in free:
        rows = random.integers(0, len(material.mfcc[index]), count)
        extra.append(material.windows(index, rows))
    flat = [*cut[0], *cut[1], *cut[2], *cut[3], *extra]
    device = networks.speech.weight.device
    mfcc, heard, raw = (
        torch.from_numpy(np.concatenate([windows[part] for windows in flat])).to(device)
        for part in range(3)
    )
    target = material.mfcc_scale(raw)
    content = networks.content(mfcc, heard)
    owner = torch.tensor([*owners[0], *owners[1], *owners[2], *owners[3], *free])
    code = networks.emotion(material.statistics[owner].to(device))
    size = settings.quadruples * count
    x_in, x_jm = target[size : 2 * size], target[2 * size : 3 * size]
    c_im, c_in, c_jm, c_jn = (content[k * size : (k + 1) * size] for k in range(4))
    rows_code = code.repeat_interleave(count, dim=0)
    e_im, e_jn = rows_code[:size], rows_code[3 * size : 4 * size]
    swapped = networks.decoder(torch.cat([c_im, c_jn]), torch.cat([e_jn, e_im]))
    same = networks.decoder(content, rows_code)
    listened = networks.content.heard_scale(heard)[:, [3, 7, 11]].flatten(1)
    return {
        "cross": functional.l1_loss(swapped, torch.cat([x_in, x_jm])),
        "self": functional.l1_loss(same, target),
        "content": functional.l1_loss(c_im, c_in) + functional.l1_loss(c_jm, c_jn),
        "speech": functional.mse_loss(networks.speech(content), listened),
    }
