"""Networks that are trained on one task after another."""
