"""Changes to training faces: flips, light, blur, compression."""
