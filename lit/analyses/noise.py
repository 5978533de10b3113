"""Label noise: total code length, L_IT and what M memorised, as labels become less predictable."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from lit.analyses import Datasets, Results, Row, about, mean_and_se, one_of, spread
from lit.errors import InputError
from lit.figures import style
from lit.study import label_transforms as label_transforms
from lit.study.label_transforms import Transform

KIND: dict[str, bool] = {}
TAKES = "rows with n > 0 and labels that are true, random or noise"
TITLE = "Label noise"
COLUMNS = {
    "labels": "labels",
    "level": "level p",
    "l_theta0_bits": "from θ₀",
    "l_theta0_se": "s.e.",
    "l_m_bits": "from M",
    "l_m_se": "s.e.",
    "l_it_bits": "L_IT",
    "l_it_se": "s.e.",
    "l_it_ci_low": "95 % from",
    "l_it_ci_high": "to",
    "k_m_bits": "K(Mₙ)",
    "k_m_se": "s.e.",
    "m_train_accuracy": "train accuracy",
    "irreducible_bits": "k H(Y|X)",
    "uniform_bits": "uniform",
}
FLOORS = ((0, (5, 1)), "-.")


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """Rows with n > 0 and labels that are true, random or noisy, by kind of noise and level.

    Raises:
        InputError: rows that do not differ in their labels' noise alone, or have none.
    """
    found = [
        row for row in rows if row["n"] and _kind(row["labels"]) in ("true", "random", "noise")
    ]
    if not any(row["labels"] for row in found):
        raise InputError(
            "analysis noise: no row has n > 0 and noisy labels; add arms with labels such as {random: 0.5} or {noise: 0.2}"
        )
    same = ("target", "source_dataset", "model", "learner", "n", "k")
    if varying := [name for name in same if len({row[name] for row in found}) > 1]:
        raise InputError(
            f"analysis noise: its arms differ in {', '.join(varying)}; name arms that differ in labels alone, with one n > 0"
        )
    known: dict[str, Row] = {}
    for row in found:
        if (level := label_transforms.name(row["labels"])) in known:
            arms = f"{known[level]['arm']} and {row['arm']}"
            raise InputError(
                f"analysis noise: two of its arms have the same labels ({arms}); name one arm a noise level"
            )
        known[level] = row
    return sorted(
        found,
        key=lambda row: (
            _kind(row["labels"]) != "true",
            _kind(row["labels"]),
            _level(row["labels"]),
        ),
    )


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """One row a noise level, by kind of noise and level; true labels are level 0.

    Returns:
        Code lengths of the k labels from theta0 and from M, L_IT, K(M_n) of the n training labels (missing without their
        cold code), and ``irreducible_bits``, k H(Y|X) of a task that is free of noise otherwise.

    Raises:
        InputError: see :func:`select`.
    """
    rows = select(results.rows, options, results.datasets)
    return pd.DataFrame([_row(results, row) for row in rows]).astype({"n": "Int64"})


def _kind(labels: Transform) -> str:
    return next(iter(labels)) if labels else "true"


def _level(labels: Transform) -> float:
    return float(next(iter(labels.values()))) if labels else 0.0


def _row(results: Results, row: dict[str, Any]) -> dict[str, Any]:
    classes, source = results.classes(row), results.sources[row["source"]]
    cold, warm = (results.bits(row[run], row["k"]).sum(axis=1) for run in ("cold", "warm"))
    return about(row) | {
        "kind": _kind(row["labels"]),
        "level": _level(row["labels"]),
        **mean_and_se("l_theta0", cold),
        **mean_and_se("l_m", warm),
        **spread("l_it", results.transfer(row)),
        **mean_and_se("k_m", results.memorised(row)),
        "m_train_accuracy": float(np.mean(source["accuracy"])),
        "irreducible_bits": row["k"] * noise_entropy(row["labels"], classes),
        "uniform_bits": results.uniform(row),
    }


def noise_entropy(labels: Transform, classes: int) -> float:
    """Bits of a noisy label, given the true one.

    Random labels fall on each class with chance p / C, the true one among them; noise takes one of the C - 1 others.
    """
    if not labels:
        return 0.0
    ((kind, level),) = labels.items()
    other = level / (classes if kind == "random" else classes - 1)
    return float(stats.entropy([1 - (classes - 1) * other] + [other] * (classes - 1), base=2))


def draw(table: pd.DataFrame) -> Figure:
    """Left code lengths against the noise level, with their floor; right L_IT on fresh labels and K(M_n) on M's own."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.5))
    _draw_code_lengths(left, table)
    _draw_information(right, table)
    for axis in (left, right):
        axis.set_xlabel("noise level p of the labels")
    return figure


def _draw_code_lengths(axis: Axes, table: pd.DataFrame) -> None:
    for i, (note, rows) in enumerate(_series(table)):
        _line(axis, rows, "l_theta0", f"from θ₀{note}", 0, i)
        _line(axis, rows, "l_m", f"from M{note}", 1, i)
        axis.plot(
            rows["level"],
            rows["irreducible_bits"],
            color="0.45",
            lw=1.1,
            ls=FLOORS[i],
            label=f"k H(Y|X){note}",
        )
    axis.axhline(
        one_of(table, "uniform_bits"), color="0.45", lw=0.9, ls=(0, (1, 2)), label="k log₂ C"
    )
    axis.set_ylim(0)
    axis.yaxis.set_major_formatter("{x:,.0f}")
    axis.set_ylabel(f"code length of k = {one_of(table, 'k'):,} labels (bits)")
    _legend_above(axis, [axis])


def _draw_information(axis: Axes, table: pd.DataFrame) -> None:
    """L_IT, and on a second scale K(M_n) where it is known."""
    scales = {"l_it": (axis, 1, "L_IT", f"L_IT on k = {one_of(table, 'k'):,} fresh labels (bits)")}
    if table["k_m_bits"].notna().any():
        scales["k_m"] = (
            axis.twinx(),
            2,
            "K(Mₙ)",
            f"K(Mₙ) on n = {one_of(table, 'n'):,} training labels (bits)",
        )
        scales["k_m"][0].spines["right"].set_visible(True)
        scales["k_m"][0].grid(False)
    for column, (scale, colour, name, title) in scales.items():
        for i, (note, rows) in enumerate(_series(table)):
            _line(scale, rows, column, name + note, colour, i)
        scale.set_ylabel(title, color=style.look(colour)["color"])
        scale.yaxis.set_major_formatter("{x:,.0f}")
    axis.axhline(0, color="0.4", lw=0.8)
    _zero_alike([scale for scale, *_ in scales.values()])
    _legend_above(axis, [scale for scale, *_ in scales.values()])


def _series(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Each kind of noise with the true labels before it; its name for a legend, where there are several."""
    kinds = _kinds(table)
    return [
        (f", {kind}" if len(kinds) > 1 else "", table[table["kind"].isin(["true", kind])])
        for kind in kinds
    ]


def _kinds(table: pd.DataFrame) -> list[str]:
    return [kind for kind in dict.fromkeys(table["kind"]) if kind != "true"]


def _line(axis: Axes, rows: pd.DataFrame, name: str, label: str, colour: int, kind: int) -> None:
    line = style.look(colour) | {"ls": style.STYLES[kind]} | ({"mfc": "white"} if kind else {})
    axis.errorbar(
        rows["level"],
        rows[f"{name}_bits"],
        yerr=rows[f"{name}_se"].fillna(0),
        label=label,
        capsize=2,
        **line,
    )


def _zero_alike(axes: list[Axes]) -> None:
    """Put 0 at one height on axes of different scales."""
    tops = [1.06 * max(axis.dataLim.y1, 1) for axis in axes]
    below = max(
        0.04, *(-1.06 * axis.dataLim.y0 / top for axis, top in zip(axes, tops, strict=True))
    )
    for axis, top in zip(axes, tops, strict=True):
        axis.set_ylim(-below * top, top)


def _legend_above(axis: Axes, axes: list[Axes]) -> None:
    handles, names = zip(
        *(entry for one in axes for entry in zip(*one.get_legend_handles_labels(), strict=True)),
        strict=True,
    )
    axis.legend(handles, names, fontsize=7, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)


def describe(table: pd.DataFrame) -> list[str]:
    """What noise does to code lengths, to L_IT and to K(M_n), kind by kind."""
    model, target, n, k = (one_of(table, name) for name in ("model", "target", "n", "k"))
    noise = (
        "the same noise as"
        if (table["labels"] == table["source_labels"]).all()
        else "partly another noise than"
    )
    return [
        f"{model} on {target}, M trained on n = {n:,} labels with {noise} the k = {k:,} that are coded.",
        *(_findings(kind, table[table["kind"].isin(["true", kind])]) for kind in _kinds(table)),
        "The irreducible part k H(Y|X) is what the noise alone costs; it takes the true labels to be certain, so that it is too"
        " low for a task that has noise of its own. K(Mₙ) counts bits of n training labels and L_IT of k fresh ones: compare"
        " how they move, not their sizes. Error bars are standard errors over seeds.",
    ]


def _findings(kind: str, rows: pd.DataFrame) -> str:
    first, last = rows.iloc[0], rows.iloc[-1]
    if len(rows) == 1:
        return f"{kind}: one level only, p = {last['level']:g}; add true labels and further levels to see a course. {_end(last)}"
    return (
        f"{kind}: from p = {first['level']:g} to {last['level']:g} the code length from θ₀ {_course(rows, 'l_theta0_bits')},"
        f" the one from M {_course(rows, 'l_m_bits')}, and L_IT {_course(rows, 'l_it_bits')}. {_end(last)}"
    )


def _course(rows: pd.DataFrame, column: str) -> str:
    values = rows[column].to_numpy()
    steps = np.diff(values)
    way = (
        "rises at every step"
        if (steps > 0).all()
        else "falls at every step"
        if (steps < 0).all()
        else "does not go one way"
    )
    return f"{way} ({', '.join(f'{value:,.0f}' for value in values)} bits)"


def _end(last: pd.Series) -> str:
    """L_IT and K(M_n) at the largest level."""
    low, high, share = (
        last["l_it_ci_low"],
        last["l_it_ci_high"],
        last["l_it_bits"] / last["uniform_bits"],
    )
    interval = (
        "no interval with one seed" if np.isnan(low) else f"95 % interval {low:,.0f} to {high:,.0f}"
    )
    text = f"At p = {last['level']:g} L_IT is {last['l_it_bits']:,.0f} bits ({interval}), {share:.2%} of k log₂ C"
    if last["irreducible_bits"] < 0.999 * last["uniform_bits"]:
        text += "; labels are not wholly random there, so that it need not be 0"
    if np.isnan(last["k_m_bits"]):
        return f"{text}. K(Mₙ) is unknown, for want of the training labels' code from θ₀."
    accuracy = last["m_train_accuracy"]
    return f"{text}. K(Mₙ) there is {last['k_m_bits']:,.0f} bits, with a train accuracy of {accuracy:.3f}."
