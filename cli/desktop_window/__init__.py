"""The window in Tk: the picture, what each part of a face says, and what it said before."""
