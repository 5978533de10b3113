"""Data sets: read, checked, scaled, labelled, and cut into streams and training sets."""
