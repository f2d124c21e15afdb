"""The trained speech networks as one: speech in, landmark displacements out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from ...core.arkit import SHAPE_NAMES
from ...core.errors import WeightsError
from ...core.expressions import EXPRESSIONS
from ...core.records import EMOTIONS, SAMPLE_RATE, FloatArray
from ...core.speech_features import ROW_RATE, level_gain, mfcc_rows, mfcc_windows, speech_rows
from ...core.speech_sounds import LIPS_TOGETHER, SOUND_INDEX
from ...core.store import digest, file_digest
from ..weights import FOLDER, Weights, load_weights
from .encoders import CONTENT_SIZE, EMOTION_SIZE, ContentEncoder, EmotionEncoder
from .landmarks import COMPONENTS, HEARD_SIZE, LOOK_AHEAD, WARM_UP, WINDOW, LandmarkNetwork
from .listener import HOP_SECONDS, WIDTH, Listener, log_mel
from .sound_classifier import SoundClassifier
from .straight import StraightPath, features_around
from .utterances import (
    BLOCK,
    Heard,
    heard_indices,
    moving_statistics,
    rows_at,
    statistics,
    voice_shift,
)
from .voice_detector import STEP_SECONDS, VoiceDetector

ARCHITECTURE = "evp-speech-5"
LISTENER_ARCHITECTURE = "evp-listener-1"
DETECTOR_ARCHITECTURE = "evp-voice-1"
SOUNDS_ARCHITECTURE = "evp-sounds-1"

LISTENER_FILE = FOLDER / "speech_listener.safetensors"
DETECTOR_FILE = FOLDER / "speech_voice.safetensors"
SOUNDS_FILE = FOLDER / "speech_sounds.safetensors"
"""What every set of speech weights is used with."""

LISTENER_LAYERS = 3
EMOTION_LAYER = 1
"""The voice is still heard in the second layer; the third tells words apart best. Ee hears both."""

INTENSITIES = 3
"""Steps of growing intensity at which an emotion has a prototype, as MEAD records them."""

UNFILLED = torch.device("meta")
"""Where networks are made whose numbers are read next; drawing random ones takes a while."""

AnyNetwork = TypeVar("AnyNetwork", bound=nn.Module)

EMOTION_SECONDS = 4.0
"""Length of speech from which the emotion at a moment is heard."""

_CHUNK = 20 * SAMPLE_RATE
_CONTEXT = SAMPLE_RATE
_SHORTEST = SAMPLE_RATE // 10
_MEAN_ROWS = 400
_WINDOWS = 64
_TRAINED_RATE = 27.5


class Ear:
    """Turns sound into the features the encoders take."""

    def __init__(self, listener: Listener, device: torch.device) -> None:
        self.listener = listener.to(device).eval()
        self.device = device

    @torch.inference_mode()
    def analyse(self, samples: FloatArray) -> Heard:
        """Analyse one utterance (N,) of mono sound at 16 kHz; long ones in chunks of 20 seconds."""
        samples = np.pad(samples, (0, max(0, _SHORTEST - len(samples))))
        gain = level_gain(samples)
        hop = round(HOP_SECONDS * SAMPLE_RATE)
        content = np.empty((-(-len(samples) // hop), WIDTH), np.float16)
        emotion = np.empty_like(content)
        for start in range(0, len(samples), _CHUNK):
            before = min(start, _CONTEXT)
            piece = np.float32(gain) * samples[start - before : start + _CHUNK + _CONTEXT]
            piece = np.pad(piece, (0, max(-len(piece) % hop, _SHORTEST - len(piece))))
            sound = torch.from_numpy(piece).to(self.device)
            layers = self.listener.every_layer(log_mel(sound)[None])
            rows = slice(start // hop, min((start + _CHUNK) // hop, len(content)))
            kept = slice(before // hop, before // hop + rows.stop - rows.start)
            content[rows] = layers[-1][0, kept].half().cpu().numpy()
            emotion[rows] = layers[EMOTION_LAYER][0, kept].half().cpu().numpy()
        return Heard(mfcc_rows(samples, gain), content, emotion, speech_rows(samples, gain))


class TrainedSpeech(nn.Module):
    """Ec, Ee, what they know of the emotions and both ways to landmarks: one weight file.

    Attributes:
        prototypes: (8, 3, 128) emotion codes, see ``SpeechModel.prototypes``.
        expressions: (8, 52) ARKit weights of what recorded faces show of each emotion; nothing
            where no recording does.
    """

    def __init__(self) -> None:
        super().__init__()
        self.content = ContentEncoder()
        self.emotion = EmotionEncoder()
        self.landmarks = LandmarkNetwork()
        self.straight = StraightPath()
        self.register_buffer("prototypes", torch.zeros(len(EMOTIONS), INTENSITIES, EMOTION_SIZE))
        self.register_buffer("expressions", torch.zeros(len(EMOTIONS), len(SHAPE_NAMES)))


class SpeechModel:
    """Fulfils ``core.networks.SpeechNetwork``."""

    def __init__(
        self,
        ear: Ear,
        detector: VoiceDetector,
        sound_classifier: SoundClassifier,
        trained: TrainedSpeech,
        fingerprint: str,
        device: torch.device,
    ) -> None:
        self.ear = ear
        self.detector = detector.to(device).eval()
        self.sound_classifier = sound_classifier.to(device).eval()
        self.trained = trained.to(device).eval()
        self.fingerprint = fingerprint
        self.device = device

    @property
    def prototypes(self) -> FloatArray:
        """See ``core.networks.SpeechNetwork.prototypes``."""
        codes: FloatArray = self.trained.get_buffer("prototypes").cpu().numpy()
        return codes

    @property
    def expressions(self) -> FloatArray:
        """See ``core.networks.SpeechNetwork.expressions``; as described where none was recorded."""
        recorded: FloatArray = self.trained.get_buffer("expressions").cpu().numpy()
        shown: FloatArray = np.where(recorded.any(axis=1, keepdims=True), recorded, EXPRESSIONS)
        return shown

    def hear(
        self, samples: FloatArray, times: FloatArray, voice: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """See ``core.networks.SpeechNetwork.hear``."""
        heard = self.ear.analyse(samples)
        codes, probabilities = self.emotion_codes(heard, times, voice)
        contents = self.contents(heard, times)
        together = [CONTENT_SIZE + SOUND_INDEX[name] for name in LIPS_TOGETHER]
        return contents, codes, probabilities, contents[:, together].sum(axis=1)

    def voices(self, samples: FloatArray) -> FloatArray:
        """See ``core.networks.SpeechNetwork.voices``."""
        found = self.detector.probabilities(samples, level_gain(samples))
        rows = (np.arange(-(-len(samples) * ROW_RATE // SAMPLE_RATE)) + 0.5) / ROW_RATE
        probability: FloatArray = np.interp(
            rows, (np.arange(len(found)) + 0.5) * STEP_SECONDS, found
        )
        return probability

    def sounds(self, samples: FloatArray) -> FloatArray:
        """See ``core.networks.SpeechNetwork.sounds``."""
        return self.sound_classifier.judge(self.ear.analyse(samples))

    def voice_of(self, recordings: Sequence[FloatArray]) -> FloatArray:
        """See ``core.networks.SpeechNetwork.voice_of``."""
        heard = [self.ear.analyse(samples) for samples in recordings]
        measured = np.mean([statistics(h) for h in heard], axis=0)
        offset: FloatArray = measured - self.trained.emotion.scale.mean.cpu().numpy()
        return offset

    @torch.inference_mode()
    def contents(self, heard: Heard, times: FloatArray) -> FloatArray:
        """What is said at each time, as ``core.networks.SpeechNetwork.hear`` gives it: (T, 304).

        The utterance's own mean is taken off Ec's content: what lasts is how it is said, not what
        is said.
        """
        shift = self.voice_shift(heard)
        encoded = self.encode(heard, times, shift)
        moved = np.empty((len(times), COMPONENTS), np.float32)
        for first in range(0, len(times), BLOCK):
            block = slice(first, first + BLOCK)
            around = features_around(heard.content, times[block], shift)
            moved[block] = self.trained.straight(torch.from_numpy(around).to(self.device)).cpu()
        return np.concatenate([encoded, moved], axis=1)

    def voice_shift(self, heard: Heard) -> FloatArray:
        """How far the listener's features (384,) of an utterance lie from the average voice."""
        average = self.trained.content.heard_scale.mean.cpu().numpy()
        return voice_shift(heard.content, heard.active_heard, average)

    @torch.inference_mode()
    def encode(self, heard: Heard, times: FloatArray, shift: FloatArray) -> FloatArray:
        """The part of ``contents`` that the LSTM takes (T, 280): Ec's and the sounds.

        Args:
            heard: the utterance.
            times: (T,) seconds from its start.
            shift: of ``voice_shift``.
        """
        spoken = np.flatnonzero(heard.active if heard.active.any() else ~heard.active) / ROW_RATE
        spoken = spoken[:: -(-len(spoken) // _MEAN_ROWS)]
        windows = np.concatenate([np.asarray(times, np.float64), spoken])
        content = self._encode(heard, windows, shift)
        content -= content[len(times) :].mean(axis=0)
        sounds = np.exp(self.sound_classifier.judge(heard))
        return np.concatenate([content[: len(times)], rows_at(sounds, times)], axis=1)

    def _encode(self, heard: Heard, times: FloatArray, shift: FloatArray) -> FloatArray:
        encoder, rows = self.trained.content, heard.content
        mfcc_mean = encoder.mfcc_scale.mean.cpu().numpy()
        mfcc = heard.mfcc - voice_shift(heard.mfcc, heard.active, mfcc_mean)
        content = np.empty((len(times), CONTENT_SIZE), np.float32)
        for first in range(0, len(times), BLOCK):
            at = np.asarray(times[first : first + BLOCK])
            windows = torch.from_numpy(mfcc_windows(mfcc, at)).to(self.device)
            centred = rows[heard_indices(at, len(rows))] - shift
            listened = torch.from_numpy(centred).to(self.device)
            content[first : first + BLOCK] = encoder(windows, listened).cpu().numpy()
        return content

    @torch.inference_mode()
    def emotion_codes(
        self, heard: Heard, times: FloatArray, voice: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """Emotion codes (T, 128) and probabilities (T, 8) of an analysed utterance.

        Args:
            heard: the utterance.
            times: (T,) seconds from its start.
            voice: (1536,) how far this person's own voice lies from the average voice, where other
                recordings of the person are at hand.
        """
        codes = np.empty((len(times), EMOTION_SIZE), np.float32)
        probabilities = np.empty((len(times), len(EMOTIONS)), np.float32)
        active = heard.active_heard
        for first in range(0, len(times), BLOCK):
            block = slice(first, first + BLOCK)
            layers = (heard.emotion, heard.content)
            measured = np.concatenate(
                [moving_statistics(rows, active, times[block], EMOTION_SECONDS) for rows in layers],
                axis=1,
            )
            if voice is not None:
                measured = measured - voice.astype(np.float32)
            code = self.trained.emotion(torch.from_numpy(measured).to(self.device))
            codes[block] = code.cpu().numpy()
            shares = torch.softmax(self.trained.emotion.classify(code), dim=1)
            probabilities[block] = shares.cpu().numpy()
        return codes, probabilities

    @torch.inference_mode()
    def displace(
        self,
        neutral: FloatArray,
        content: FloatArray,
        emotion: FloatArray,
        rate: float,
        frames: range | None = None,
    ) -> FloatArray:
        """See ``core.networks.SpeechNetwork.displace``.

        The LSTM was trained on 24 to 30 steps a second; a faster plate is run as several takes
        of every second, third ... frame.
        """
        frames = range(len(content)) if frames is None else frames
        phases = max(1, round(rate / _TRAINED_RATE))
        moved = np.empty((len(frames), *neutral.shape), np.float32)
        for place in range(min(phases, len(frames))):
            phase = frames[place] % phases
            wanted = range(frames[place] // phases, -(-(frames.stop - phase) // phases))
            moved[place::phases] = self._displace_windows(
                neutral, content[phase::phases], emotion[phase::phases], wanted
            )
        return moved

    def _displace_windows(
        self, neutral: FloatArray, content: FloatArray, emotion: FloatArray, wanted: range
    ) -> FloatArray:
        """Run overlapping windows side by side; each gives the frames after its warm-up."""
        network, kept = self.trained.landmarks, WINDOW - WARM_UP - LOOK_AHEAD
        starts = np.arange(wanted.start // kept * kept, wanted.stop, kept)
        rows = np.clip(
            starts[:, None] + np.arange(-WARM_UP, kept + LOOK_AHEAD), 0, len(content) - 1
        )
        made = []
        for first in range(0, len(rows), _WINDOWS):
            at = rows[first : first + _WINDOWS]
            face = torch.from_numpy(np.repeat(neutral[None], len(at), axis=0)).float()
            said = torch.from_numpy(np.asarray(content[at], np.float32))
            felt = torch.from_numpy(np.asarray(emotion[at], np.float32))
            face, said, felt = (part.to(self.device) for part in (face, said, felt))
            components = network(face, said[..., :HEARD_SIZE], felt) + said[..., HEARD_SIZE:]
            components = components[:, WARM_UP:-LOOK_AHEAD]
            made.append(network.displacements(components.flatten(0, 1)).cpu().numpy())
        joined: FloatArray = np.concatenate(made)
        return joined[wanted.start - starts[0] :][: len(wanted)]


def set_file(name: str) -> Path:
    """Where a set of speech weights lies."""
    return FOLDER / f"speech_{name}.safetensors"


def load_ear(device: torch.device) -> Ear:
    """Read the listener.

    Raises:
        WeightsError: its file is missing or damaged.
    """
    with UNFILLED:
        listener = Listener(LISTENER_LAYERS)
    fill(listener, load_weights(LISTENER_FILE, LISTENER_ARCHITECTURE), LISTENER_FILE)
    return Ear(listener, device)


def load_detector() -> VoiceDetector:
    """Read what tells voices from other sound.

    Raises:
        WeightsError: its file is missing or damaged.
    """
    return _shipped(VoiceDetector, DETECTOR_FILE, DETECTOR_ARCHITECTURE)


def load_sound_classifier() -> SoundClassifier:
    """Read what tells which sound is spoken.

    Raises:
        WeightsError: its file is missing or damaged.
    """
    return _shipped(SoundClassifier, SOUNDS_FILE, SOUNDS_ARCHITECTURE)


def _shipped(kind: type[AnyNetwork], path: Path, architecture: str) -> AnyNetwork:
    with UNFILLED:
        network = kind()
    fill(network, load_weights(path, architecture), path)
    return network


def fill(module: nn.Module, weights: Weights, path: Path) -> None:
    """Put loaded tensors into a network, or make an ``UNFILLED`` one of them.

    Raises:
        WeightsError: names or sizes do not fit.
    """
    try:
        unfilled = any(parameter.is_meta for parameter in module.parameters())
        module.load_state_dict(weights.tensors, assign=unfilled)
    except RuntimeError as error:
        raise WeightsError(
            f"The weight file {path} does not fit this program ({str(error).splitlines()[0]}); "
            "use the weights that came with this version."
        ) from error


def load_speech_network(
    device: torch.device | str = "cpu", name: str = "open", path: Path | None = None
) -> SpeechModel:
    """Read a set of speech weights.

    Args:
        device: where the networks run.
        name: ``open`` (data whose licence allows any use) or ``research``.
        path: another file of the same architecture, e.g. one the user trained.

    Raises:
        WeightsError: a file is missing, damaged, or made for another architecture.
    """
    device = torch.device(device)
    path = path or set_file(name)
    weights = load_weights(path, ARCHITECTURE)
    with UNFILLED:
        trained = TrainedSpeech()
    fill(trained, weights, path)
    ear, detector, sounds = load_ear(device), load_detector(), load_sound_classifier()
    shared = (LISTENER_FILE, DETECTOR_FILE, SOUNDS_FILE)
    fingerprint = digest(weights.fingerprint, *(file_digest(file) for file in shared))
    return SpeechModel(ear, detector, sounds, trained, fingerprint, device)
