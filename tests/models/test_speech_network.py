import itertools
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from evp.core.errors import WeightsError
from evp.core.face.head import load_head
from evp.core.listen import listen, place_speech
from evp.core.perform import PerformSettings, perform
from evp.core.records import FloatArray, Performance
from evp.core.solve_shapes import ShapeSolver
from evp.models.speech import SpeechModel, load_speech_network
from evp.models.speech.network import set_file
from evp.models.speech.utterances import moving_statistics, voice_shift

RATE = 16_000


@pytest.fixture(scope="module")
def network() -> SpeechModel:
    return load_speech_network("cpu", "open")


def babble(seconds: float) -> FloatArray:
    """Syllables: vowel-like buzzes of changing colour with pauses between them."""
    random = np.random.default_rng(0)
    pieces = []
    while sum(map(len, pieces)) < seconds * RATE:
        span = np.arange(int(random.uniform(0.1, 0.25) * RATE)) / RATE
        pitch, formant = random.uniform(90, 200), random.uniform(300, 900)
        wave = sum(
            np.sin(2 * np.pi * pitch * k * span) / (1 + ((pitch * k - formant) / 200) ** 2)
            for k in range(1, 30)
        )
        pieces += [0.1 * wave * np.hanning(len(span)), np.zeros(int(random.uniform(0, 0.1) * RATE))]
    return np.concatenate(pieces)[: int(seconds * RATE)].astype(np.float32)


def face() -> FloatArray:
    head = load_head()
    return head.landmarks(head.neutral)


def lip_gap(performance: Performance) -> FloatArray:
    moved = load_head().displacement(performance.expression)
    return np.asarray(ShapeSolver.lip_gaps(moved).mean(axis=1))


def test_codes_have_the_papers_sizes(network: SpeechModel) -> None:
    times = np.arange(30) / 25
    content, emotion, probabilities = network.hear(babble(1.2), times)
    assert content.shape == (30, 256)
    assert emotion.shape == (30, 128)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert network.prototypes.shape == (8, 128)


def test_the_level_of_the_recording_does_not_matter(network: SpeechModel) -> None:
    times = np.arange(20) / 25
    loud, _, _ = network.hear(babble(1.0), times)
    quiet, _, _ = network.hear(babble(1.0) * 0.1, times)
    assert np.abs(loud - quiet).max() < 0.1 * loud.std()


def test_a_cut_between_chunks_cannot_be_heard(network: SpeechModel) -> None:
    sound = babble(24.0)
    whole = network.ear.analyse(sound)
    late = network.ear.analyse(sound[18 * RATE :])
    first, second = whole.content[1000:1100], late.content[100:200]
    likeness = np.corrcoef(first.ravel().astype(float), second.ravel().astype(float))[0, 1]
    assert likeness > 0.9


def test_a_faster_plate_moves_alike(network: SpeechModel) -> None:
    sound = babble(2.0)
    gaps = []
    for rate in (25, 50):
        times = np.arange(int(2 * rate)) / rate
        code = listen(place_speech(sound), times, network)
        made = perform(code, None, face(), network, PerformSettings(rate=rate))
        gaps.append(lip_gap(made))
    assert np.corrcoef(gaps[0], gaps[1][::2])[0, 1] > 0.95


def test_the_mouth_moves_with_speech_and_rests_in_silence(network: SpeechModel) -> None:
    sound = np.concatenate([babble(1.5), np.zeros(RATE, np.float32)])
    times = np.arange(60) / 25
    code = listen(place_speech(sound), times, network)
    made = perform(code, None, face(), network)
    gap = lip_gap(made)
    assert gap[:37].std() > 2e-4
    assert np.abs(gap[42:]).max() < 1e-3


def test_a_minute_takes_seconds(network: SpeechModel) -> None:
    sound, times = babble(60.0), np.arange(1500) / 25
    started = time.process_time()
    code = listen(place_speech(sound), times, network)
    perform(code, None, face(), network)
    assert time.process_time() - started < 24.0


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"none\.safetensors is missing"):
        load_speech_network("cpu", path=tmp_path / "none.safetensors")
    assert set_file("open").is_file()


@pytest.mark.parametrize("rate", [25.0, 50.0])
def test_a_line_moves_alike_in_pieces_and_in_one_go(network: SpeechModel, rate: float) -> None:
    random = np.random.default_rng(3)
    content = random.standard_normal((90, 256)).astype(np.float32)
    emotion = random.standard_normal((90, 128)).astype(np.float32)
    whole = network.displace(face(), content, emotion, rate)
    cuts = (0, 1, 23, 64, 90)
    pieces = [
        network.displace(face(), content, emotion, rate, range(first, last))
        for first, last in itertools.pairwise(cuts)
    ]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-7)


def test_statistics_of_a_long_speech_are_taken_piece_by_piece() -> None:
    random = np.random.default_rng(4)
    rows = random.standard_normal((30_000, 384)).astype(np.float16)
    active = random.random(30_000) < 0.7
    times = np.arange(0.0, 600.0, 0.04)
    tracemalloc.start()
    moving = moving_statistics(rows, active, times, 4.0)
    shift = voice_shift(rows, active, np.zeros(384, np.float32))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < rows.nbytes + moving.nbytes
    whole = rows[active].astype(np.float64)
    np.testing.assert_allclose(shift, whole.sum(axis=0) / (len(whole) + 25), atol=1e-6)
    middle = int(np.cumsum(active)[14_999])
    around = whole[middle - 100 : middle + 100]
    np.testing.assert_allclose(moving[7500], [*around.mean(axis=0), *around.std(axis=0)], atol=1e-4)
