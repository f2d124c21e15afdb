"""EVP: audio-driven emotional video portraits, a Python package and a Blender extension."""
