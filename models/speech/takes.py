"""An utterance with what is known of it."""

from __future__ import annotations

from dataclasses import dataclass

from .utterances import Heard


@dataclass(frozen=True)
class Take:
    """A recorded utterance with what is known of it.

    Attributes:
        heard: the analysed sound.
        corpus, speaker, sentence: their names; ``sentence`` empty where no other take repeats it.
        emotion: index into ``EMOTIONS``, or None where it is unknown.
        intensity: how strongly the emotion is acted, up to 1.
    """

    heard: Heard
    corpus: str
    speaker: str
    sentence: str
    emotion: int | None
    intensity: float = 1.0

    @property
    def voice(self) -> str:
        """The speaker's name, different in every corpus."""
        return f"{self.corpus}/{self.speaker}"
