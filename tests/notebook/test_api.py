"""The notebook interface, by the README's lines."""

import numpy as np
import pytest

import lit


def test_five_lines(digits):
    x, y, x_src, y_src = digits.x[:256], digits.y[:256], digits.x[256:768], digits.y[256:768]
    cold = lit.code_stream(x, y, model="mlp", start=None, seeds=range(2), classes=10)
    m = lit.train_source(x_src, y_src, model="mlp", seeds=range(2))
    warm = lit.code_stream(x, y, model="mlp", start=m, seeds=range(2))
    found = lit.information_transfer(cold, warm)
    assert cold.bits.shape == (2, 256)
    assert cold.bits.dtype == np.float64
    assert np.allclose(cold.bits.sum(axis=1), cold.total)
    assert list(cold.codes) == ["network", "architecture", "shortest"]
    assert np.array_equal(cold.codes["architecture"], cold.bits)
    for code, bits in cold.codes.items():
        assert np.abs(bits[:, 0] - np.log2(10)).max() < 1e-9
        assert lit.information_transfer(cold, warm, code).mean > 0
    assert found.mean > 0
    assert lit.information_transfer(cold, warm, "network").mean > 50
    assert np.isnan(found.ci).all(), "two seeds have no interval"
    assert (m.accuracy > 0.9).all()


def test_workflow_and_notebook_agree_on_identities(digits):
    cold = lit.code_stream(digits.x[:128], digits.y[:128], model="linear", seeds=[3], classes=10)
    assert lit.information_transfer(cold, cold).mean == 0


def test_wrong_arrays_are_refused(digits):
    from lit.errors import InputError

    with pytest.raises(InputError, match="one row a label"):
        lit.code_stream(digits.x[:10], digits.y[:11])
    with pytest.raises(InputError, match="did you mean 'epochs'"):
        lit.train_source(digits.x, digits.y, model="linear", seeds=[0], epoch=1)
    m = lit.train_source(digits.x, digits.y, model="linear", seeds=[0], epochs=1, min_steps=1)
    with pytest.raises(ValueError, match="seeds"):
        lit.code_stream(digits.x, digits.y, model="linear", start=m, seeds=[1])
