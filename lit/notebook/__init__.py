"""What the functions of :mod:`lit.api` take: arrays and arguments, checked and converted."""
