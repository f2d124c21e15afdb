"""Edge-to-video: the generator, its discriminators, base training and per-shot adaptation."""
