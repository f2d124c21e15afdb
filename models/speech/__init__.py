"""Speech networks: disentanglement and audio to landmarks (paper, sections 3.2 and 3.3)."""

from .network import SpeechModel, load_speech_network

__all__ = ["SpeechModel", "load_speech_network"]
