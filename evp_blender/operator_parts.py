"""What several operators share: the shot they are for, and how a refusal is told."""

from __future__ import annotations

from typing import Any

import bpy
from bpy.props import StringProperty

from ..core.errors import EvpError
from .steps.job import running_job

SHOT = StringProperty(name="Shot", description="Name of the shot; empty is the active one")


class ToldRefusal:
    """Part of an operator: an ``EvpError`` that ``carry_out`` raises is reported as it is."""

    def carry_out(self, context: bpy.types.Context) -> None:
        """Do it.

        Raises:
            EvpError: it cannot be done; nothing was changed.
        """
        raise NotImplementedError

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Do it, or say why not."""
        try:
            self.carry_out(context)
        except EvpError as error:
            self.report({"ERROR"}, str(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        return {"FINISHED"}


class NeedsShot:
    """Part of an operator: it can be called where the scene has a shot."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Whether there is a shot."""
        return has_shot(cls, context)


class AsksForFile:
    """Part of an operator: called from a menu, it asks for its file or folder first."""

    def invoke(self, context: bpy.types.Context, event: Any) -> set[str]:
        """Ask."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}


def has_shot(operator: Any, context: bpy.types.Context) -> bool:
    """Whether the scene has a shot; where it has none, the button and scripts are told."""
    if not context.scene.evp.shots:
        operator.poll_message_set("Add a shot")
        return False
    return True


def is_local(operator: Any, context: bpy.types.Context) -> bool:
    """Whether the scene is no linked one; where it is, the button and scripts are told."""
    if context.scene.library is not None:
        operator.poll_message_set("This scene is linked from a library; make it local")
        return False
    return True


def is_idle(operator: Any, context: bpy.types.Context) -> bool:
    """Whether shots may be changed; where a step runs, the operator's button says so."""
    if running_job() is not None:
        operator.poll_message_set("A step is running; stop it first")
        return False
    return is_local(operator, context)
