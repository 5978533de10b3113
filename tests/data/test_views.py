"""Views: what is left of an input, and that what is taken away is the rest."""

import numpy as np
import pytest

from lit.data.inputs import scale
from lit.data.views import make_view
from lit.errors import InputError


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (5, 3, 20, 28), dtype=np.uint8)


@pytest.mark.parametrize(
    ("one", "other"), [("centre", "border"), ("low", "high"), ("grey", "colour")]
)
def test_two_views_add_up_to_the_image(images, one, other):
    kept, rest = (make_view(images, {"keep": keep}, "view") for keep in (one, other))
    assert np.abs(scale(kept) + scale(rest) - scale(images)).max() < (
        1 / 255 if one == "grey" else 1e-6
    )


def test_the_centre_holds_half_of_the_pixels(images):
    centre = make_view(images, {"keep": "centre"}, "view")
    assert centre.dtype == np.uint8
    inside = (centre == images).all(axis=(0, 1))
    assert inside.mean() == pytest.approx(0.5, abs=0.05)
    assert np.array_equal(inside, inside[::-1, ::-1])
    assert inside[10, 14]
    assert not inside[0, 0]


def test_low_frequencies_are_what_is_smooth():
    rows = np.arange(32)
    slow, fast = (np.cos(2 * np.pi * rows * cycles / 32) for cycles in (3, 9))
    image = np.broadcast_to((slow + fast)[:, None], (1, 1, 32, 32)).astype(np.float32)
    low = make_view(image, {"keep": "low"}, "view")
    assert np.abs(low[0, 0, :, 5] - slow).max() < 1e-5


def test_grey_is_what_pillow_makes_of_it(images):
    from PIL import Image

    grey = make_view(images, {"keep": "grey"}, "view")
    assert grey.shape == (5, 1, 20, 28)
    wanted = np.stack(
        [np.asarray(Image.fromarray(image.transpose(1, 2, 0)).convert("L")) for image in images]
    )
    assert np.abs(grey[:, 0].astype(int) - wanted).max() <= 1


def test_permuted_moves_whole_pixels_alike_in_all_images(images):
    mixed = make_view(images, {"keep": "permuted"}, "view")
    assert not np.array_equal(mixed, images)
    columns = [
        {tuple(pixel) for pixel in image.reshape(3, -1).T} for image in (images[0], mixed[0])
    ]
    assert columns[0] == columns[1]
    marked = np.zeros_like(images)
    marked[:, :, 4, 7] = 1
    where = make_view(marked, {"keep": "permuted"}, "view")
    assert (where == where[:1, :1]).all()
    table = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert np.array_equal(np.sort(make_view(table, {"keep": "permuted"}, "view")), table)


def test_size_resizes_after_what_is_kept(images):
    assert make_view(images, {"keep": "grey", "size": 14}, "view").shape == (5, 1, 14, 14)
    small = make_view(images, {"size": 14}, "view")
    assert small.dtype == np.uint8
    assert np.abs(small.mean(axis=(2, 3)) - images.mean(axis=(2, 3))).max() < 8


@pytest.mark.parametrize(
    ("shape", "spec", "message"),
    [
        ((4, 9), {"keep": "centre"}, "needs images"),
        ((4, 9), {"size": 3}, "needs images"),
        ((4, 1, 8, 8), {"keep": "grey"}, "three"),
    ],
)
def test_what_only_images_have_is_refused_of_others(shape, spec, message):
    with pytest.raises(InputError, match=message):
        make_view(np.zeros(shape, dtype=np.float32), spec, "datasets.v")
