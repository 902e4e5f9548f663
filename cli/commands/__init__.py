"""Sub-commands that run networks or read what they wrote, a file each."""
