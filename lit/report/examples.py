"""Pictures of the examples that cost most and least, from the table of the analysis extremes."""

import base64
import io
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from lit.analyses.extremes import precise, start_state


def find_examples(table: pd.DataFrame) -> dict[str, Any]:
    """The examples at either end, each with its label, its bits and its picture if it is one."""
    listed = table[table["about"] != "tenth"]
    return {
        "start": start_state(listed),
        "ends": [
            (about, [_example(row) for row in rows.to_dict("records")])
            for about, rows in listed.groupby("about", sort=False)
        ],
    }


def _example(row: dict[Any, Any]) -> dict[str, str]:
    label = "" if pd.isna(row["label"]) or row["label"] < 0 else f"class {row['label']:.0f}"
    picture = "" if pd.isna(row["pixels"]) else _png(row["pixels"], row["shape"])
    return {
        "name": f"example {row['example']:.0f}",
        "label": label,
        "bits": precise(row["bits"]),
        "picture": picture,
    }


def _png(pixels: str, shape: str) -> str:
    """An image of base64 bytes, its shape channels x height x width, as a link to itself."""
    channels, height, width = map(int, shape.split("x"))
    values = np.frombuffer(base64.b64decode(pixels), dtype=np.uint8)
    values = values.reshape(channels, height, width).transpose(1, 2, 0)
    image = Image.fromarray(values[:, :, 0] if channels == 1 else values)
    made = io.BytesIO()
    image.save(made, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(made.getvalue()).decode()
