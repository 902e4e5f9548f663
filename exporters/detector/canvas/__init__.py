"""What the detector is shown while it learns: photographs cut, joined, pasted on and degraded."""
