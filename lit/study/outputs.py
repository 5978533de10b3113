"""Tables and figures of every study; those of its analyses are beside them."""

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
