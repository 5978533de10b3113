"""The place of an error that was found with data at hand, by what its message begins with."""

import pytest

from lit.errors import InputError
from lit.study.config_files import Origin
from lit.study.locate import naming_lines, path_of

CONFIG = {
    "datasets": {"a": {"kind": "npz", "path": "x.npz"}, "a.b": {"label": "y"}, "a-b": {"of": "a"}},
    "models": {"m": {"kind": "linear"}},
    "analyses": {"d": {"kind": "compare", "arms": ["one"]}},
    "arms": [{"name": "one", "n": 3}, {"name": "two", "k": 5}, {"name": "two.0", "k": 6}],
}
PATHS = {
    "datasets.a: x.npz: path: x.npz does not exist": ("datasets", "a", "path"),
    "datasets.a: y has shape (3, 2)": ("datasets", "a"),
    "datasets.a.b: t.csv: label: no column is named 'y'": ("datasets", "a.b", "label"),
    "datasets.a-b: label: none": ("datasets", "a-b"),
    "datasets.a-b, models.m: too large": ("datasets", "a-b"),
    "datasets.abc: unknown": (),
    "models.m on a: a network of images": ("models", "m"),
    "analyses.d.arms: nothing of arm 'one' can be used": ("analyses", "d", "arms"),
    "analyses.d: no row": ("analyses", "d"),
    "arm 'one': n = 9, but data set 'a' has 5": ("arms", 0, "n"),
    "arm 'one': k = 9, but data set 'a' has 5": ("stream", "k"),
    "arm 'two': k + n = 9 + 3": ("arms", 1, "k"),
    "arm 'two', seed 3: of k = 9 and n = 3 examples": ("arms", 1),
    "arm 'two.0': k = 9": ("arms", 2, "k"),
    "arm 'two.1+2': k = 9": ("arms", 1, "k"),
    "arm 'three': k = 9": ("stream", "k"),
    "torch sees no GPU": (),
}


@pytest.mark.parametrize("message", PATHS)
def test_an_error_is_placed_by_what_it_begins_with(message):
    assert path_of(message, CONFIG) == PATHS[message]


def test_an_error_of_no_entry_has_the_file_alone(tmp_path):
    path = tmp_path / "study.yaml"
    path.write_text("study: a\n")
    with pytest.raises(InputError) as error, naming_lines(CONFIG, Origin.read([path], {})):
        raise InputError("torch sees no GPU; write device: cpu")
    assert str(error.value) == f"{path}: torch sees no GPU; write device: cpu"
