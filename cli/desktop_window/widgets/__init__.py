"""What is seen of the window, in Tk."""
