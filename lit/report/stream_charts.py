"""Charts of the stream as it goes by: what it cost so far, and what M has saved so far."""

from typing import Any

import pandas as pd

from lit.analyses.words import size
from lit.measures.intervals import estimate
from lit.report.charts import MEAN, Chart, lines
from lit.report.formats import format_bits, format_interval
from lit.report.names import say_names
from lit.tables.courses import several_n, teach_nothing
from lit.tables.reading import has_m

FEW = 10  # arms that are shown before a reader chooses
KEYS = ["arm", "n", "seed", "block_stop"]
NOTHING = pd.DataFrame({"value": []})


def along_the_stream(curves: pd.DataFrame) -> Chart:
    """Cumulative bits, and bits a label block by block: a panel an arm, a line a start state."""
    caption = (
        "The code as the stream goes by, from the untrained network θ₀ and from each M. In bits:"
        " all that was sent so far, so that L_IT is the distance at the right end. In bits a label:"
        " what each next block costs. Lines are means over seeds, bands their range."
    )
    rows = _with_means(_so_far(curves)) if _has_blocks(curves) else NOTHING
    return _by_arm("Along the stream", "Code", caption, rows, curves)


def saved_along_the_stream(curves: pd.DataFrame) -> Chart:
    """The distance between the two codes of each M: on their own scale small ones are seen too."""
    caption = (
        "What each M has saved so far, on a scale of each arm's own. In bits: at the right end that"
        " is L_IT, and before it, what fewer labels would give. In bits a label: what each next"
        " block saves. Lines are means over seeds, bands their range."
    )
    rows = NOTHING
    if _has_blocks(curves):
        saved = _saved(_so_far(curves))
        caption, rows = caption + _still_saving(saved), _with_means(saved)
    title = "Saved along the stream"
    return _by_arm(title, "Information Transfer", caption, rows, curves)


def first_arms(table: pd.DataFrame) -> list[str]:
    """Arms that are shown before a reader chooses: those of several n first, at most a few."""
    arms, several = list(dict.fromkeys(table["arm"])), set(table["arm"][several_n(table)])
    return arms if len(arms) <= FEW else sorted(arms, key=lambda arm: arm not in several)[:FEW]


def _has_blocks(curves: pd.DataFrame) -> bool:
    return set(KEYS) <= set(curves) and len(curves) > 0


def _so_far(curves: pd.DataFrame) -> pd.DataFrame:
    """By the end of each block: bits up to there and bits a label in it, of each seed."""
    place = pd.factorize(curves["arm"])[0]
    curves = curves.assign(place=place).sort_values(["place", "n", "block_stop"], kind="stable")
    bits = block_labels(curves) * curves["bits_per_label"]
    codes = curves.assign(bits=bits).groupby(["arm", "n", "seed"], dropna=False)["bits"]
    return curves.assign(value=codes.cumsum(), value_label=curves["bits_per_label"])


def block_labels(curves: pd.DataFrame) -> pd.Series:
    """Labels of each block; of older tables, which do not have them, one an example."""
    return curves.get("block_labels", curves["block_stop"] - curves["block_start"])


def _saved(each: pd.DataFrame) -> pd.DataFrame:
    """What starts from M, with how much less it cost than what starts from theta0."""
    same = ["arm", "seed", "block_stop"]
    values = ["value", "value_label"]
    trained = has_m(each)
    cold = each.loc[~trained, [*same, *values]]
    both = each[trained].merge(cold, on=same, suffixes=("_m", ""))
    return both.assign(**{name: both[name] - both[f"{name}_m"] for name in values})


def _still_saving(each: pd.DataFrame) -> str:
    """What the M that saves most saved in the last block, if that can be told from 0.

    Nothing of older tables, of which it is not known how many labels an example carries.
    """
    if "block_labels" not in each:
        return ""
    last = each[each["block_stop"] == each.groupby("arm")["block_stop"].transform("max")]
    last = last[(last["block_start"] > 0) & ~teach_nothing(last["labels"])]
    means = last.groupby(["arm", "n"], dropna=False, sort=False)["value"].mean().reset_index()
    if means.empty:
        return ""
    most = means.sort_values("value", kind="stable").to_dict("records")[-1]
    arm, n = most["arm"], most["n"]
    rows = last[(last["arm"] == arm) & (last["n"].isna() if pd.isna(n) else last["n"] == n)]
    labels = block_labels(rows)
    found = estimate((rows["value_label"] * labels).to_numpy())
    if not found.ci[0] > 0:
        return ""
    bits, ends = format_bits(found.mean), format_interval(*found.ci)
    subject = f"“{say_names(each['arm'])[arm]}” ({size(n)})"
    return (
        f" The last {labels.mean():,.0f} labels alone saved {subject}"
        f" {bits} bits (95 % interval over seeds {ends}): with a larger k its L_IT would be larger."
    )


def _with_means(each: pd.DataFrame) -> pd.DataFrame:
    """Rows of each seed, and before them their means and ranges."""
    over = each.groupby(["arm", "n", "block_stop"], dropna=False, sort=False)
    values = over[["value", "value_label"]]
    mean = values.mean()
    mean[["low", "low_label"]] = values.min()
    mean[["high", "high_label"]] = values.max()
    each = each.assign(seed=each["seed"].astype(str))
    rows = pd.concat([mean.reset_index().assign(seed=MEAN), each], ignore_index=True)
    return rows.assign(x=rows["block_stop"])


def _by_arm(
    title: str, measured: str, caption: str, rows: pd.DataFrame, curves: pd.DataFrame
) -> Chart:
    """A panel an arm that has several blocks, a line a start state, in the colour of its place."""
    if not len(rows):
        return Chart(title, caption, {}, NOTHING)
    several = rows.groupby("arm")["x"].nunique()
    rows = rows[rows["arm"].isin(several.index[several > 1])]
    first, said = first_arms(rows), say_names(rows["arm"])
    series = pd.Categorical(rows["n"].map(_start, na_action=None), _starts(curves))
    rows = rows.assign(panel=rows["arm"].map(said), series=series)
    columns = ("panel", "series", "x", "arm", "seed", "value", "low", "high")
    rows = rows[[*columns, "value_label", "low_label", "high_label"]]
    x = "examples sent (end of block)"
    spec = lines(rows, measured, x, by_ratio=True, alike=False) if len(rows) else {}
    if len(first) < rows["arm"].nunique():
        spec["params"][0]["value"] = first
        caption += (
            f" At first {len(first)} of {rows['arm'].nunique()} arms are shown; choose others."
        )
    return Chart(title, caption, spec, rows)


def _starts(curves: pd.DataFrame) -> list[str]:
    """All that codes start from, the untrained network first."""
    return [_start(n) for n in sorted(curves["n"].unique(), key=lambda n: (pd.isna(n), n))]


def _start(n: Any) -> str:
    """What a code starts from."""
    return "M, ready weights" if pd.isna(n) else f"M, n = {n:,}" if n else "θ₀"
