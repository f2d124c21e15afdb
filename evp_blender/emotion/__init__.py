"""Emotion weights as F-curves on a shot."""
