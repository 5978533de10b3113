"""Training and scoring of many networks at once; every step of an optimiser is taken here."""
