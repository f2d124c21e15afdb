"""Performing while the sound is still coming in: each frame once its look-ahead has been heard.

What the whole line would tell about a voice is taken from what was heard of it so far: its level
and its pauses from the last minute, its average sound from the last seconds.
"""

from __future__ import annotations

import numpy as np

from .networks import SpeechNetwork
from .perform import PerformSettings, perform
from .records import SAMPLE_RATE, FloatArray, SpeechCode, SpeechManner
from .speech_features import voice_activity

LOOK_AHEAD = 0.24
"""Seconds of sound after a frame that are waited for."""

REMEMBERED = 60.0
"""Seconds of sound from which loudness and pauses are judged."""

HEARD_AGAIN = 6.0
"""Seconds of sound that are listened to again with each new piece."""

PAST = 32
"""Frames before the new ones over which the network is run again to fill its memory."""

STRIDE = 48
"""Those begin at a multiple of this, so that the network's own windows lie alike each time."""


class SpeechStream:
    """A line that is performed as it comes in.

    >>> stream = SpeechStream(network, neutral, PerformSettings(rate=25.0))
    >>> while len(samples := microphone.read(3200)):
    ...     show(stream.feed(samples))
    >>> show(stream.finish())
    """

    def __init__(
        self,
        network: SpeechNetwork,
        neutral: FloatArray,
        settings: PerformSettings,
        emotion: FloatArray | None = None,
        look_ahead: float = LOOK_AHEAD,
        manner: SpeechManner | None = None,
    ) -> None:
        """Begin a line.

        Args:
            network: audio to landmarks.
            neutral: (478, 3) the face at rest, lips closed, metres, head frame.
            settings: how strongly the face acts, and the frames per second.
            emotion: (8,) emotion weights, or None to take the emotion from the speech; the
                attribute may be set anew at any time.
            look_ahead: seconds of sound after a frame that are waited for.
            manner: how this person speaks, where it was learnt from a plate with this network.
        """
        self.network, self.neutral, self.settings = network, neutral, settings
        self.emotion, self.look_ahead = emotion, look_ahead
        self.manner = manner
        self._samples = np.zeros(0, np.float32)
        self._forgotten = 0
        self._given = 0

    def feed(self, samples: FloatArray) -> FloatArray:
        """Take in more sound and perform the frames that it makes ready.

        Args:
            samples: (N,) mono, 16 kHz; a fifth of a second at a time is a good measure.

        Returns:
            (F, 52) ARKit weights of the next F frames; the line's first frame is at 0 seconds.
        """
        joined = np.concatenate([self._samples, np.asarray(samples, np.float32)])
        surplus = max(0, len(joined) - round(REMEMBERED * SAMPLE_RATE))
        self._samples, self._forgotten = joined[surplus:], self._forgotten + surplus
        return self._perform(self.look_ahead)

    def finish(self) -> FloatArray:
        """End the line and perform its last frames: (F, 52)."""
        return self._perform(0.0)

    def _perform(self, look_ahead: float) -> FloatArray:
        rate = self.settings.rate
        end = (self._forgotten + len(self._samples)) / SAMPLE_RATE
        first, ready = self._given, int(np.ceil((end - look_ahead) * rate - 1e-6))
        if ready <= first:
            return np.zeros((0, 52))
        self._given = ready
        begin = max(0, (first - PAST) // STRIDE * STRIDE)
        times = np.arange(begin, np.ceil(end * rate - 1e-6)) / rate
        since = self._forgotten / SAMPLE_RATE
        recent = self._samples[-round(HEARD_AGAIN * SAMPLE_RATE) :]
        heard = self.network.hear(recent, times - (end - len(recent) / SAMPLE_RATE))
        voices = self.network.voices(self._samples)
        activity = voice_activity(self._samples, times - since, voices)
        code = SpeechCode(*heard, activity, np.ones(len(times)))
        weights = None if self.emotion is None else np.tile(self.emotion, (len(times), 1))
        made = perform(code, weights, self.neutral, self.network, self.settings, self.manner)
        return made.expression[first - begin : ready - begin]
