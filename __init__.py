"""EVP: audio-driven emotional video portraits, a Python package and a Blender extension."""


def register() -> None:
    """Register the Blender add-on; called by Blender when the extension is enabled."""
    from .evp_blender import registration

    registration.register()


def unregister() -> None:
    """Unregister the Blender add-on; called by Blender when the extension is disabled."""
    from .evp_blender import registration

    registration.unregister()
