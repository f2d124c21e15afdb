"""The list of shots of a scene, and what each one is made of."""
