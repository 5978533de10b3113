"""What L_IT is under the codes beside the headline's, in a sentence each."""

from collections.abc import Mapping
from typing import Any

from lit.report.controls_in_words import NAMED
from lit.report.formats import format_bits
from lit.study.codes import ARCHITECTURE, SHORTEST


def beside_any_learner(row: Mapping[str, Any], labels: str) -> str:
    """What is left of it beside good learners of any kind, where they find a shorter code."""
    cold = row.get("l_theta0_shortest_bits")
    if row.get("code") == SHORTEST or cold is None or cold >= row["l_theta0_bits"]:
        return ""
    ends = [row["l_it_shortest_ci_low"], row["l_it_shortest_ci_high"]]
    about = "" if None in ends else f" ({' to '.join(map(format_bits, ends))})"
    return (
        "With good learners of any kind beside the network too (code shortest) M saves"
        f" {format_bits(row['l_it_shortest_bits'])}{about} of the {format_bits(cold)} that {labels}"
        " cost."
    )


def by_training_alone(row: Mapping[str, Any], shares: list[dict[str, Any]]) -> str:
    """L_IT of the code ``network``, the paper's, where it is outside the headline's interval.

    What that code wastes on the shares of the classes stands in it, as rows of ``shares`` say.
    """
    bits, low, high = (row.get(f"l_it_network_{of}") for of in ("bits", "ci_low", "ci_high"))
    least, most = row["l_it_ci_low"], row["l_it_ci_high"]
    missing = None in (bits, low, least)
    if row.get("code") != ARCHITECTURE or missing or least <= bits <= most:
        return ""
    same = [r for r in shares if (r["target"], r["k"]) == (row["target"], row["k"])]
    alone = [format_bits(r["l_it_network_bits"]) for r in same if r.get("l_it_network_bits")]
    wasted = f", and shares alone {', '.join(alone[:NAMED])}" if alone else ""
    begin, end = "By training alone (code network)", ""
    if bits > most:
        begin = "Not to be reported instead: by training alone (code network)"
        end = ": slow first steps of training stand in that, which are no knowledge"
    return (
        f"{begin} M would save {format_bits(bits)} ({format_bits(low)} to {format_bits(high)}) of"
        f" {format_bits(row['l_theta0_network_bits'])}{wasted}{end}."
    )


def differs(row: Mapping[str, Any], code: str) -> bool:
    """Whether another code from theta0 is known and has other experts than the headline's."""
    cold = row.get(f"l_theta0_{code}_bits")
    return cold is not None and cold != row["l_theta0_bits"]
