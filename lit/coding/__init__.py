"""Code lengths of streams: learners, experts and their mixture, and the merging of blocks."""
