"""How well a face is to be seen."""
