"""Floor 2: the networks, their weights, losses and training recipes. torch, no bpy."""
