"""Floor 2: the networks, their weights, losses and training recipes. torch, no bpy."""

from __future__ import annotations

import os

# Threads that spin while they wait cost a busy machine five times the time of one thread; this is
# read once, when torch is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
