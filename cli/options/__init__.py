"""What is given on the command line, and what the engine makes of it."""
