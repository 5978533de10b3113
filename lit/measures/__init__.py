"""Arithmetic on bits, with NumPy and SciPy: no torch, and no files are read or written."""
