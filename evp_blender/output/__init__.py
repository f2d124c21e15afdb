"""What comes out: the compositor's group, versions, and the colour management it needs."""
