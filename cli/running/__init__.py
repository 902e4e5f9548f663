"""A run, from what its sources are to where its results go."""
