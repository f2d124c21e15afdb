"""The face to Blender: operators, panels, properties, building scenes and reading them."""
