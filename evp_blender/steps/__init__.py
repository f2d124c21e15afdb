"""The steps of a shot as buttons: each one resumable, with progress and a stop."""
