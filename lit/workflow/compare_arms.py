"""Two arms of one study: what one has more than the other, paired by seed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Num

from lit.analyses.common import check_one_stream, trained
from lit.analyses.results import Results
from lit.analyses.words import at_n
from lit.errors import InputError, check_known
from lit.measures.comparisons import Pair, holm
from lit.measures.intervals import Estimate, estimate
from lit.report.formats import format_bits
from lit.study.config import read_study
from lit.workflow.plan import Plan
from lit.workflow.results_folder import read_codes
from lit.workflow.rows import describe_row

Differences = dict[str, Pair]  # first less second, in bits, by what it is of
ROUNDED = 1e-6  # bits by which the same difference may come out otherwise, summed in another order


def compare_arms(path: str, one: str, other: str) -> list[tuple[Any, Differences]]:
    """By each n above 0 that both arms have, L_IT and code lengths of one less those of the other.

    L_IT is left out where the learners differ: it counts from each arm's own code from theta0, and
    a learner that wastes bits there makes its M look richer. So is the code from theta0 where both
    arms have the same one.

    Args:
        path: The study's file, whose results are there.
        one, other: Names of arms.

    Returns:
        P-values are adjusted for all differences that are returned (Holm), each counted once: one
        that is 0 for every seed, or is another one or the negative of it, is no further test.

    Raises:
        InputError: no such arm, none of its results, or arms that do not code the same labels.
    """
    plan = Plan(read_study(path))
    rows = [row for row in plan.study.rows if row.cell is None]
    if one == other:
        raise InputError(f"--arms: {one!r} twice; name two different arms")
    for name in (one, other):
        check_known(f"{path}: --arms", "arm", name, {row.arm for row in rows})
    said = [describe_row(plan.study, row) for row in rows if row.arm in (one, other)]
    _check_alike(*([row for row in said if row["arm"] == name] for name in (one, other)))
    by_n = {name: {r["n"]: r for r in trained(said) if r["arm"] == name} for name in (one, other)}
    common = [n for n in by_n[one] if n in by_n[other]]
    if not common:
        has = (f"{name!r} has n = {', '.join(map(str, by_n[name])) or 0}" for name in (one, other))
        raise InputError(f"arms {' and '.join(has)}; to be compared they need an n in common")
    results = _read(plan, path, [arm[n] for arm in by_n.values() for n in common])
    found = [(n, _differences(results, by_n[one][n], by_n[other][n])) for n in common]
    adjusted = iter(_adjust([more for _, own in found for more in own.values()]))
    return [
        (n, {of: Pair(one, other, more, next(adjusted)) for of, more in own.items()})
        for n, own in found
    ]


def say_waste(found: Sequence[tuple[Any, Differences]]) -> str:
    """How much of a difference of L_IT is one of the codes from theta0, at the largest n; nothing
    where that cannot be told."""
    n, own = found[-1]
    if "L_IT" not in own or "from θ₀" not in own or not own["from θ₀"].apart:
        return ""
    saved, cold, warm = (own[of].more.mean for of in ("L_IT", "from θ₀", "from M"))
    if saved * cold <= 0:
        return ""
    more = own["L_IT"].one if saved > 0 else own["L_IT"].other
    shorter = "longer" if (warm > 0) == (saved > 0) else "shorter"
    apart = "" if own["from M"].apart else ", and the two cannot be told apart"
    return (
        f"{at_n(n)} {more} has {format_bits(abs(saved))} bits of L_IT more, but its code from θ₀ is"
        f" {format_bits(abs(cold))} bits longer, which M did not bring about. Compare the codes"
        f" from M: that of {more} is {format_bits(abs(warm))} bits {shorter}{apart}."
    )


def _adjust(found: list[Estimate]) -> list[float]:
    """P-values adjusted for how many different differences there are (Holm)."""
    values = [more.by_seed for more in found]
    first = [next(i for i, one in enumerate(values) if _is_one_test(one, own)) for own in values]
    tests = [i for i in sorted(set(first)) if values[i].any()]
    p = np.array([more.p for more in found])
    p[tests] = holm(p[tests])
    return [float(p[i]) for i in first]


def _is_one_test(one: Num[np.ndarray, " S"], other: Num[np.ndarray, " S"]) -> bool:
    """Whether two differences by seed are the same, or one is the negative of the other."""
    return any(np.allclose(one, sign * other, rtol=0, atol=ROUNDED) for sign in (1, -1))


def _check_alike(ones: list[dict[str, Any]], others: list[dict[str, Any]]) -> None:
    """Refuse arms that code other labels, or more of them."""
    first, second = ones[0], others[0]
    for name, words in (("labels", "other labels"), ("k", "another number of labels")):
        if first[name] != second[name]:
            raise InputError(
                f"arms {first['arm']} and {second['arm']} code {words}"
                f" ({name}: {first[name] or 'true'} and {second[name] or 'true'}); that is no fair"
                " comparison: take arms of one data set, with equal labels and k"
            )


def _read(plan: Plan, path: str, rows: list[dict[str, Any]]) -> Results:
    """Stored code lengths of some rows."""
    runs = dict.fromkeys(run for row in rows for run in (row["cold"], row["warm"]))
    codes = {run: read_codes(plan.study.name, run, path) for run in runs}
    return Results(
        rows=rows,
        codes={run: arrays for run, (arrays, _) in codes.items()},
        sources={},
        seeds=plan.study.seeds,
        datasets=plan.study.datasets,
        code=rows[0]["code"],
    )


def _differences(
    results: Results, one: dict[str, Any], other: dict[str, Any]
) -> dict[str, Estimate]:
    streams = [(row["arm"], results.codes[row["cold"]]) for row in (one, other)]
    check_one_stream(streams, one["k"])
    k = one["k"]
    starts = {"from θ₀": "cold", "from M": "warm"}
    if np.array_equal(results.bits(one["cold"], k), results.bits(other["cold"], k)):
        del starts["from θ₀"]
    found = {}
    for name, run in starts.items():
        first, second = (results.sample(row, results.bits(row[run], k)) for row in (one, other))
        found[name] = estimate(first - second)
    if one["learner"] == other["learner"]:
        found = {"L_IT": estimate(results.saved(one) - results.saved(other))} | found
    return found
