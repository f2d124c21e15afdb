"""Speech to emotional landmarks: disentanglement and the audio-to-landmark network."""
