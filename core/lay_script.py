"""Laying a script along a sound: when each of its sounds is spoken.

The most probable path through the script's sounds in their order (Viterbi), with silence allowed
before every word. Long speech is laid in overlapping stretches, so that memory stays bounded.
"""

from __future__ import annotations

import numpy as np

from .errors import InputError
from .records import FloatArray, IntArray, SpokenSounds
from .speech_sounds import SILENCE, SOUND_INDEX
from .transcript import Script

ROW_SECONDS = 0.02
"""Seconds between two rows of sound probabilities."""

STRETCH = 6000
"""Rows laid at a time; the first half of them is kept."""

FASTEST = 0.6
"""Sounds per row of probabilities beyond which nobody speaks: 30 a second."""

LITTLE = 0.42
"""Mean certainty below which a transcript is another line's."""

_SILENT = SOUND_INDEX[SILENCE]


def refuse_too_many_words(script: Script, seconds: float) -> None:
    """Say so where nobody can speak a script in this time.

    Raises:
        InputError: the speech is too short for so many words.
    """
    if len(script) > FASTEST * seconds / ROW_SECONDS:
        raise InputError(
            f"The transcript has {script.begins[-1] + 1} words, more than can be spoken in "
            f"{seconds:.1f} s; give the words of this line alone."
        )


def lay_script(script: Script, heard: FloatArray, offset: float = 0.0) -> SpokenSounds:
    """Find when each sound of a script is spoken.

    Args:
        script: what is said, P sounds.
        heard: (N, 24) log-probability of each sound, a row every 20 ms.
        offset: the time of the first row, seconds.

    Raises:
        InputError: the speech is too short for so many words.
    """
    refuse_too_many_words(script, len(heard) * ROW_SECONDS)
    states, owners = _states(script)
    path = np.empty(len(heard), int)
    first = at = 0
    while first < len(heard):
        ending = first + STRETCH >= len(heard)
        last = len(heard) if ending else first + STRETCH
        reach = len(states) if ending else min(len(states), at + int(STRETCH * FASTEST))
        found = at + _best_path(heard[first:last], states[at:reach], ending)
        kept = len(found) if ending else STRETCH // 2
        path[first : first + kept] = found[:kept]
        first, at = first + kept, int(found[kept - 1])
    spoken = owners[path]
    rows = [np.flatnonzero(spoken == place) for place in range(len(script))]
    probability = np.exp(heard[np.arange(len(heard)), states[path]])
    return SpokenSounds(
        sounds=np.array(script.sounds),
        phones=np.array(script.phones),
        words=np.array(script.words),
        start=offset + ROW_SECONDS * np.array([max(at[0] - 0.5, 0.0) for at in rows]),
        end=offset + ROW_SECONDS * np.array([at[-1] + 0.5 for at in rows]),
        certainty=np.array([probability[at].mean() for at in rows]),
    )


def judge_script(spoken: SpokenSounds) -> str:
    """One sentence on how well a transcript fits the speech."""
    share = float(np.average(spoken.certainty, weights=spoken.end - spoken.start))
    words = f"The transcript fits the speech ({share:.0%} of it heard as written)"
    if share >= LITTLE:
        return f"{words}."
    return (
        f"The transcript hardly fits the speech ({share:.0%} of it heard as written): the lips "
        "follow it only where it does; check the words and --language."
    )


def _states(script: Script) -> tuple[IntArray, IntArray]:
    """The sound of each state, and which of the script's it is; silences, -1, around the words."""
    sounds, owners = [_SILENT], [-1]
    for place, sound in enumerate(script.sounds):
        if place > 0 and script.begins[place] != script.begins[place - 1]:
            sounds.append(_SILENT)
            owners.append(-1)
        sounds.append(sound)
        owners.append(place)
    return np.array([*sounds, _SILENT]), np.array([*owners, -1])


def _best_path(heard: FloatArray, states: IntArray, ending: bool) -> IntArray:
    """The most probable state of each row, from the first state on.

    Args:
        heard: (N, 24) log-probabilities.
        states: (S,) the sound of each state.
        ending: whether the last state must be reached.
    """
    skips = np.zeros(len(states), bool)
    skips[2:] = (states == _SILENT)[1:-1]
    score = np.full(len(states), -np.inf)
    score[: 3 if skips[2:3].any() else 2] = 0.0
    score += heard[0, states]
    came = np.zeros((len(heard), len(states)), np.uint8)
    for row in range(1, len(heard)):
        best, back = score.copy(), came[row]
        step = np.concatenate([[-np.inf], score[:-1]])
        better = step > best
        best[better], back[better] = step[better], 1
        skip = np.where(skips, np.concatenate([[-np.inf, -np.inf], score[:-2]]), -np.inf)
        better = skip > best
        best[better], back[better] = skip[better], 2
        score = best + heard[row, states]
    path = np.empty(len(heard), int)
    path[-1] = len(states) - 2 + int(np.argmax(score[-2:])) if ending else int(np.argmax(score))
    for row in range(len(heard) - 1, 0, -1):
        path[row - 1] = path[row] - came[row, path[row]]
    return path
