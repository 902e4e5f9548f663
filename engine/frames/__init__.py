"""What travels from stage to stage, and how a decoded picture becomes a frame."""
