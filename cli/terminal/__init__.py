"""What a terminal shows, and the signals that it sends."""
