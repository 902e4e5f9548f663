"""Training of the expression networks in Keras."""
