"""LaTeX of a study: names and texts that TeX takes, and the numbers of the table."""

import re
import shutil
import subprocess

import pandas as pd
import pytest

from lit.report.latex import latex_numbers, latex_table, macro_name

ODD = ["digits", "50%_of #1 & \\x", "a^b~c", "a.1", "a-1"]
COMMAND = re.compile(r"\\newcommand\{(\\lit[A-Za-z]+)\}\{(.*)\}")
# What a macro may hold: numbers, and numbers in mathematics with a minus sign, in brackets.
TEXT = re.compile(r"[\d.]+|\$-?[\d.]+\$(\\ \[\$-?[\d.]+\$, \$-?[\d.]+\$\])?")


def table(**columns):
    """The main table of arms with odd names, one whose M has ready weights, and one seedless."""
    made = pd.DataFrame({"arm": ODD, "n": [512, 0, 16, 2, pd.NA]}).astype({"n": "Int64"})
    made = made.assign(labels="true", k=1024, seeds=5, code="architecture", k_m_bits=float("nan"))
    values = {"l_theta0_bits": 500.04, "l_m_bits": 250.0, "l_it_bits": 250.04, "l_it_se": 2.0}
    values |= {"l_it_ci_low": 244.46, "l_it_ci_high": 255.62, "shared": 0.1, "times_coded": 0.5}
    values |= {
        f"l_it_{code}_{of}": 1.0 for code in ("network", "shortest") for of in ("bits", "se")
    }
    return made.assign(**values, about="these examples", l_it_skewed=False).assign(**columns)


def test_a_number_has_a_name_of_letters_and_its_value_with_its_interval():
    found = dict(
        COMMAND.fullmatch(line).groups()
        for line in latex_numbers(table()).splitlines()
        if line[0] != "%"
    )
    assert found["\\litDigitsNFiveOneTwo"] == "$250.0$\\ [$244.5$, $255.6$]"
    assert found["\\litDigitsNFiveOneTwoTheta"] == "500.0"
    assert found["\\litDigitsNFiveOneTwoM"] == "250.0"
    assert found["\\litDigitsNFiveOneTwoK"] == "1024"
    assert len(found) == 4 * len(ODD)
    assert all(TEXT.fullmatch(text) for text in found.values())


def test_names_that_tex_cannot_tell_apart_stay_apart():
    assert macro_name("a.1", 2) == macro_name("A-1", 2) == "\\litAOneNTwo"
    assert macro_name("lite0", pd.NA) == "\\litLiteZeroReady"
    twice = latex_numbers(table(arm=["a.1", "a-1", "a_1", "b", "c"], n=2))
    names = re.findall(r"newcommand\{(.+?)\}", twice)
    assert len(set(names)) == len(names) == 20
    assert "\\litAOneNTwoAgainAgainTheta" in names


def test_without_intervals_a_number_stands_alone():
    assert "{$250.0$}" in latex_numbers(table(l_it_ci_low=float("nan"), l_it_ci_high=float("nan")))


def test_the_table_is_booktabs_with_every_character_escaped_and_gaps_shown():
    text = latex_table(table())
    body = text[text.index("\\midrule") + 8 : text.index("\\bottomrule")].strip().splitlines()
    assert len(body) == len(ODD)
    assert all(len(re.findall(r"(?<!\\)&", line)) == 9 and line.endswith("\\\\") for line in body)
    assert "50\\%\\_of \\#1 \\& \\textbackslash{}x" in body[1]
    assert not re.search(r"(?<!\\)[%#]", "".join(body)), "TeX would stop reading the line there"
    assert "nan" not in text
    assert " & 4096 + 512 & " in latex_table(table(n_before=[4096, 0, 0, 0, 0]))
    assert "<NA>" not in text
    assert text.count("{") == text.count("}")


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no pdflatex on this machine")
def test_tex_compiles_it(tmp_path):
    (tmp_path / "numbers.tex").write_text(latex_numbers(table()))
    (tmp_path / "table.tex").write_text(latex_table(table()))
    (tmp_path / "paper.tex").write_text(
        "\\documentclass{article}\\usepackage{booktabs}\\begin{document}\\input{numbers}\n"
        "\\litDigitsNFiveOneTwo{} bits \\input{table}\\end{document}"
    )
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "paper.tex"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:]
