"""Where the faces are, and who is who from frame to frame."""
