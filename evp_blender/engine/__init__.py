"""Run a shot's stages: in Blender's own Python, or in another one that has the heavy packages."""
