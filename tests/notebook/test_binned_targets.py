"""Real-valued targets in a notebook, as in studies."""

import warnings

import numpy as np
import pytest

import lit
from lit.errors import InputError

BINS = {"width": 0.2, "low": -6, "high": 6, "knots": 8}
WITH = {"seeds": range(3), "learner": "readout"}


def targets(n, seed):
    x = np.random.default_rng(seed).normal(size=(n, 3)).astype(np.float32)
    return x, x @ [1.0, -1.0, 0.5] + np.random.default_rng(seed + 9).normal(scale=0.3, size=n)


def test_what_a_network_learned_of_a_real_number_saves_bits():
    """Of a linear function the code from theta0 learns most at once, so M has to know it well."""
    x, y = targets(60, 0)
    bins = BINS | {"knots": 32}
    m = lit.train_source(
        *targets(400, 1), "linear", range(3), bins=bins, epochs=100, min_steps=400, lr=0.02
    )
    cold = lit.code_stream(x, y, "linear", bins=bins, **WITH)
    warm = lit.code_stream(x, y, start=m, **WITH)
    assert cold.uniform == pytest.approx(60 * np.log2(12 / 0.2))
    assert m.data.bins.count == cold.classes == warm.classes
    assert lit.information_transfer(cold, warm).ci[0] > 0


def test_other_bins_than_ms_are_refused():
    x, y = targets(40, 0)
    m = lit.train_source(*targets(50, 1), "linear", seeds=[0], bins=BINS, epochs=1)
    with pytest.raises(InputError, match=r"M was trained on other bins, .* leave bins out"):
        lit.code_stream(x, y, start=m, bins={"width": 0.1})
    plain = lit.train_source(x, y > 0, "linear", seeds=[0], epochs=1)
    with pytest.raises(InputError, match="M has 2 classes and no bins"):
        lit.code_stream(*targets(20, 2), start=plain, bins=BINS)
    with pytest.raises(InputError, match="take out classes, or bins"):
        lit.code_stream(x, y, "linear", bins=BINS, classes=3)
    with pytest.raises(InputError, match="bins is of type float; write a mapping"):
        lit.code_stream(x, y, "linear", bins=0.1)
    with pytest.raises(InputError, match="widht"):
        lit.code_stream(x, y, "linear", bins={"widht": 0.1})


def test_a_range_that_the_decoder_would_have_to_know_is_warned_of():
    x, y = targets(40, 0)
    with pytest.warns(UserWarning, match="write low and high into bins") as warned:
        lit.code_stream(x, y, "linear", bins={"width": 0.1}, seeds=[0], learner="readout")
    assert warned[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        lit.code_stream(x, y, "linear", bins=BINS, seeds=[0], learner="readout")
