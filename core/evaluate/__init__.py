"""Measurements against recordings: tracking, speech, emotion, rendering."""
