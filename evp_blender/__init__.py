"""The face of the project to Blender: operators, panels, properties, building and reading scenes."""
