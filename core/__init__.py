"""Floor 1: the work itself, from plate and speech to delivered frames. No bpy, no torch."""
