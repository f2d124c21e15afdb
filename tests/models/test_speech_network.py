import itertools
import time
import tracemalloc
from pathlib import Path

import librosa
import numpy as np
import pytest
from wave_file import write_wave

from evp.core.errors import WeightsError
from evp.core.expressions import EXPRESSIONS
from evp.core.face.head import load_head
from evp.core.listen import listen, place_speech
from evp.core.media.audio import read_audio
from evp.core.perform import PerformSettings, perform
from evp.core.records import EMOTIONS, FloatArray, Performance
from evp.core.solve_shapes import ShapeSolver
from evp.core.stream import SpeechStream
from evp.models.speech import SpeechModel, load_speech_network
from evp.models.speech.landmarks import COMPONENTS, HEARD_SIZE
from evp.models.speech.listener import _mel_filters
from evp.models.speech.network import set_file
from evp.models.speech.utterances import moving_statistics, voice_shift

RATE = 16_000


@pytest.fixture(scope="module")
def network() -> SpeechModel:
    return load_speech_network("cpu", "open")


@pytest.fixture(scope="module")
def line() -> FloatArray:
    """Four seconds of the demo's speech, a real voice."""
    demo = Path(__file__).parents[2] / "demo" / "speech.flac"
    return read_audio(demo)[: 4 * RATE]


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
    content, emotion, probabilities, closure = network.hear(babble(1.2), times)
    assert content.shape == (30, 256 + 24 + 24)
    np.testing.assert_allclose(content[:, 256:280].sum(axis=1), 1.0, atol=1e-4)
    assert emotion.shape == (30, 128)
    assert closure.shape == (30,)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0, atol=1e-5)
    assert network.prototypes.shape == (8, 3, 128)
    assert network.expressions.shape == (8, 52)


def test_what_nobody_recorded_is_acted_as_described(network: SpeechModel) -> None:
    np.testing.assert_allclose(network.expressions, EXPRESSIONS, atol=1e-6)
    research = load_speech_network("cpu", "research").expressions
    described = [EMOTIONS.index(name) for name in ("contempt", "disgusted")]
    np.testing.assert_allclose(research[described], EXPRESSIONS[described], atol=1e-6)
    happy = EMOTIONS.index("happy")
    assert np.abs(research[happy] - EXPRESSIONS[happy]).max() > 0.1


def test_the_level_of_the_recording_does_not_matter(network: SpeechModel) -> None:
    times = np.arange(20) / 25
    loud, *_ = network.hear(babble(1.0), times)
    quiet, *_ = network.hear(babble(1.0) * 0.1, times)
    assert np.abs(loud - quiet).max() < 0.1 * loud.std()


def test_a_cut_between_chunks_cannot_be_heard(network: SpeechModel) -> None:
    sound = babble(24.0)
    whole = network.ear.analyse(sound)
    late = network.ear.analyse(sound[18 * RATE :])
    first, second = whole.content[1000:1100], late.content[100:200]
    likeness = np.corrcoef(first.ravel().astype(float), second.ravel().astype(float))[0, 1]
    assert likeness > 0.9


def test_a_faster_plate_moves_alike(network: SpeechModel, line: FloatArray) -> None:
    sound = line[: 2 * RATE]
    gaps = []
    for rate in (25, 50):
        times = np.arange(int(2 * rate)) / rate
        code = listen(place_speech(sound), times, network)
        made = perform(code, None, face(), network, PerformSettings(rate=rate))
        gaps.append(lip_gap(made))
    assert np.corrcoef(gaps[0], gaps[1][::2])[0, 1] > 0.95


def test_the_mouth_moves_with_speech_and_rests_in_silence(
    network: SpeechModel, line: FloatArray
) -> None:
    sound = np.concatenate([line[: 3 * RATE // 2], np.zeros(RATE, np.float32)])
    times = np.arange(60) / 25
    code = listen(place_speech(sound), times, network)
    made = perform(code, None, face(), network)
    gap = lip_gap(made)
    assert gap[:37].std() > 1e-3
    assert np.abs(gap[41:]).max() < 1e-3


def lip_speed(network: SpeechModel, sound: FloatArray) -> float:
    """Millimetres a second that the gap between the lips changes by."""
    times = np.arange(0.0, len(sound) / RATE, 0.04)
    code = listen(place_speech(sound), times, network)
    return float(25e3 * np.abs(np.diff(lip_gap(perform(code, None, face(), network)))).mean())


def music(seconds: int) -> FloatArray:
    """Chords that die away, a drum twice a second."""
    random = np.random.default_rng(5)
    span = np.arange(RATE) / RATE
    bars = []
    for root in 110.0 * 2.0 ** (random.integers(0, 12, seconds) / 12):
        tones = [root * interval * k for interval in (1.0, 1.26, 1.5) for k in (1, 2, 3, 4, 5)]
        bar = sum(np.sin(2 * np.pi * tone * span) / tone for tone in tones) * np.exp(-2 * span)
        beat = random.standard_normal(RATE) * np.exp(-30 * (span % 0.5))
        bars.append(0.1 * bar / np.abs(bar).max() + 0.05 * beat)
    return np.concatenate(bars).astype(np.float32)


def test_music_noise_and_hum_do_not_move_the_mouth(network: SpeechModel, line: FloatArray) -> None:
    random = np.random.default_rng(6)
    hum = 0.1 * np.sin(2 * np.pi * 50 * np.arange(4 * RATE) / RATE)
    spoken = lip_speed(network, line)
    assert spoken > 10.0
    for sound in (music(4), 0.05 * random.standard_normal(4 * RATE), hum):
        assert lip_speed(network, sound.astype(np.float32)) < 0.1 * spoken


def test_a_mouth_follows_a_clipped_a_noisy_and_an_accompanied_voice(
    network: SpeechModel, line: FloatArray
) -> None:
    random = np.random.default_rng(7)
    times = np.arange(100) / 25

    def gap(sound: FloatArray) -> FloatArray:
        heard = listen(place_speech(sound.astype(np.float32)), times, network)
        return lip_gap(perform(heard, None, face(), network))

    level = float(np.sqrt(np.mean(line**2)))
    clean, played = gap(line), music(4)
    noise = 10 ** (-15 / 20) * level * random.standard_normal(len(line))
    played = played * 10 ** (-15 / 20) * level / np.sqrt(np.mean(played**2))
    for sound in (np.clip(12 * line, -1, 1), line + noise, line + played):
        assert np.corrcoef(gap(sound), clean)[0, 1] > 0.85


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44_100, 2), (96_000, 6)])
def test_the_files_rate_and_channels_do_not_matter(
    network: SpeechModel, line: FloatArray, tmp_path: Path, rate: int, channels: int
) -> None:
    path = tmp_path / "line.wav"
    resampled = librosa.resample(line, orig_sr=RATE, target_sr=rate)
    write_wave(path, np.repeat(resampled[:, None], channels, axis=1), rate)
    times = np.arange(100) / 25
    gaps = [
        lip_gap(perform(listen(place_speech(sound), times, network), None, face(), network))
        for sound in (line, read_audio(path))
    ]
    assert np.corrcoef(*gaps)[0, 1] > (0.7 if rate < RATE else 0.98)


def test_a_streamed_line_moves_much_like_the_whole_line(
    network: SpeechModel, line: FloatArray
) -> None:
    stream = SpeechStream(network, face(), PerformSettings())
    parts = [stream.feed(line[at : at + 6400]) for at in range(0, len(line), 6400)]
    moved = load_head().displacement(np.concatenate([*parts, stream.finish()]))
    whole = perform(listen(place_speech(line), np.arange(100) / 25, network), None, face(), network)
    gap = ShapeSolver.lip_gaps(moved).mean(axis=1)
    assert np.corrcoef(gap[25:], lip_gap(whole)[25:])[0, 1] > 0.85


def test_a_minute_takes_seconds(network: SpeechModel, line: FloatArray) -> None:
    sound, times = np.tile(line, 15), np.arange(1500) / 25
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
    content = random.standard_normal((90, HEARD_SIZE + COMPONENTS)).astype(np.float32)
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


def test_the_ear_hears_through_the_recognisers_own_filters() -> None:
    filters = _mel_filters()
    theirs = librosa.filters.mel(sr=16_000, n_fft=400, n_mels=80)
    np.testing.assert_allclose(filters, theirs, atol=1e-9)
    assert filters.dtype == theirs.dtype
