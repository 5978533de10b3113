"""What a control of random labels may save, and from which size on that says anything. No I/O."""

MEMORISED = 0.99  # train accuracy below which a random-label source is no full control
CONTROL = 0.005  # share of k log2 C within which a random-label arm must stay
# Bits that naming the right expert may cost, of short streams too: 1 to 4 on average over seeds.
NAMING = 7
SMALLEST = NAMING / CONTROL  # of k log2 C: where it is less, naming alone may exceed that share
