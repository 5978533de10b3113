"""Networks by a config's entry: built, given weights and an output layer, or frozen."""
