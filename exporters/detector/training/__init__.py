"""How the detector is taught: the recipe, the loss and the loop."""
