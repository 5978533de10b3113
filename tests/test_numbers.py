"""Findings: every number on the pages is made from published tables, and every difference shown."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lit.measures.intervals import estimate

ROOT = Path(__file__).resolve().parent.parent


def load(name):
    """A script of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


findings, reports = load("make_findings"), load("make_reports")

TEXTS = sorted(findings.TEXTS.glob("*.md"))
named = pytest.mark.parametrize(
    "path", [*findings.PAGES, *TEXTS], ids=lambda path: str(path.relative_to(ROOT))
)


# the pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", findings.PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_numbers_are_those_of_the_tables(path):
    page, name = path.read_text(), str(path.relative_to(ROOT))
    made, wrong = findings.filled(page)
    assert not [*wrong, *findings.changes(name, page, made)], "make docs-pages"


@pytest.mark.slow
@pytest.mark.parametrize("folder", reports.published(), ids=lambda path: path.name)
def test_published_reports_are_those_of_the_tables(folder):
    assert (folder / reports.PAGE).read_text() == reports.page_of(folder), "make docs-pages"


@named
def test_every_number_is_accounted_for(path):
    assert not findings.unbound(path.read_text()), "see docs/findings.md"


def test_every_text_is_on_one_page():
    on_pages = [
        found[1] for path in findings.PAGES for found in findings.BLOCK.findall(path.read_text())
    ]
    assert sorted(on_pages) == [f"docs/findings/{path.name}" for path in TEXTS]


def test_job_seconds_of_published_studies_are_those_of_their_tables():
    pages = [
        path for path in findings.PUBLISHED.glob("*/README.md") if path.parent.name != "benchmarks"
    ]
    assert pages
    for page in pages:
        seconds = pd.read_csv(page.parent / "run_times.csv")["seconds"].sum()
        assert f"Job seconds in all: {seconds:.0f} (" in page.read_text()


def test_pages_that_are_as_published_are_left_alone_and_no_error():
    before = {path: path.stat().st_mtime_ns for path in findings.PAGES}
    findings.main()
    assert {path: path.stat().st_mtime_ns for path in findings.PAGES} == before


# what is caught -----------------------------------------------------------------------------------


def test_a_number_that_was_changed_is_named_with_its_place_and_what_is_published():
    page = (ROOT / "docs/results.md").read_text()
    line = next(i for i, text in enumerate(page.splitlines(), 1) if "(6,803 bits if" in text)
    wrong = page.replace("(6,803 bits if", "(6,830 bits if")
    made, _ = findings.filled(wrong)
    told = list(findings.changes("docs/results.md", wrong, made))
    assert told == [f"docs/results.md:{line}: 6,830 stands there, 6,803 is published"]


def test_tables_that_are_published_anew_are_written_into_the_page(monkeypatch):
    read = findings.read

    def anew(path):
        return read(path).assign(uniform_bits=1234.6) if path.startswith("fashion/") else read(path)

    monkeypatch.setattr(findings, "read", anew)
    made, wrong = findings.filled((ROOT / "docs/results.md").read_text())
    assert not wrong
    assert "(1,235 bits if nothing is known" in made


def test_a_sentence_that_its_interval_does_not_carry_is_named_by_its_line(tmp_path):
    text = tmp_path / "docs" / "findings" / "wrong.md"
    text.parent.mkdir(parents=True)
    cnn, mlp = (
        f'seeds("fashion", "l_it_bits", arm="{arm}", n=2048)' for arm in ("cnn-both", "mlp-both")
    )
    text.write_text(f"The CNN\nhas {{{{ more({cnn}, {mlp}) }}}} bits more.\n")
    with pytest.raises(ValueError, match=r"docs/findings/wrong.md:2: .*2 \[−47 to 51\]"):
        findings.made(text)
    text.write_text('{{ value("fashion/information_transfer", "k", arm="gone") }}')
    with pytest.raises(ValueError, match=r"wrong.md:1: fashion/information_transfer has no row"):
        findings.made(text)


@pytest.mark.parametrize(
    "text",
    [
        "The CNN needs 5,209 bits.",
        "It is 0.3 higher.",
        "It rises by 3 %.",
        "It takes\n7 seconds.",
        "L_IT is {{ x | number }} ± 4.",
        "ρ = −0.84, P = 0.71",
        "| cnn | 75 |",
        "- a\n- of 128",
        "<!-- given: a rule -->\nA rule of 17.\n\nAnd 18 found.",
        "<!-- made from docs/findings/fashion.md -->\n99 of them\n",  # not closed
    ],
)
def test_a_number_that_nothing_accounts_for_is_found(text):
    assert findings.unbound(text)


@pytest.mark.parametrize(
    "text",
    [
        "See `k: 1024`.\n\n```\n512 bits\n\n13 %\n```\n",
        "## Of 2,048 labels\n\nCIFAR-10, HDF5, uint8 and Lite0.",
        "Zhang et al. 2020, arXiv:2009.07624, [code](https://example.org/1234).",
        "An M of n = 2,048 and k = 1,024, with its 95 % interval.",
        "1. Two or 3 of them.\n12. More.",
        "<!-- unpublished: by hand -->\n| a |\n| --- |\n| 99 |",
        "<!-- made from docs/findings/x.md -->\n\n99 of them\n\n<!-- end of docs/findings/x.md -->",
    ],
)
def test_what_is_no_finding_needs_nothing(text):
    assert not findings.unbound(text)


# what may be said ---------------------------------------------------------------------------------


def test_a_single_difference_has_the_interval_of_the_library():
    values = np.array([3.0, 5.0, 4.0, 8.0])
    ends = findings.adjusted(a=values).ends("a", "0")
    known = estimate(values)
    assert ends == pytest.approx((known.mean, *known.ci))
    assert findings.adjusted(a=values).ends("0", "a") == pytest.approx(
        (-ends[0], -ends[2], -ends[1])
    )


def test_pairs_are_told_apart_where_holms_test_says_so():
    random = np.random.default_rng(1)
    decided = set()
    for _ in range(200):
        arms = {
            name: random.normal(shift, 1, 5)
            for name, shift in zip("abcd", (0, 0, 3, 5), strict=True)
        }
        told = findings.compared(**arms)
        p = {
            pair: stats.ttest_rel(arms[pair[0]], arms[pair[1]]).pvalue for pair in told.differences
        }
        rejected = []
        for place, pair in enumerate(sorted(p, key=p.get)):
            if p[pair] >= 0.05 / (len(p) - place):
                break
            rejected.append(pair)
        assert set(told.told) == set(rejected)
        decided.add(len(rejected))
    assert len(decided) > 3


@pytest.mark.nightly
def test_of_equal_arms_one_study_in_twenty_tells_some_apart():
    random = np.random.default_rng(2)
    false = sum(
        bool(findings.compared(**{name: random.normal(0, 1, 5) for name in "abcde"}).told)
        for _ in range(2000)
    )
    assert 0.02 < false / 2000 < 0.055


def test_each_claim_is_refused_where_it_does_not_hold():
    told = findings.adjusted(up=np.array([9.0, 10.0, 11.0]), none=np.array([-1.0, 0.0, 1.5]))
    assert told.more("up") == told.show("up")
    assert told.unsure("none") == told.show("none")
    for claim, names in ((told.more, ("none",)), (told.unsure, ("up",)), (told.more, ("0", "up"))):
        with pytest.raises(findings.NotShownError):
            claim(*names)
    assert told.within(20, "up")
    with pytest.raises(findings.NotShownError):
        told.within(11, "up")


def test_rows_without_values_by_seed_have_welchs_interval():
    random = np.random.default_rng(3)
    a, b = random.normal(30, 1, 5), random.normal(5, 2, 5)
    rows = [{"accuracy": one.mean(), "sd": one.std(ddof=1)} for one in (a, b)]
    low, high = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    assert (
        findings.unpaired(*rows, "accuracy", 5, 2)
        == f"{a.mean() - b.mean():.2f} [{low:.2f} to {high:.2f}]"
    )
    with pytest.raises(findings.NotShownError):
        findings.unpaired(rows[1], rows[0], "accuracy", 5, 2)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(-0.4, 0, "0"), (-1234.56, 1, "−1,234.6"), (np.array([1, 2]), 1, "1.5"), (-0.04, 2, "−0.04")],
)
def test_numbers_are_written_with_commas_and_a_true_minus(value, digits, text):
    assert findings.number(value, digits) == text
