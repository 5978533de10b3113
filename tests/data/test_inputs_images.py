"""Folders of images: right pixel values of every kind of image, and a word about all that is left out."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from lit.data.images import stack
from lit.data.loaders import load_dataset
from lit.data.loaders.imagefolder import load
from lit.errors import InputError
from lit.study.schema import validate

WHERE = "datasets.photos"


def folder(tmp_path, **files):
    """A folder a.. of images by path; a second class, zz, is there where no other is."""
    for path, content in files.items():
        put(tmp_path / path.replace("__", "/"), content)
    return tmp_path


def put(path, content):
    """A file of an array, an image or bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, np.ndarray):
        content = Image.fromarray(content)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content.save(path)


def read(root, **spec):
    return load({"kind": "imagefolder", "path": str(root), "size": 4, **spec}, WHERE)


def said(loaded, *words):
    """The one note with these words."""
    (note,) = [n for n in loaded.notes if all(word in n for word in words)]
    return note


def flat(level, dtype=np.uint8, channels=3):
    """A 4 by 4 image of one level, or of the colour that is given as a list."""
    channels = len(level) if isinstance(level, list) else channels
    shape = (4, 4) if channels == 1 else (4, 4, channels)
    return np.broadcast_to(np.asarray(level, dtype), shape).copy()


def pair(root, one, other=None, name="a.png"):
    """Two classes of an image each."""
    put(root / "cat" / name, one)
    put(root / "dog" / "b.png", flat(0) if other is None else other)
    return root


def png16(x, transparent=b""):
    """A PNG of 16 bits of (H, W, C), which Pillow cannot write in colour."""

    def chunk(name, data):
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    height, width, channels = x.shape
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    rows = b""
    for row in x.astype(">u2"):
        line = row.tobytes()  # with the filter that subtracts the pixel to the left
        left = bytes(2 * channels) + line
        rows += b"\x01" + bytes((a - b) % 256 for a, b in zip(line, left, strict=False))
    hint = chunk(b"tRNS", transparent) if transparent else b""
    data = chunk(b"IHDR", header) + hint + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def tiff(x, end="<", photometric=None, packed=False, planar=False, signed=False, extra=None):
    """A TIFF of (H, W) or (H, W, C): what Pillow cannot write, but others do."""
    height, width, channels = x.shape if x.ndim == 3 else (*x.shape, 1)
    data = x.astype(x.dtype.newbyteorder(end))
    planes = np.moveaxis(data, -1, 0) if planar else [data]
    strips = [plane.tobytes() for plane in planes]
    strips = [zlib.compress(strip) for strip in strips] if packed else strips
    form = 3 if x.dtype.kind == "f" else 2 if x.dtype.kind == "i" else 1
    photometric = (1 if channels == 1 else 2) if photometric is None else photometric
    tags = {
        256: [width],
        257: [height],
        258: [8 * x.dtype.itemsize] * channels,
        259: [8 if packed else 1],
        262: [photometric],
        273: [0] * len(strips),
        277: [channels],
        278: [height],
        279: [len(strip) for strip in strips],
        284: [2 if planar else 1],
        339: [form] * channels,
    }
    if extra is not None:
        tags[338] = [extra]
    at = 8 + 2 + 12 * len(tags) + 4
    start = at + sum(4 * len(v) for v in tags.values() if len(v) > 1)
    tags[273] = [start + sum(map(len, strips[:i])) for i in range(len(strips))]
    entries = values = b""
    for tag, numbers in sorted(tags.items()):
        packed_numbers = struct.pack(f"{end}{len(numbers)}I", *numbers)
        entries += struct.pack(f"{end}HHI", tag, 4, len(numbers))
        entries += packed_numbers if len(numbers) == 1 else struct.pack(f"{end}I", at + len(values))
        values += packed_numbers if len(numbers) > 1 else b""
    mark = b"II*\0" if end == "<" else b"MM\0*"
    count = struct.pack(f"{end}IH", 8, len(tags))
    return mark + count + entries + bytes(4) + values + b"".join(strips)


# depth --------------------------------------------------------------------------------------------


def test_plain_images_of_8_bits_are_as_they_always_were(tmp_path, rng):
    x = rng.integers(0, 256, (2, 20, 17, 3), dtype=np.uint8)
    grey = Image.fromarray(x[1]).convert("L")
    loaded = read(pair(tmp_path, x[0], grey), size=8)
    assert loaded.x.dtype == np.uint8
    assert loaded.x.shape == (2, 3, 8, 8)
    for i, image in enumerate((Image.fromarray(x[0]), grey)):
        wanted = image.convert("RGB").resize((8, 8), Image.Resampling.BILINEAR)
        assert np.array_equal(loaded.x[i].transpose(1, 2, 0), np.asarray(wanted))
    assert loaded.y.tolist() == [0, 1]
    assert loaded.names == ("cat", "dog")
    (note,) = loaded.notes
    assert note.startswith("1 of 2 images are grey and became three equal channels")


GREY = np.array([[0, 300], [30000, 65535]], np.uint16)


@pytest.mark.parametrize(
    "kind", ["png", "tiff", "tiff big-endian", "tiff packed", "tiff packed big-endian", "pgm"]
)
def test_16_bits_of_grey_keep_every_level(tmp_path, kind):
    end = ">" if "big-endian" in kind else "<"
    file = {
        "png": lambda: Image.fromarray(GREY),
        "pgm": lambda: b"P5\n2 2\n65535\n" + GREY.astype(">u2").tobytes(),
    }.get(kind, lambda: tiff(GREY, end, packed="packed" in kind))()
    name = "a.png" if kind == "png" else "a.pgm" if kind == "pgm" else "a.tif"
    loaded = read(pair(tmp_path, file, Image.fromarray(GREY), name), size=2)
    assert loaded.x.dtype == np.uint16
    assert np.array_equal(loaded.x[0], np.stack([GREY] * 3))


def test_16_bits_beside_8_bits_have_one_scale(tmp_path):
    loaded = read(pair(tmp_path, flat(65535, np.uint16, 1), flat([255, 1, 0])))
    assert loaded.x.dtype == np.uint16
    assert (loaded.x[0] == 65535).all()
    assert loaded.x[1, :, 0, 0].tolist() == [65535, 257, 0]
    assert "1 of 2 images have 16 bits" in said(loaded, "16 bits")


def test_16_bits_are_resized_as_8_bits_are(tmp_path, rng):
    small = rng.integers(0, 256, (16, 12), dtype=np.uint8)
    deep = read(
        pair(tmp_path / "deep", small.astype(np.uint16) * 257, small.astype(np.uint16)), size=5
    )
    plain = read(pair(tmp_path / "plain", small), size=5)
    assert deep.x.dtype == np.uint16
    assert np.abs(deep.x[0] / 257 - plain.x[0]).max() < 1  # Pillow rounds 8 bits twice


DEEP = {
    "png": lambda x, end: png16(x),
    "tiff": lambda x, end: tiff(x, end, extra=2 if x.shape[-1] == 4 else None),
    "tiff packed": lambda x, end: tiff(x, end, packed=True, extra=2 if x.shape[-1] == 4 else None),
}


@pytest.mark.parametrize("end", ["<", ">"])
@pytest.mark.parametrize("kind", DEEP)
def test_16_bits_of_colour_are_read_whole_where_pillow_drops_half(tmp_path, rng, kind, end):
    x = rng.integers(0, 65536, (4, 4, 3)).astype(np.uint16)
    file = DEEP[kind](x, end)
    assert np.asarray(Image.open(io.BytesIO(file))).dtype == np.uint8, (
        "Pillow reads them now: simplify"
    )
    loaded = read(pair(tmp_path, file))
    assert loaded.x.dtype == np.uint16
    assert np.array_equal(loaded.x[0].transpose(1, 2, 0), x)


def test_tiff_of_colour_planes_that_pillow_reads_wrongly_is_refused(tmp_path, rng):
    x = rng.integers(0, 65536, (4, 4, 3)).astype(np.uint16)
    for packed in (False, True):
        with pytest.raises(InputError, match=r"cat/a\.tif .*channels lie one after another"):
            read(pair(tmp_path, tiff(x, planar=True, packed=packed), name="a.tif"))
    eight = read(pair(tmp_path / "8", tiff(x.astype(np.uint8), planar=True), name="a.tif"))
    assert np.array_equal(eight.x[0].transpose(1, 2, 0), x.astype(np.uint8))


@pytest.mark.parametrize("x", [GREY, GREY.astype(np.float32)])
def test_tiff_with_0_as_white_is_refused_beyond_8_bits(tmp_path, x):
    with pytest.raises(InputError, match=r"cat/a\.tif .*0 is white"):
        read(pair(tmp_path, tiff(x, photometric=0), name="a.tif"))
    eight = read(pair(tmp_path / "8", tiff(flat(10, channels=1), photometric=0), name="a.tif"))
    assert (eight.x[0] == 245).all()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("end", ["<", ">"])
def test_floating_point_is_given_as_it_is(tmp_path, rng, end, packed):
    x = rng.normal(size=(2, 4, 4)).astype(np.float32) * 100
    root = pair(tmp_path, tiff(x[0], end, packed=packed), name="a.tif")
    (root / "dog/b.png").unlink()
    put(root / "dog/b.tif", tiff(x[1], end, packed=packed))
    loaded = read(root)
    assert loaded.x.dtype == np.float32
    assert np.array_equal(loaded.x, np.repeat(x[:, None], 3, axis=1))
    halves = read(root, size=2)
    wanted = Image.fromarray(x[0]).resize((2, 2), Image.Resampling.BILINEAR)
    assert np.array_equal(halves.x[0, 2], np.asarray(wanted))


def test_floating_point_beside_integers_is_refused_by_name(tmp_path):
    with pytest.raises(
        InputError, match=r"cat/a\.tif is a floating-point image and dog/b\.png one of integers"
    ):
        read(pair(tmp_path, flat(0.5, np.float32, 1), name="a.tif"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_in_an_image_is_named(tmp_path, value):
    x = flat(0.5, np.float32, 1)
    x[1, 2] = value
    with pytest.raises(InputError, match=r"cat/a\.tif .*NaN or infinite, first row 1, column 2"):
        read(pair(tmp_path, x, name="a.tif"))


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", ["<i2", ">i2", "<i4", ">i4", "<u4"])  # Pillow opens no >u4
def test_other_integers_are_read_within_16_bits_and_refused_beyond(tmp_path, kind, packed):
    end, dtype = kind[0], np.dtype(kind[1:])
    good = np.array([[0, 5], [300, 32767]], dtype)
    loaded = read(pair(tmp_path / "good", tiff(good, end, packed=packed), name="a.tif"), size=2)
    assert loaded.x.dtype == np.uint16
    assert np.array_equal(loaded.x[0, 0], good)
    bad = good.copy()
    bad[0, 0] = -1 if dtype.kind == "i" else 2**31 + 1
    with pytest.raises(InputError, match=r"cat/a\.tif .*beyond the 0\.\.65535"):
        read(pair(tmp_path / "bad", tiff(bad, end, packed=packed), name="a.tif"), size=2)


def test_16_bits_that_are_read_as_8_are_said(tmp_path):
    ppm = b"P6\n4 4\n65535\n" + flat([65535, 257, 0], ">u2").tobytes()
    loaded = read(pair(tmp_path, ppm, name="a.ppm"))
    assert loaded.x[0, :, 0, 0].tolist() == [255, 1, 0]
    assert "cat/a.ppm" in said(loaded, "more than 8 bits a channel")


# transparency -------------------------------------------------------------------------------------


def with_transparency(mode):
    """A red (or dark grey) image of 4 by 4 whose left half is transparent and hides another colour."""
    x = flat([200, 0, 0, 255])
    x[:, :2] = [0, 0, 0, 0]
    image = Image.fromarray(x)
    if mode in ("RGBA", "LA"):
        return image.convert(mode)
    paint = image.convert("RGB")
    if mode == "P":
        paint = paint.quantize(2)
        paint.info["transparency"] = paint.getpixel((0, 0))
        return paint
    paint = paint.convert(mode)
    paint.info["transparency"] = paint.getpixel((0, 0))
    return paint


@pytest.mark.parametrize("background", [None, "white", "black"])
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "RGB", "L"])
def test_transparent_parts_show_the_background(tmp_path, mode, background):
    image = with_transparency(mode)
    options = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
    (tmp_path / "cat").mkdir()
    image.save(tmp_path / "cat/a.png", **options)
    put(tmp_path / "dog/b.png", flat(7))
    loaded = read(tmp_path, **({"background": background} if background else {}))
    behind = 0 if background == "black" else 255
    assert (loaded.x[0, :, :, :2] == behind).all()
    opaque = [200, 0, 0] if mode in ("RGBA", "P", "RGB") else [60, 60, 60]
    assert np.abs(loaded.x[0, :, 0, 3].astype(int) - opaque).max() <= 1
    assert said(loaded, "transparent").startswith(
        f"1 of 2 images are transparent in parts and were laid on {background or 'white'}"
    )


def test_a_shape_drawn_in_alpha_alone_is_seen(tmp_path):
    """All its colours are black: without alpha the two classes are the same."""
    x = flat([0, 0, 0, 0])
    x[1:3, 1:3, 3] = 128
    loaded = read(pair(tmp_path, x, flat([0, 0, 0, 0])))
    assert loaded.x[0, 0, 1, 1] == 127
    assert loaded.x[0, 0, 0, 0] == 255
    assert (loaded.x[1] == 255).all()


def test_opaque_alpha_changes_nothing_and_is_not_counted(tmp_path, rng):
    x = rng.integers(0, 256, (4, 4, 4), dtype=np.uint8)
    x[..., 3] = 255
    loaded = read(pair(tmp_path, x))
    assert np.array_equal(loaded.x[0].transpose(1, 2, 0), x[..., :3])
    assert loaded.notes == ()


@pytest.mark.parametrize("kind", ["RGBA", "LA", "L and a colour", "RGB and a colour", "RGBA tiff"])
def test_transparency_in_16_bits(tmp_path, kind):
    grey = kind.startswith("L")
    x = flat([1000, 40000] if grey else [1000, 2000, 3000, 65535], np.uint16, 2 if grey else 4)
    x[..., -1] = 65535
    x[0, 0] = [7, 0] if grey else [7, 8, 9, 0]
    if "colour" in kind:
        key = x[0, 0, :-1].astype(">u2").tobytes()
        file = png16(x[..., :-1], key)
    else:
        file = tiff(x, extra=2) if "tiff" in kind else png16(x)
    loaded = read(pair(tmp_path, file))
    assert loaded.x[0, :, 0, 0].tolist() == [65535] * 3
    assert loaded.x[0, :, 1, 1].tolist() == ([1000] * 3 if grey else [1000, 2000, 3000])
    assert read(tmp_path, background="black").x[0, :, 0, 0].tolist() == [0] * 3
    said(loaded, "transparent")


# orientation, frames, colours ---------------------------------------------------------------------

CORNERS = np.array([[10, 20, 30], [40, 50, 60]], np.uint8)  # lies so when turned as it should
STORED = {1: CORNERS, 2: CORNERS[:, ::-1], 3: CORNERS[::-1, ::-1], 4: CORNERS[::-1]} | {
    5: CORNERS.T,
    6: np.rot90(CORNERS),
    7: CORNERS[::-1, ::-1].T,
    8: np.rot90(CORNERS, -1),
}


@pytest.mark.parametrize("kind", ["png", "png deep", "tif", "tif deep", "tif packed", "webp"])
@pytest.mark.parametrize("orientation", STORED)
def test_images_are_turned_as_their_orientation_says(tmp_path, orientation, kind):
    """Pillow itself scrambles a turned TIFF that is not packed, if it is opened by its path."""
    suffix, deep = kind.split()[0], "deep" in kind
    options = (
        {"lossless": True}
        if suffix == "webp"
        else {"compression": "tiff_lzw"}
        if "packed" in kind
        else {}
    )
    stored = np.ascontiguousarray(STORED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(stored.astype(np.uint16) * 257 if deep else stored)
    (tmp_path / "cat").mkdir()
    image.save(tmp_path / f"cat/a.{suffix}", exif=exif, **options)
    put(tmp_path / "dog/b.png", CORNERS)
    loaded = read(tmp_path, size=None)
    assert np.array_equal(loaded.x[0, 0] // (257 if deep else 1), CORNERS)
    assert any("orientation" in note for note in loaded.notes) == (orientation != 1)


def test_the_first_of_several_frames_is_taken(tmp_path):
    frames = [Image.fromarray(flat(level)) for level in (50, 150, 250)]
    for i, name in enumerate(("a.png", "a.webp", "a.tif")):
        (tmp_path / f"{i}").mkdir()
        lossless = {"lossless": True} if name.endswith("webp") else {}
        frames[0].save(
            tmp_path / f"{i}" / name, save_all=True, append_images=frames[1:], **lossless
        )
    loaded = read(tmp_path)
    assert (loaded.x == 50).all()
    assert said(loaded, "several frames").startswith("3 of 3 images")


@pytest.mark.parametrize("mode", ["1", "P", "CMYK", "YCbCr", "LAB", "RGBX"])
def test_colours_of_other_kinds_are_right(tmp_path, mode):
    colour = (255, 255, 255) if mode == "1" else (255, 0, 0)
    image = Image.new("RGB", (4, 4), colour)
    if mode == "LAB":
        image = Image.new("LAB", (4, 4), (138, 208, 195))  # red, in Pillow's numbers
    elif mode == "RGBX":
        image = Image.fromarray(flat([255, 0, 0, 99])).convert("RGBX")
    else:
        image = image.convert(mode)
    loaded = read(pair(tmp_path, image, name="a.tif"))
    assert np.abs(loaded.x[0, :, 0, 0].astype(int) - colour).max() <= (12 if mode == "LAB" else 5)


def test_a_jpeg_of_cmyk_has_the_colours_that_were_saved(tmp_path):
    image = Image.new("RGB", (8, 8), (200, 30, 30)).convert("CMYK")
    loaded = read(pair(tmp_path, image, name="a.jpg"))
    assert np.abs(loaded.x[0, :, 0, 0].astype(int) - [200, 30, 30]).max() <= 8


# size ---------------------------------------------------------------------------------------------


def test_without_size_images_stay_as_they_are_if_they_are_of_one_size(tmp_path, rng):
    x = rng.integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)
    loaded = read(pair(tmp_path, *x), size=None)
    assert np.array_equal(loaded.x.transpose(0, 2, 3, 1), x)
    put(tmp_path / "dog/c.png", flat(0))
    with pytest.raises(
        InputError,
        match=r"differ in size: cat/a\.png is 5 by 7 and dog/c\.png 4 by 4; write size: 32",
    ):
        read(tmp_path, size=None)


# what a folder holds ------------------------------------------------------------------------------


def test_hidden_files_and_folders_are_no_classes_and_no_images(tmp_path):
    root = pair(tmp_path, flat(1))
    for path in (
        ".ipynb_checkpoints/a.png",
        "__MACOSX/a.png",
        "cat/.ipynb_checkpoints/a.png",
        "cat/._a.png",
        "dog/Thumbs.db",
    ):
        put(root / path, Image.fromarray(flat(9)) if path.endswith("png") else b"x")
    (root / "__pycache__").mkdir()
    loaded = read(root)
    assert loaded.names == ("cat", "dog")
    assert loaded.y.tolist() == [0, 1]
    note = said(loaded, "hidden")
    assert (
        "(.ipynb_checkpoints, __MACOSX, __pycache__, cat/._a.png, cat/.ipynb_checkpoints and 1 more)"
        in note
    )


def test_subfolders_of_a_class_belong_to_it(tmp_path):
    for i, path in enumerate(("cat/a.png", "cat/sub/deeper/b.png", "cat/z.png", "dog/x/c.png")):
        put(tmp_path / path, flat(i))
    loaded = read(tmp_path)
    assert loaded.y.tolist() == [0, 0, 0, 1]
    assert loaded.x[:, 0, 0, 0].tolist() == [0, 1, 2, 3]
    assert "subfolders of their class: 2" in said(loaded, "subfolders")


def test_folders_that_are_linked_are_followed_once_round(tmp_path):
    root = pair(tmp_path / "root", flat(1))
    put(tmp_path / "else/c.png", flat(5))
    (root / "dog/linked").symlink_to(tmp_path / "else")
    (root / "dog/up").symlink_to(root)
    (root / "dog/itself").symlink_to(root / "dog/itself")
    loaded = read(root)
    assert loaded.x[:, 0, 0, 0].tolist() == [1, 0, 5]
    assert "dog/up" in said(loaded, "lead back")
    assert "dog/itself" in said(loaded, "no images")


def test_what_lies_beside_the_classes_is_counted_and_named(tmp_path):
    root = pair(tmp_path, flat(1))
    put(root / "stray.png", flat(2))
    put(root / "labels.csv", b"x")
    put(root / "cat/notes.txt", b"x")
    for name in ("a.gif", "b.HEIC"):
        put(root / "dog" / name, b"x")
    loaded = read(root)
    assert len(loaded.x) == 2
    assert said(loaded, "stray.png").endswith("in no class's folder: 1 .png (stray.png)")
    assert said(loaded, "labels.csv") == "Left out beside the classes' folders: 1 .csv (labels.csv)"
    assert said(loaded, "cat/notes.txt") == "Left out, no images: 1 .txt (cat/notes.txt)"
    unread = said(loaded, "dog/a.gif", "dog/b.HEIC")
    assert unread.startswith("Warning: left out, of types that are not read: 1 .gif, 1 .heic")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "it is empty"),
        (["a.gif", "b.gif", "c.npy"], r"2 \.gif, 1 \.npy"),
        ([".DS_Store"], "it is empty"),
        (["sub/readme"], "1 without suffix"),
    ],
)
def test_a_class_without_images_is_named(tmp_path, files, message):
    root = pair(tmp_path, flat(1))
    (root / "bird").mkdir()
    for name in files:
        put(root / "bird" / name, b"x")
    with pytest.raises(
        InputError,
        match=rf"class folder .*bird holds no image that can be read: {message}; convert",
    ):
        read(root)


@pytest.mark.parametrize("name", ["A.PNG", "a.JpEg", "a.jfif", "a.pgm"])
def test_suffixes_in_any_case_and_of_all_formats_are_read(tmp_path, name):
    image = Image.fromarray(flat(9, channels=1))
    content = io.BytesIO()
    image.save(content, {"A.PNG": "PNG", "a.pgm": "PPM"}.get(name, "JPEG"))
    loaded = read(pair(tmp_path, content.getvalue(), name=name))
    assert (loaded.x[0] == 9).all()


def test_content_counts_and_not_the_name(tmp_path):
    content = io.BytesIO()
    Image.fromarray(flat(9)).save(content, "PNG")
    assert (read(pair(tmp_path, content.getvalue(), name="a.jpg")).x[0] == 9).all()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "a Git LFS pointer"),
        (b"<!DOCTYPE html><html>Not found", "a web page"),
        (b"GIF89a....", "a GIF image"),
        (b"\0\0\0\x20ftypheic\0\0\0\0", "of type HEIC"),
        (b"\0\0\0\x20ftypavif\0\0\0\0", "of type AVIF"),
        (b"", "it is empty"),
        (b"nothing", "cannot identify"),
    ],
)
def test_files_that_are_no_images_are_named_with_what_they_are(tmp_path, content, message):
    with pytest.raises(
        InputError,
        match=rf"cat/a\.png cannot be read as an image .*{message}.*replace or remove it",
    ):
        read(pair(tmp_path, content))


def test_a_broken_link_is_named(tmp_path):
    root = pair(tmp_path, flat(1))
    (root / "cat/z.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(InputError, match=r"cat/z\.png cannot be read .*link to none"):
        read(root)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tmp_path):
    root = pair(tmp_path, flat(1))
    (root / "cat").chmod(0)
    try:
        with pytest.raises(InputError, match=r"cat cannot be read .*permissions"):
            read(root)
    finally:
        (root / "cat").chmod(0o755)


# what was meant ------------------------------------------------------------------------------------

LAYOUTS = {
    "nothing": ([], r"holds no images by class: it is empty"),
    "an archive": (["photos.zip"], r"holds no images by class: 1 \.zip and no folders"),
    "a class itself": (
        ["a.png", "b.jpg"],
        r"1 \.png, 1 \.jpg and no folders.*or path: .* if .* is a class",
    ),
    "one class": (["cat/a.png"], r"holds one class, cat; at least 2"),
    "a level too high": (
        ["images/cat/a.png", "images/dog/b.png"],
        r"Are cat, dog the classes\? Write path: .*images",
    ),
    "splits": (
        ["train/cat/a.png", "test/cat/b.png"],
        r"folders test, train, which would become the classes; write path: .*train",
    ),
    "splits among others": (
        ["train/a.png", "val/a.png", "meta/a.png"],
        r"folders train, val, which would become",
    ),
    "one split": (["Train/cat/a.png", "Train/dog/a.png"], r"folders Train, which would become"),
    "names of two encodings": (
        ["caf\u00e9/a.png", "cafe\u0301/a.png"],
        r"differ in blanks or in how letters",
    ),
    "a blank at the end": (["cat/a.png", "cat /a.png"], r"'cat' and 'cat ' differ in blanks"),
    "a letter that is not seen": (
        ["cat/a.png", "cat\u200b/a.png"],
        r"'cat' and 'cat\\u200b' differ",
    ),
}


@pytest.mark.parametrize("case", LAYOUTS)
def test_folders_that_can_hardly_be_meant_are_refused(tmp_path, case):
    files, message = LAYOUTS[case]
    for path in files:
        put(tmp_path / path, flat(1) if path.endswith(("png", "jpg")) else b"x")
    with pytest.raises(InputError, match=message):
        read(tmp_path)


def test_a_class_called_train_is_a_class(tmp_path):
    for name in ("car", "train"):
        put(tmp_path / name / "a.png", flat(1))
    assert read(tmp_path).names == ("car", "train")


def test_what_may_not_be_meant_is_said(tmp_path):
    for name in ("0", "1", "10", "2"):
        put(tmp_path / "numbers" / name / "a.png", flat(1))
    assert "0, 1, 10, 2" in said(read(tmp_path / "numbers"), "Warning", "as text")
    for name in ("a", "A"):
        put(tmp_path / "letters" / name / "a.png", flat(200))
    letters = load_dataset({"kind": "imagefolder", "path": str(tmp_path / "letters")})
    assert "'A' and 'a'" in said(letters, "Warning", "upper case")
    for fold in ("fold1", "fold2"):
        for name in ("cat", "dog"):
            put(tmp_path / "folds" / fold / name / "a.png", flat(1))
    assert "cat, dog" in said(
        read(tmp_path / "folds"), "Warning", "all class folders hold subfolders"
    )
    root = pair(tmp_path / "twice", flat(1))
    (root / "dog/same.png").symlink_to(root / "cat/a.png")
    os.link(root / "cat/a.png", root / "dog/hard.png")
    assert "links to others: 2" in said(read(root), "Warning")


def test_a_name_that_is_no_text_is_refused(tmp_path):
    root = pair(tmp_path, flat(1))
    os.mkdir(os.fsencode(root) + b"/\xff\xfe")
    with pytest.raises(InputError, match="not named in UTF-8"):
        read(root)


def test_the_config_takes_a_background_and_no_other_colours(tiny):
    photos = {"kind": "imagefolder", "path": "photos"}
    for more in ({}, {"size": 8}, {"background": "black"}):
        validate(tiny | {"datasets": {"photos": photos | more}})
    with pytest.raises(InputError, match=r"background: found 'red'.*white, black"):
        validate(tiny | {"datasets": {"photos": photos | {"background": "red"}}})


def test_images_of_12_bits_beside_others_would_be_told_by_their_brightness():
    deep, plain = np.full((4, 4, 3), 4095, np.uint16), np.full((4, 4, 3), 255, np.uint8)
    with pytest.raises(InputError, match=r"a\.png hold at most 4,095 of 65,535"):
        stack([("a.png", deep, ()), ("b.png", plain, ())])
    assert stack([("a.png", deep * 16, ()), ("b.png", plain, ())])[0].dtype == np.uint16
