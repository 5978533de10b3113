"""Images as Pillow decodes them, to arrays of three channels, of one size and one type.

8-bit images give uint8, those of 16 bits uint16, floating-point ones float32; nothing is scaled.
Pillow itself decodes 16-bit colours to 8 bits, and a few kinds of TIFF to wrong numbers: here these
are read right, or refused.
"""

import contextlib
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from lit.errors import InputError

# Pillow would hand an EPS file, whatever its name, to Ghostscript.
FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM")
ORIENTATION, BITS, PHOTOMETRIC, PLANES = 274, 258, 262, 284  # tags of EXIF and TIFF
GREY = "are grey and became three equal channels, of which a view with keep: grey makes one"
DEEP_COLOURS = ("RGB;16", "RGBA;16", "RGBX;16", "LA;16")  # Pillow's names, less the order of bytes

Remarks = tuple[str, ...]


def read_image(path: Path, size: int | None, background: str) -> tuple[np.ndarray, Remarks]:
    """A file's first image, turned as its EXIF orientation says.

    Args:
        path: A file of one of FORMATS, whatever its name.
        size: Height and width that it is resized to (bilinear, the whole image); None: as it is.
        background: Colour that transparent parts are laid on.

    Returns:
        (H, W, 3) uint8, uint16 or float32, and what was done to it.

    Raises:
        Exception: of many kinds, where the file holds no such image.
    """
    with _opened(path) as image:
        raw = _raw_mode(image)
        remarks = []
        if getattr(image, "n_frames", 1) > 1:
            remarks.append("have several frames or pages, of which the first was taken")
        turned = image.getexif().get(ORIENTATION, 1) in range(2, 9)
        if turned:
            remarks.append("were turned as their EXIF orientation says")
        if raw[:-1] in DEEP_COLOURS:
            array, more = _deep_pixels(_sixteen_bits(path, raw), image, size, background)
            if raw.startswith("LA"):
                remarks.append(GREY)
        else:
            upright = ImageOps.exif_transpose(image) if turned else image
            array, more = pixels(upright, size, background)
            if image.mode in ("RGB", "RGBA", "CMYK") and ";16" in raw:
                remarks.append("have more than 8 bits a channel, of which 8 were read")
    return array, (*remarks, *more)


def pixels(image: Any, size: int | None, background: str) -> tuple[np.ndarray, Remarks]:
    """(H, W, 3) array of a Pillow image, and what was done to it.

    Raises:
        ValueError: NaN or infinity, or integers that 16 bits do not hold.
    """
    grey = image.mode in ("1", "L", "LA", "La", "F") or image.mode.startswith("I")
    remarks: Remarks = (GREY,) if grey else ()
    if image.mode == "F":
        array = np.asarray(image)
        wrong = np.argwhere(~np.isfinite(array))
        if len(wrong):
            row, column = wrong[0]
            raise ValueError(
                f"{len(wrong)} pixels are NaN or infinite, first row {row}, column {column}"
            )
        return _resized(array[..., None], size), remarks
    if image.mode.startswith("I"):
        array = np.asarray(image)
        low, high = array.min(), array.max()
        if low < 0 or high > 65535:
            raise ValueError(
                f"its integers go from {low} to {high}, beyond the 0..65535 that are read;"
                " save it with 8 or 16 bits, unsigned, or as floating point"
            )
        array, more = _deep_pixels(array.astype(np.uint16)[..., None], image, size, background)
        return array, remarks + more
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        if layer.getchannel("A").getextrema()[0] < 255:
            remarks = (*remarks, laid_on(background))
        image = Image.new("RGBA", image.size, background)
        image.alpha_composite(layer)
    image = image.convert("RGB")
    if size is not None:
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image), remarks


def laid_on(background: str) -> str:
    """The remark about an image with transparent parts."""
    return f"are transparent in parts and were laid on {background}"


def stack(
    pictures: Iterable[tuple[str, np.ndarray, Remarks]],
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(N, 3, H, W) of images of one size, and sentences that count what was done to them.

    Where one has 16 bits all get them: 8-bit values times 257, so that white stays white.

    Args:
        pictures: Name, (H, W, 3) array and remarks of each.

    Raises:
        InputError: they differ in size, or some are floating-point and others not.
    """
    names, arrays = [], []
    of_type: dict[str, list[str]] = defaultdict(list)
    with_remark: dict[str, list[str]] = defaultdict(list)
    for name, array, remarks in pictures:
        names.append(name)
        arrays.append(array)
        if array.shape != arrays[0].shape:
            first, other = (f"{a.shape[0]} by {a.shape[1]}" for a in (arrays[0], array))
            raise InputError(
                f"the images differ in size: {names[0]} is {first} and {name} {other};"
                " write size: 32, the height and width in pixels"
            )
        of_type[array.dtype.name].append(name)
        for remark in remarks:
            with_remark[remark].append(name)
    if len(of_type) > 1:
        if real := of_type.pop("float32", None):
            whole = next(iter(of_type.values()))
            raise InputError(
                f"{real[0]} is a floating-point image and {whole[0]} one of integers, whose scales"
                " cannot be compared; save all images as one type"
            )
        _check_depth(names, arrays)
        arrays = [a if a.dtype == np.uint16 else a.astype(np.uint16) * 257 for a in arrays]
        with_remark["have 16 bits, which the others were given too"] = of_type["uint16"]
    notes = [f"{len(n)} of {len(names)} images {r}, such as {n[0]}" for r, n in with_remark.items()]
    return np.stack(arrays).transpose(0, 3, 1, 2), tuple(notes)


def _check_depth(names: list[str], arrays: list[np.ndarray]) -> None:
    """Refuse images of fewer bits in 16-bit files beside others, told apart by their brightness."""
    pairs = zip(names, arrays, strict=True)
    largest, name = max((int(a.max()), name) for name, a in pairs if a.dtype == np.uint16)
    brightest = 257 * max(int(a.max()) for a in arrays if a.dtype == np.uint8)
    if largest < min(2**12, brightest / 4):
        raise InputError(
            f"16-bit images such as {name} hold at most {largest:,} of 65,535, and would look dark"
            " beside those of 8 bits; save all with 8 bits, or with all of 16"
        )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The file's image, before its pixels are decoded."""
    if not path.is_file():
        raise OSError("it is no file, or a link to none")
    with path.open("rb") as file:  # of a path, Pillow may map a TIFF to memory and scramble it
        image = Image.open(file, formats=FORMATS)
        if image.format == "TIFF":
            _mend_tiff(image)
        yield image


def _mend_tiff(image: Any) -> None:
    """Have Pillow decode right what it would decode wrongly without a word, or refuse it."""
    raw, tags = _raw_mode(image), image.tag_v2
    deep = max(tags.get(BITS, (1,))) > 8
    if deep and tags.get(PHOTOMETRIC) == 0:
        raise ValueError("0 is white in it, read for 8 bits alone; save it with 0 as black")
    if deep and tags.get(PLANES) == 2 and len(image.getbands()) > 1:
        raise ValueError("its 16-bit channels lie one after another; save them pixel by pixel")
    if image.tile and image.tile[0].codec_name == "libtiff" and raw.endswith(("BS", "BF")):
        _set_raw_mode(image, raw.replace("B", "N"))  # libtiff gives numbers in the machine's order


def _raw_mode(image: Any) -> str:
    """How the file holds a pixel, such as RGB;16B, in Pillow's words."""
    if not image.tile:
        return ""
    arguments = image.tile[0].args
    raw, *more = (arguments,) if isinstance(arguments, str) else (*(arguments or ()), "")
    if image.format == "PPM" and raw == "RGB" and more and int(more[0] or 0) > 255:
        return "RGB;16 of PPM"
    return str(raw)


def _set_raw_mode(image: Any, raw: str) -> None:
    for i, tile in enumerate(image.tile):
        arguments = raw if isinstance(tile.args, str) else (raw, *tile.args[1:])
        image.tile[i] = tile._replace(args=arguments)


def _sixteen_bits(path: Path, raw: str) -> np.ndarray:
    """(H, W, C) uint16 of a colour image of 16 bits, decoded twice.

    Pillow gives the high byte of each number, or the low one if told the other order of bytes.
    """

    def decoded(mode: str) -> np.ndarray:
        with _opened(path) as image:
            _set_raw_mode(image, mode)
            return np.asarray(ImageOps.exif_transpose(image)).astype(np.uint16)

    if raw.startswith("LA"):  # two numbers of two bytes each look like four numbers of one
        pairs = decoded("RGBA")
        return pairs[..., ::2] << 8 | pairs[..., 1::2]
    order = raw[-1].replace("N", "L" if sys.byteorder == "little" else "B")
    return decoded(raw[:-1] + order) << 8 | decoded(raw[:-1] + ("B" if order == "L" else "L"))


def _deep_pixels(
    array: np.ndarray, image: Any, size: int | None, background: str
) -> tuple[np.ndarray, Remarks]:
    """(H, W, 3) uint16 of (H, W, C): grey (1), grey and alpha (2), RGB (3) or RGBA (4)."""
    colours = array[..., :-1] if array.shape[-1] in (2, 4) else array
    if array.shape[-1] in (2, 4):
        alpha = array[..., -1:] / 65535
    elif image.info.get("transparency") is not None:  # the one colour that is transparent
        alpha = (array != image.info["transparency"]).any(axis=-1, keepdims=True).astype(float)
    else:
        alpha = np.ones((1, 1, 1))
    if alpha.min() == 1:
        return _resized(colours, size), ()
    behind = {"white": 65535, "black": 0}[background]
    laid = np.rint(alpha * colours + (1 - alpha) * behind).astype(np.uint16)
    return _resized(laid, size), (laid_on(background),)


def _resized(array: np.ndarray, size: int | None) -> np.ndarray:
    """(size, size, 3) of (H, W, 1 or 3) uint16 or float32, resized as 8-bit images are."""
    if size is not None:
        planes = (Image.fromarray(plane) for plane in np.moveaxis(array, -1, 0).astype(np.float32))
        bilinear = [plane.resize((size, size), Image.Resampling.BILINEAR) for plane in planes]
        resized = np.stack([np.asarray(plane) for plane in bilinear], axis=-1)
        array = resized if array.dtype == np.float32 else np.rint(resized).astype(array.dtype)
    return np.broadcast_to(array, (*array.shape[:2], 3))
