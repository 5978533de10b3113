"""The answer of a study in a sentence, and the page over all studies."""

import pandas as pd
from fakes import HOSTILE, tables_of

from lit.report.answer import answer
from lit.report.index import make_index, write_index


def table(**columns):
    """A main table of a random-label arm and a true one."""
    return tables_of("a-b")["information_transfer"].assign(seeds=5, **columns)


def test_the_answer_has_its_interval_and_what_the_control_saves():
    said = answer(table(l_it_bits=[-2.0, 30.0], m_train_accuracy=1.0), 0)
    assert said.startswith(
        "Trained on 64 examples, “a b” saves 30.0 bits (95 % interval 1.5 to 1.5,"
    )
    assert said.endswith("Random labels that M knows by heart save −2.0 bits.")
    assert "knows by heart" not in answer(table(m_train_accuracy=0.5), 0)


def test_without_an_interval_the_answer_says_so():
    none = {"l_it_ci_low": float("nan"), "l_it_ci_high": float("nan")}
    said = answer(table(**none).assign(seeds=2), 0)
    assert "(2 seeds, too few for an interval)" in said


def test_studies_without_a_trained_m_answer_by_code_length():
    said = answer(table(n=pd.array([0, 0], dtype="Int64"), l_m_bits=[9.0, 8.0]), 0)
    assert "The shortest code is that of a b: 8.0 bits for 128 labels" in said
    assert "32 cells of sequences" in answer(table()[:0], 32)


def test_the_index_has_every_report_and_its_answer(tmp_path):
    heads = {
        "new": '<meta name="description" content="Saves 3 &amp; 4 bits.">',
        "published/old": "",
    }
    for study, head in heads.items():
        (tmp_path / study / "report").mkdir(parents=True)
        (tmp_path / study / "report/index.html").write_text(f"<html><head>{head}</head></html>")
    path = write_index(tmp_path)
    text = path.read_text()
    assert '<a href="new/report/index.html">new</a>' in text
    assert "<dd>Saves 3 &amp; 4 bits.</dd>" in text
    assert '<a href="published/old/report/index.html">old</a>' in text
    assert text == make_index(tmp_path), "it is no study of its own"


def test_the_index_escapes_what_reports_say(tmp_path):
    folder = tmp_path / "a<b>" / "report"
    folder.mkdir(parents=True)
    said = HOSTILE.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    (folder / "index.html").write_text(f'<meta name="description" content="{said}">')
    text = write_index(tmp_path).read_text()
    assert "<script" not in text
    assert "a&lt;b&gt;" in text
    assert '<a href="a%3Cb%3E/report/index.html">' in text
