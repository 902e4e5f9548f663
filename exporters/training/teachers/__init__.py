"""What a training learns besides labels: what teachers, and the network itself, say of faces."""
