"""How the demo was drawn: one portrait, taught to rest and to be surprised, and filmed by hand.

The portrait is NASA's of the astronaut Eileen Collins, in the public domain, as scikit-image ships
it. She smiles in it; the other expressions are drawn, she never showed them. Neither she nor NASA
endorses anything here. They were drawn over until the packaged networks read them as people do, so
that the clip shows what the program does, and says nothing of how often it is right.
"""
