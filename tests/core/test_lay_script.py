import numpy as np
import pytest

from evp.core.errors import InputError
from evp.core.lay_script import STRETCH, judge_script, lay_script
from evp.core.records import FloatArray
from evp.core.speech_sounds import SOUND_INDEX, SOUNDS
from evp.core.transcript import Script


def script(*words: str) -> Script:
    """A script of words whose letters are sounds."""
    pairs = [(letter, place) for place, word in enumerate(words) for letter in word]
    return Script(
        sounds=tuple(SOUND_INDEX[letter] for letter, _ in pairs),
        phones=tuple(letter for letter, _ in pairs),
        words=tuple(words[place] for _, place in pairs),
        begins=tuple(place for _, place in pairs),
    )


def heard(said: list[tuple[str, int]], noise: float = 0.0) -> FloatArray:
    """Log-probabilities in which so many rows of each sound are plain."""
    names = [name for name, count in said for _ in range(count)]
    scores = 4.0 * np.eye(len(SOUNDS))[[SOUND_INDEX[name] for name in names]]
    scores += noise * np.random.default_rng(0).standard_normal(scores.shape)
    return np.asarray(scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)))


LINE = [("silence", 10), ("m", 5), ("a", 8), ("silence", 6), ("p", 4), ("i", 7), ("silence", 9)]


def test_sounds_are_found_where_they_are_spoken():
    spoken = lay_script(script("ma", "pi"), heard(LINE, 1.5), offset=2.0)
    assert spoken.start == pytest.approx(2.0 + 0.02 * np.array([9.5, 14.5, 28.5, 32.5]), abs=0.021)
    assert spoken.end == pytest.approx(2.0 + 0.02 * np.array([14.5, 22.5, 32.5, 39.5]), abs=0.021)
    assert list(spoken.words) == ["ma", "ma", "pi", "pi"]


def test_words_need_no_silence_between_them():
    spoken = lay_script(script("ma", "pi"), heard([(n, c) for n, c in LINE if n != "silence"]))
    assert spoken.end[1] == pytest.approx(spoken.start[2])


def test_the_words_of_another_line_are_told_from_the_right_ones():
    right = lay_script(script("ma", "pi"), heard(LINE, 1.0))
    wrong = lay_script(script("su", "ke"), heard(LINE, 1.0))
    assert right.certainty.min() > 0.5 > wrong.certainty.max()
    assert "hardly" in judge_script(wrong) and "hardly" not in judge_script(right)


def test_long_speech_is_laid_in_stretches_as_well_as_short():
    random = np.random.default_rng(1)
    words = ["".join(random.choice(list("mapiesuk"), 4, replace=False)) for _ in range(600)]
    said: list[tuple[str, int]] = []
    for word in words:
        said += [(letter, int(random.integers(3, 9))) for letter in word] + [("silence", 5)]
    rows = heard(said, 1.0)
    assert len(rows) > 2 * STRETCH
    spoken = lay_script(script(*words), rows)
    ends = 0.02 * (np.cumsum([count for _, count in said]) - 0.5)
    true_ends = ends[[name != "silence" for name, _ in said]]
    assert np.quantile(np.abs(spoken.end - true_ends), 0.95) < 0.041


def test_more_words_than_can_be_spoken_are_refused():
    with pytest.raises(InputError, match=r"10 words.*0\.8 s"):
        lay_script(script(*["mapi"] * 10), heard([("a", 40)]))
