"""The answer of a study to its question: a sentence or two, and what to know of it, a line each."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from lit.analyses.words import percent
from lit.measures.controls import NAMING
from lit.report.codes_in_words import beside_any_learner, by_training_alone, differs
from lit.report.controls_in_words import NAMED, control_in_words, rows_of_shares, shares_in_words
from lit.report.formats import as_written, format_bits, format_interval, records
from lit.report.names import say_names
from lit.report.two_arms import more_of_two, rows_that_answer
from lit.study.codes import ARCHITECTURE
from lit.tables.reading import has_m

ALIKE = 0.01  # of the code from theta0, within which two are as short for all that means can say
LEAVES_OUT = "L_IT is a head start under this n, k, learner and code, not all that inputs tell."
BESIDE = (
    "Closed-form fits of the same architecture predict beside either network, so that slow first"
    " steps of training are no knowledge (code architecture)."
)
GROUPS = "groups like these"
LAST_DIGIT = 0.1  # of bits as they are written
MANY = 20  # seeds that tell small transfers from 0; half of them are few yet
FOR = {  # what an interval is about
    "these examples": "for other seeds on these examples",
    "examples like these": "for other examples like these",
    GROUPS: "for other groups like these",
}


def answer(
    table: pd.DataFrame,
    cells: int,
    kept: str = "",
    by_seed: pd.DataFrame | None = None,
    beyond: str = "",
    models: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What the largest transfer among true labels is, with its interval, in the first line.

    The next lines are about the same: what shares of classes and the control save, what the number
    is beside, what is not judged. Of arms that code the same labels, those with the shortest mean
    code from theta0 answer: what a coder wastes there stands in its L_IT. A transfer that can be
    told from 0 goes before a larger mean that cannot. Of several targets or k, the largest and the
    smallest share answer.

    Args:
        table: Rows of the main table outside of sequences.
        cells: How many rows sequences have besides.
        kept: What an analysis says of what is kept along them.
        by_seed: The same rows as those of the main table, by seed, to compare two arms.
        beyond: What an analysis says of an arm beside that of its classes' shares.
        models: Of the study, in words, by name.
    """
    every = rows_that_answer(table)
    if every.empty:
        return _without_an_m(table, cells, kept)
    longer = _over_shortest(every)
    true = every[longer <= ALIKE]
    best = _best_of_each(true)
    one = len(best) == 1
    labels = "these labels" if one else f"the labels of {_stream(best[0], best)}"
    more = "" if by_seed is None or len(true) < len(every) else more_of_two(true, by_seed)
    lines = [
        *(_what_m_saves(best[0], every, models) if one else _most_and_least(best, true)),
        _from_fewer(best[0], true) if one else "",
        more,
        shares_in_words(table, beyond),
        control_in_words(table),
        beside_any_learner(best[0], labels),
        by_training_alone(best[0], rows_of_shares(table)) if one else "",
        _sentences(_largest(best[0], true) if one else "", _left_out(every["arm"], longer)),
        _untrained(table),
        LEAVES_OUT,
    ]
    return "\n".join(filter(None, lines))


def _sentences(*said: str) -> str:
    """A line of the sentences that there are."""
    return " ".join(filter(None, said))


def _best_of_each(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The row of each target and k that saves most, those first that save most of their code.

    What can be told from 0 goes before what cannot.
    """
    told = rows["l_it_ci_low"] > 0
    rows = rows.assign(told=told, share=rows["l_it_bits"] / rows["l_theta0_bits"])
    best = rows.sort_values(["told", "l_it_bits"], ascending=False, kind="stable")
    best = best.drop_duplicates(["target", "k"])
    return records(best.sort_values(["told", "share"], ascending=False, kind="stable"))


def _what_m_saves(
    row: Mapping[str, Any], rows: pd.DataFrame, models: Mapping[str, str]
) -> list[str]:
    """The answer of one stream, its largest transfer, and what that is beside."""
    first = _in_short(row)
    begin = first + _trained(row) if first else _trained(row).capitalize()
    how = BESIDE if row.get("code") == ARCHITECTURE and differs(row, "network") else ""
    network = models.get(row["model"], "")
    if network and rows["arm"].nunique() > 1:
        network = f"{_quoted(row['arm'])}, {network},"
    return [
        f"{begin}, {_saves(row, network)} cost from the untrained network.",
        _sentences(_the_three(row), how),
        _more_seeds(row),
    ]


def _from_fewer(row: Mapping[str, Any], rows: pd.DataFrame) -> str:
    """What the same arm saves when M was trained on fewer examples."""
    fewer = rows[(rows["arm"] == row["arm"]) & (rows["n"] < (row["n"] or 0))]
    said = [
        f"{format_bits(r['l_it_bits'])} ({format_interval(r['l_it_ci_low'], r['l_it_ci_high'])})"
        f" at n = {r['n']:,}"
        for r in records(fewer.sort_values("n"))
    ]
    return f"From fewer examples it saves {', '.join(said[-NAMED:])}." if said else ""


def _largest(row: Mapping[str, Any], rows: pd.DataFrame) -> str:
    """That the answer is the largest mean, of as many rows, which chance favours."""
    surely = " that can be told from 0" if row["l_it_bits"] < rows["l_it_bits"].max() else ""
    if not surely and rows["arm"].nunique() == 1:
        return ""
    return (
        f"As the largest mean{surely} of {len(rows)} rows with true labels it is likely a little"
        " too large."
    )


def _the_three(row: Mapping[str, Any]) -> str:
    """What the labels cost from either start, and without a look at inputs, where an example has
    one of a few."""
    entropy, uniform = row.get("label_entropy_bits"), row.get("uniform_bits")
    cold, warm = row["l_theta0_bits"], row["l_m_bits"]
    network, m = "the untrained network, which learns on the way,", "M, the trained one,"
    if entropy is None or uniform is None or entropy > uniform:  # several labels an example
        return f"T{network[1:]} needs {format_bits(cold)}; {m} needs {format_bits(warm)}."
    own = f"Without inputs the labels cost {format_bits(entropy)} bits, their entropy;"
    low = row["l_it_ci_low"]
    if not warm <= cold <= entropy or (low is not None and low <= 0):
        needs = [
            f"{format_bits(bits)}, {format_bits(abs(entropy - bits))}"
            f" {'fewer' if bits <= entropy else 'more'}"
            for bits in (cold, warm)
        ]
        sums = [(bits, entropy - bits) for bits in (cold, warm)]
        rounded = _rounded(*((entropy, *parts) for parts in sums))
        return f"{own} {network} needs {needs[0]}; {m} needs {needs[1]}.{rounded}"
    saved, taught, trained = entropy - warm, entropy - cold, cold - warm
    rounded = _rounded((entropy, warm, saved), (saved, taught, trained), (cold, warm, trained))
    return (
        f"{own} {network} needs {format_bits(cold)}; {m} needs {format_bits(warm)}. So inputs save"
        f" M {format_bits(saved)} bits: {format_bits(taught)} that the stream itself teaches, and"
        f" {format_bits(trained)} that M's training did, which are L_IT.{rounded}"
    )


def _rounded(*sums: tuple[float, float, float]) -> str:
    """A remark where a total and its two parts, as they are written, do not add up."""
    for written in ([as_written(bits) for bits in one] for one in sums):
        if abs(written[0] - written[1] - written[2]) > LAST_DIGIT / 2:
            return " Each number is rounded by itself, so sums are slightly off."
    return ""


def _more_seeds(row: Mapping[str, Any]) -> str:
    """What may tell a small transfer from 0."""
    low, high = row["l_it_ci_low"], row["l_it_ci_high"]
    if row["seeds"] > MANY // 2 or low is None or not low <= 0 <= high:
        return ""
    first = row["seeds"]
    return (
        f"More seeds tell smaller ones from 0: append a group, such as [{first}, {first + 1}, ...,"
        f" {MANY - 1}], to the study's seeds, run it again, which keeps what is there, and say so."
    )


def _most_and_least(best: list[dict[str, Any]], rows: pd.DataFrame) -> list[str]:
    """The answer of several streams, whose bits do not compare: both ends of the shares saved."""
    most, least = best[0], best[-1]
    said = say_names([least["arm"]])[least["arm"]]
    told, several = int((rows["l_it_ci_low"] > 0).sum()), len({row["k"] for row in best}) > 1
    return [
        f"{'' if told else 'No transfer that can be told from 0. '}Of {len(best)} targets"
        f"{' or k' if several else ''}, M saves most of {_stream(most, best)},"
        f" {percent(most['share'], 1)} of its code from θ₀, and least of {_stream(least, best)},"
        f" {percent(least['share'], 1)} at best. In {told} of {len(rows)} rows with true labels"
        " the interval lies above 0.",
        f"Most: {_trained(most)}, {_saves(most)} cost from the untrained network.",
        f"Least: {_trained(least)}, “{said}” saves {format_bits(least['l_it_bits'])} bits"
        f" ({interval(least)}) of {format_bits(least['l_theta0_bits'])}.",
    ]


def _stream(row: Mapping[str, Any], best: Sequence[Mapping[str, Any]]) -> str:
    """A target as people say it, with its k where there are several of it."""
    name = say_names(other["target"] for other in best)[row["target"]]
    several = sum(other["target"] == row["target"] for other in best) > 1
    return f"{name} (k = {row['k']:,})" if several else name


def _trained(row: Mapping[str, Any]) -> str:
    return "with ready weights" if pd.isna(row["n"]) else f"trained on {row['n']:,} examples"


def _saves(row: Mapping[str, Any], network: str = "") -> str:
    """What an arm, or its network in words, saves, with its interval, and of what."""
    said = say_names([row["arm"], row["target"]])
    apart = ", of groups that M never met," if row.get("about") == GROUPS else ""
    return (
        f"{network or _quoted(row['arm'])} saves {format_bits(row['l_it_bits'])} bits"
        f" ({interval(row)}) of the {format_bits(row['l_theta0_bits'])} that the labels of"
        f" {row['k']:,} fresh examples of {said[row['target']]}{apart}"
    )


def _quoted(arm: str) -> str:
    return f"“{say_names([arm])[arm]}”"


def _over_shortest(rows: pd.DataFrame) -> pd.Series:
    """By what share each row's mean code from theta0 is longer than the shortest of its stream."""
    codes = rows["l_theta0_bits"]
    return codes / codes.groupby([rows["target"], rows["k"]]).transform("min") - 1


def _left_out(arms: pd.Series, longer: pd.Series) -> str:
    """Arms that do not answer, and why: what their codes from theta0 waste stands in their L_IT."""
    most = longer[longer > ALIKE].groupby(arms, sort=False).max()
    if most.empty:
        return ""
    names = say_names(arms)
    said = [f"“{names[str(arm)]}” ({percent(share, 1)})" for arm, share in most.items()]
    rest = f" and {len(said) - NAMED} others" if len(said) > NAMED else ""
    codes = "code is" if len(said) == 1 else "codes are"
    return (
        f"Not judged here: {', '.join(said[:NAMED])}{rest}, whose mean {codes} longer than the"
        " shortest arm's from θ₀ by that much, as such waste may stand in L_IT."
    )


def _in_short(row: Mapping[str, Any]) -> str:
    """What is said first where the largest transfer is none."""
    if row["l_it_ci_low"] is None or row["l_it_ci_low"] > 0:
        little = f"No more than naming the right expert can cost ({NAMING} bits): "
        return little if 0 < row["l_it_bits"] <= NAMING else ""
    return "M does harm: " if row["l_it_ci_high"] < 0 else "No transfer that can be told from 0: "


def _untrained(table: pd.DataFrame) -> str:
    """That other arms, which have no M, are compared further down."""
    untrained = set(table["arm"][~has_m(table)]) - set(table["arm"][has_m(table)])
    if len(untrained) < 2:
        return ""
    return (
        f"{len(untrained)} other arms have no M: their codes from θ₀ are compared in the analyses"
        " below."
    )


def interval(row: Mapping[str, Any]) -> str:
    """An interval with what it is of, or that there is none."""
    seeds = f"{row['seeds']} seed{'s' if row['seeds'] != 1 else ''}"
    if pd.isna(row["l_it_ci_low"]):
        return f"{seeds}, too few for an interval"
    about = f", {FOR[row['about']]}" if row.get("about") in FOR else ""
    low, high = format_bits(row["l_it_ci_low"]), format_bits(row["l_it_ci_high"])
    return f"95 % interval {low} to {high}, {seeds}{about}"


def _without_an_m(table: pd.DataFrame, cells: int, kept: str) -> str:
    """Studies that compare code lengths, or tasks in a row, have their answers in analyses."""
    if cells:
        coded = f"{cells:,} cells of sequences (a task from the state after another) are coded."
        return f"{kept}\n{coded}" if kept else f"{coded} Analyses below say what is kept."
    names = say_names(table["arm"])
    short = table[table["labels"] == "true"].nsmallest(1, "l_m_bits")
    if short.empty:
        return "This study has controls alone: see the table."
    row = records(short)[0]
    return (
        f"No M was trained on true labels. The shortest code is that of {names[row['arm']]}:"
        f" {format_bits(row['l_m_bits'])} bits for {row['k']:,} labels, mean over seeds; the"
        " analyses below compare the arms, with intervals."
    )
