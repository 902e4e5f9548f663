"""What is known of a face: where it and its parts are, how well it is seen, what it shows."""
