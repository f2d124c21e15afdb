"""Build the Blender scene of a shot from its records, and read the records back from it."""
