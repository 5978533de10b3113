"""Numbers as sentences have them."""

import pytest

from lit.analyses.words import counted, number, percent, say_p


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (number(1234.5), "1,234"),
        (number(-3.4), "−3"),
        (number(-0.4), "0"),
        (number(-0.004, 2), "0.00"),
        (number(-0.006, 2), "−0.01"),
        (percent(0.671), "67 %"),
        (percent(-0.00034, 2), "−0.03 %"),
        (counted(1, "pair"), "1 pair"),
        (counted(1200, "seed"), "1,200 seeds"),
        (say_p(0.0213), "p = 0.021"),
        (say_p(0.0005), "p = 0.001"),
        (say_p(0.0004), "p < 0.001"),
        (say_p(0.0), "p < 0.001"),
    ],
)
def test_numbers_have_a_true_minus_sign_and_counts_their_plural(said, wanted):
    assert said == wanted
