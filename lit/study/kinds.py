"""Kinds of learners, analyses and data sets, and what is true of each."""

import os

LEARNERS = ("restart", "continue", "replay", "probe")
CHAINS = ("continue", "replay")  # learners whose jobs each go on from the one before
HOLDING_OUT = ("restart", "continue", "probe")  # learners that hold a part of the known labels out
ALGORITHMS = ("plain", "joint", "ewc", "si", "lwf", "replay", "agem")
SEQUENTIAL = (
    "forgetting",
    "retention",
)  # analyses of sequences; the others are of arms with a target
SHOWN = ("extremes", "scores")  # analyses that look at examples
TIMED = ("ranking", "retention")  # analyses that say what computing took
ON_ONE_STREAM = (
    "crossings",
    "depth",
    "ranking",
    "scores",
)  # analyses whose arms have to code the same labels
# Of os.path, which says no where pathlib raises: a path that is too long, or may not be looked at.
EXISTS = {"npz": os.path.isfile, "hdf5": os.path.isfile, "imagefolder": os.path.isdir}
# Tables and figures of every study; analyses are files beside them.
TABLES = (
    "information_transfer",
    "information_transfer_by_seed",
    "code_lengths",
    "curves",
    "datasets",
    "provenance",
)
# Each is drawn from one table, by the module of its name in lit/figures.
FIGURES = {
    "bits_per_label": "curves",
    "information_transfer": "information_transfer",
    "memorised_information": "information_transfer",
}
