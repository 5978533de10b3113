"""Write the findings of README.md and docs/ from published tables: ``make docs-pages``.

A finding is a text in ``docs/findings/`` with expressions for its numbers. docs/findings.md
says how to write one, which numbers on a page need one, and what to do after a study was published
anew. A test compares the pages with this.
"""

import difflib
import functools
import json
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import pandas as pd
from scipy import stats

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lit.measures.comparisons import LEVEL  # noqa: E402
from lit.measures.intervals import ratio_of_means  # noqa: E402

TEXTS = ROOT / "docs" / "findings"
PUBLISHED = ROOT / "results" / "published"
PAGES = [
    *(ROOT / name for name in ("README.md", "results/README.md")),
    PUBLISHED / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


class NotPublishedError(Exception):
    """What a text asks of a table, and the table does not have."""


class NotShownError(Exception):
    """A difference that a text states, and its interval does not."""


# tables -------------------------------------------------------------------------------------------


@functools.cache
def read(path: str) -> pd.DataFrame:
    """``study/table``, ``study/run_times``, or the rows of ``benchmarks/name``."""
    study, _, name = path.partition("/")
    if study == "benchmarks":
        return pd.DataFrame(json.loads((PUBLISHED / study / f"{name}.json").read_text())["rows"])
    folder = PUBLISHED / study
    return pd.read_csv((folder if name == "run_times" else folder / "tables") / f"{name}.csv")


def about(name: str) -> dict[str, Any]:
    """What the JSON file of a benchmark says of the whole of it."""
    return json.loads((PUBLISHED / "benchmarks" / f"{name}.json").read_text())["about"]


def core_hours(study: str) -> float:
    """What all jobs of a study computed, added up; where it was not recorded, what they took."""
    times = read(f"{study}/run_times")
    return times.get("cpu_seconds", times["seconds"]).sum() / 3600


def matches(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return any(matches(value, one) for one in wanted)
    if wanted is None:
        return value is None or value != value
    return value == wanted


def rows(path: str, query: str = "", **where: Any) -> pd.DataFrame:
    """Rows of a table whose columns have these values (of a list: one of them; None: empty).

    ``query`` is one of pandas, such as ``t == j``.
    """
    found = read(path).query(query) if query else read(path)
    for column, wanted in where.items():
        if column not in found:
            raise NotPublishedError(f"{path} has no column {column!r}")
        found = found[[matches(value, wanted) for value in found[column]]]
    if found.empty:
        raise NotPublishedError(f"{path} has no row with {where} {query}".strip())
    return found


def row(path: str, query: str = "", **where: Any) -> dict[Any, Any]:
    """The only row that is as asked."""
    found = rows(path, query, **where)
    if len(found) > 1:
        raise NotPublishedError(f"{path} has {len(found)} rows with {where} {query}".strip())
    return found.iloc[0].to_dict()


def value(path: str, column: str, **where: Any) -> Any:
    """The value of a column in the only row that is as asked."""
    return row(path, **where)[column]


def seeds(study: str, column: str, **where: Any) -> np.ndarray:
    """Values by seed, (S,), of the table that has a row an arm, n and seed."""
    found = rows(f"{study}/information_transfer_by_seed", **where)
    if found["seed"].duplicated().any():
        raise NotPublishedError(f"{study} has several rows a seed with {where}")
    return found.sort_values("seed")[column].to_numpy()


def by_seed(benchmark: str, column: str, **where: Any) -> np.ndarray:
    """Values by seed, (S,), which one row of a benchmark holds as a list."""
    return np.array(value(f"benchmarks/{benchmark}", column, **where))


def by_arm(study: str, column: str, arms: list[str], **where: Any) -> dict[str, np.ndarray]:
    """:func:`seeds` of several arms, by name."""
    return {arm: seeds(study, column, arm=arm, **where) for arm in arms}


def summed(study: str, column: str, query: str = "", **where: Any) -> np.ndarray:
    """The same, summed over all rows of a seed that are as asked."""
    found = rows(f"{study}/information_transfer_by_seed", query, **where)
    return found.groupby("seed")[column].sum().to_numpy()


def sent(study: str, labels: int, **where: Any) -> np.ndarray:
    """Bits by seed, (S,), of the first labels of the stream, from the table of curves."""
    blocks = rows(f"{study}/curves", **where)
    if labels not in set(blocks["block_stop"]):
        raise NotPublishedError(f"{study}/curves has no block that ends at {labels}")
    blocks = blocks[blocks["block_stop"] <= labels]
    bits = blocks["bits_per_label"] * (blocks["block_stop"] - blocks["block_start"])
    return bits.groupby(blocks["seed"]).sum().to_numpy()


# what may be said of values by seed ---------------------------------------------------------------


class Compared:
    """Differences by seed: Student's t, paired, adjusted for how many there are.

    Holm's steps (1979): the difference with the i-th smallest p-value of m, i from 0, has an
    interval of the level 0.05 / (m - i); from the first interval that holds 0 on, all have that
    one's level. So an interval is without 0 exactly where the test, adjusted for all, says so.
    """

    def __init__(self, differences: Mapping[tuple[str, str], np.ndarray]) -> None:
        self.differences = differences
        p = {pair: stats.ttest_1samp(each, 0).pvalue for pair, each in differences.items()}
        self.level, left = {}, len(p)
        for pair in sorted(p, key=p.__getitem__):
            self.level[pair] = LEVEL / left
            left -= p[pair] < LEVEL / left and left > 1

    @property
    def told(self) -> list[tuple[str, str]]:
        """The pairs that are told apart."""
        return [pair for pair in self.differences if np.prod(self.ends(*pair)[1:]) > 0]

    def ends(self, a: str, b: str) -> tuple[float, float, float]:
        """Mean of a - b and the ends of its interval."""
        if (a, b) not in self.differences:
            mean, low, high = self.ends(b, a)
            return -mean, -high, -low
        each = self.differences[a, b]
        reach = stats.sem(each) * stats.t.isf(self.level[a, b] / 2, len(each) - 1)
        return each.mean(), each.mean() - reach, each.mean() + reach

    def show(self, a: str, b: str = "0", digits: int = 0) -> str:
        """a - b with its interval."""
        mean, low, high = (number(end, digits) for end in self.ends(a, b))
        return f"{mean} [{low} to {high}]"

    def more(self, a: str, b: str = "0", digits: int = 0) -> str:
        """By how much a is above b, with its interval, which must be above 0."""
        return self._shown(self.ends(a, b)[1] > 0, "above", a, b, digits)

    def unsure(self, a: str, b: str = "0", digits: int = 0) -> str:
        """a - b with its interval, which must hold 0."""
        _, low, high = self.ends(a, b)
        return self._shown(low <= 0 <= high, "like", a, b, digits)

    def within(self, margin: float, a: str, b: str = "0", digits: int = 0) -> str:
        """a - b with its interval, which must lie between -margin and margin."""
        _, low, high = self.ends(a, b)
        return self._shown(-margin < low and high < margin, f"within {margin} of", a, b, digits)

    def _shown(self, holds: bool, claim: str, a: str, b: str, digits: int) -> str:
        if not holds:
            raise NotShownError(f"{a} {claim} {b} is stated, and shown {self.show(a, b, digits)}")
        return self.show(a, b, digits)


def compared(reference: str | None = None, **values: np.ndarray) -> Compared:
    """All pairs of values by seed, or each with the reference."""
    pairs = [pair for pair in combinations(values, 2) if reference in (None, *pair)]
    return Compared({(a, b): values[a] - values[b] for a, b in pairs})


def adjusted(**differences: np.ndarray) -> Compared:
    """Each of these differences with 0."""
    return Compared({(name, "0"): each for name, each in differences.items()})


def more(a: np.ndarray, b: np.ndarray | float = 0.0, digits: int = 0) -> str:
    """By how much a is above b, one comparison, with its interval, which must be above 0."""
    return adjusted(a=a - b).more("a", digits=digits)


def unsure(a: np.ndarray, b: np.ndarray | float = 0.0, digits: int = 0) -> str:
    """a - b, one comparison, with its interval, which must hold 0."""
    return adjusted(a=a - b).unsure("a", digits=digits)


def unpaired(a: Mapping[Any, Any], b: Mapping[Any, Any], name: str, seeds: int, digits: int) -> str:
    """By how much ``name`` is above in row a, of rows with ``sd`` and no values by seed (Welch).

    The interval must be above 0.
    """
    each = [a["sd"] ** 2 / seeds, b["sd"] ** 2 / seeds]
    freedom = sum(each) ** 2 / sum(one**2 / (seeds - 1) for one in each)
    mean, reach = a[name] - b[name], np.sqrt(sum(each)) * stats.t.isf(LEVEL / 2, freedom)
    shown = [number(end, digits) for end in (mean, mean - reach, mean + reach)]
    if not mean - reach > 0:
        raise NotShownError(f"a difference is stated, and shown {shown}")
    return f"{shown[0]} [{shown[1]} to {shown[2]}]"


def estimated(found: Mapping[Any, Any], name: str, above: float = -np.inf) -> str:
    """A mean and its interval as a row of a table has them; the interval must be ``above`` that."""
    mean, low, high = (found[f"{name}_{end}"] for end in ("bits", "ci_low", "ci_high"))
    text = f"{number(mean)} [{number(low)} to {number(high)}]"
    if not low > above:
        raise NotShownError(f"{name} above {above} is stated, and shown {text}")
    return text


# how numbers are written --------------------------------------------------------------------------


def number(value: Any, digits: int = 0) -> str:
    """A number with commas and a true minus sign; of values by seed their mean."""
    text = f"{np.mean(value):,.{digits}f}"
    return (text if float(text.replace(",", "")) else text.lstrip("-")).replace("-", "−")


def interval(values: np.ndarray, digits: int = 0) -> str:
    """Mean and 95 % interval (Student's t) of values by seed."""
    return adjusted(a=values).show("a", digits=digits)


def share(above: np.ndarray, below: np.ndarray) -> str:
    """Ratio of two means of values by seed in per cent, and its 95 % interval (Fieller)."""
    ratio, ends = ratio_of_means(above, below)
    if not all(np.isfinite(ends)):
        raise NotShownError(f"a share of {interval(below)} has no interval")
    return f"{number(100 * ratio)} % [{number(100 * ends[0])} to {number(100 * ends[1])}]"


def given(value: Any) -> str:
    """A setting, written as numbers are."""
    return number(value) if isinstance(value, int) else str(value)


VOCABULARY: dict[str, Callable[..., Any]] = {
    **{each.__name__: each for each in (rows, row, value, seeds, by_seed, by_arm, summed, sent)},
    **{each.__name__: each for each in (about, core_hours, given)},
    **{
        each.__name__: each
        for each in (compared, adjusted, more, unsure, share, unpaired, estimated)
    },
}
FILTERS = {each.__name__: each for each in (number, interval)}


# texts and pages ----------------------------------------------------------------------------------


def environment(*folders: Path) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= VOCABULARY
    made.filters |= FILTERS
    return made


def made(path: Path) -> str:
    """A text with its numbers.

    Raises:
        ValueError: naming file and line of what no table has, or no interval shows.
    """
    try:
        return environment(path.parent).get_template(path.name).render().strip()
    except Exception as error:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
        line = frames[-1].lineno if frames else getattr(error, "lineno", "?")
        raise ValueError(f"{path.relative_to(path.parents[2])}:{line}: {error}") from None


BLOCK = re.compile(
    r"(<!-- made from (docs/findings/[\w-]+\.md) -->\n).*?(\n<!-- end of \2 -->)", re.S
)


def filled(page: str) -> tuple[str, list[str]]:
    """The page with its findings as the tables have them, and what was wrong with texts."""
    wrong: list[str] = []

    def write(found: re.Match[str]) -> str:
        try:
            return f"{found[1]}\n{made(ROOT / found[2])}\n{found[3]}"
        except ValueError as error:
            wrong.append(str(error))
            return found[0]

    return BLOCK.sub(write, page), wrong


def changes(name: str, old: str, new: str) -> Iterator[str]:
    """Lines of a page that are not what the tables give: the numbers, where these alone differ."""
    before, after = old.splitlines(), new.splitlines()
    for what, i, j, k, m in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        alike = what == "replace" and j - i == m - k
        pairs = zip(before[i:j], after[k:m], strict=True) if alike else ()
        for place, (a, b) in enumerate(pairs, i + 1):
            numbers = zip(NUMBER.findall(a), NUMBER.findall(b), strict=False)
            differ = [f"{x} stands there, {y} is published" for x, y in numbers if x != y]
            yield f"{name}:{place}: {'; '.join(differ) or f'{a!r} stands there, not {b!r}'}"
        if what != "equal" and not alike:
            yield f"{name}:{i + 1}: {j - i} lines stand there, {m - k} are made"


# numbers that are not made ------------------------------------------------------------------------

NUMBER = re.compile(r"(?<![\w^./·-])[−-]?\d[\d,]*(?:\.\d+)*(?![\w/⁰-⁹⁻²³]|-[a-zA-Z]|\.\d)")
MEASURED = re.compile(
    r"\s?(?:%|±|k?bits?\b|m?s\b|(?:CPU )?(?:s|seconds|minutes|hours)\b|[kKMGT]i?B\b)"
)
EXPRESSIONS = re.compile(
    r"\{%.*?%\}|\{\{.*?\}\}|^( *)```.*?^\1```", re.S | re.M
)  # and blocks of code
NOT_READ = re.compile(
    r"`[^`\n]*`|<!--.*?-->"  # code, comments
    r"|\]\([^)\s]*\)|arXiv:[\d.]+|\b(?:19|20)\d\d\b"  # addresses, years
    r"|^#.*$|^ *\d+\. "  # headings, numbers of a list
    r"|\b[nkS] = [\d,]+|95 % (?=interval)",  # named settings
    re.M,
)
MARK = re.compile(r"<!-- (given|unpublished): .+ -->\n")


def unbound(text: str) -> list[tuple[int, str]]:
    """Line and number of those that no table, mark or rule accounts for, of a text or a page."""
    text = BLOCK.sub(lambda found: "\n" * found[0].count("\n"), text)
    text = EXPRESSIONS.sub(lambda found: re.sub(r"\S", " ", found[0]), text)
    found = []
    for block in re.finditer(r"(?:.*\S.*\n?)+", text):
        if not MARK.match(block[0]):
            start = text.count("\n", 0, block.start()) + 1
            found += [(start + line, number) for line, number in read_numbers(block[0])]
    return found


def read_numbers(block: str) -> Iterator[tuple[int, str]]:
    """Numbers that are read, each with its line in the block: of two digits, or measured."""
    block = NOT_READ.sub(lambda found: re.sub(r"\S", "`", found[0]), block)
    for found in NUMBER.finditer(block):
        digits = found[0].strip("−-,")
        measured = MEASURED.match(block, found.end()) or block[: found.start()].endswith("± ")
        if len(digits) > 1 or measured:
            yield block.count("\n", 0, found.start()), digits


def main() -> None:
    """Write all pages; say what changed, what the tables do not bear out, and what is unbound."""
    problems = []
    for page in PAGES:
        old, name = page.read_text(), str(page.relative_to(ROOT))
        new, wrong = filled(old)
        problems += wrong + [f"{name}:{line}: {found} is unbound" for line, found in unbound(new)]
        print(*changes(name, old, new), sep="\n", end="\n" if new != old else "")
        if new != old:
            page.write_text(new)
    for text in TEXTS.glob("*.md"):
        problems += [
            f"{text.relative_to(ROOT)}:{line}: {n} is unbound"
            for line, n in unbound(text.read_text())
        ]
    if problems:  # of an empty text, sys.exit would make an error too
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
