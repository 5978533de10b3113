"""The article of ``make paper``: built from published tables, read back from its PDF."""

import re
import subprocess
import sys

import pandas as pd
import pytest
from conftest import ROOT
from pypdf import PdfReader
from test_numbers import findings

PUBLISHED = ROOT / "results" / "published"
ARTICLE = ROOT / "docs" / "paper" / "article.typ"


def test_every_number_of_the_article_is_accounted_for():
    assert not findings.unbound(ARTICLE.read_text()), "see docs/findings.md"


def text_of(path):
    pages = [page.extract_text() for page in PdfReader(path).pages]
    return len(pages), " ".join(" ".join(pages).split())


@pytest.mark.nightly
def test_make_paper_sets_an_article_with_the_numbers_of_the_tables(tmp_path):
    made = [sys.executable, str(ROOT / "docs" / "make_paper.py"), str(tmp_path)]
    subprocess.run(made, check=True, cwd=tmp_path, env={"MPLBACKEND": "Agg", "PATH": ""})
    count, text = text_of(tmp_path / "paper.pdf")
    assert 4 <= count <= 6
    fashion = pd.read_csv(PUBLISHED / "fashion/tables/information_transfer.csv").set_index(
        ["arm", "n"]
    )
    for arm in ("mlp-both", "cnn-both"):  # of both learners, as the article has them
        for n in (256, 2048, 16384):
            assert f"{fashion.loc[arm, n].l_it_bits:,.0f} [" in text
    threes = pd.read_csv(PUBLISHED / "unlearning-small/tables/threes.csv").set_index("arm")
    left = threes.loc["mnist-fine-tuned"]
    assert (
        f"{left.residual_bits:.0f} [{left.residual_ci_low:.0f} to {left.residual_ci_high:.0f}] bits"
        in text
    )
    images = set(re.findall(r'image\("([^"]+)"', ARTICLE.read_text()))
    assert {path.name for path in tmp_path.glob("*--*.pdf")} == images
    assert "uniform code, log₂ C" in text, "a figure's words are letters, not outlines"
