"""What the network says of each face."""
