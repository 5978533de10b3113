"""The scripts of the report page, all of them inside of it: nothing is fetched, nothing evaluated.

Charts are drawn by Vega-Lite, tables sorted and searched by DataTables, both unchanged. A page may
run these scripts alone: their digests stand in its security policy, so that no text of a study
can ever be run.
"""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd
import vl_convert

from lit.report.charts import Chart

HERE = Path(__file__).parent
FILES = ("vendor/dataTables-3.1.5.min.js", "templates/page.js")
VEGA_LITE = "6.4"
EMBED = "window.vegaEmbed = vegaEmbed;"  # what page.js calls, in the bundle's words
DIGITS = 7  # significant ones of a number in a chart


def page_scripts() -> list[str]:
    """Vega-Lite with all that it needs, DataTables, and our own, in their order."""
    files = [(HERE / file).read_text(encoding="utf-8") for file in FILES]
    texts = [vl_convert.javascript_bundle(EMBED, vl_version=VEGA_LITE), *files]
    return [text.replace("</script", "<\\/script") for text in texts]


def security_policy(scripts: list[str]) -> str:
    """What a page of these scripts may do: run them, use styles and images of its own."""
    hashes = [hashlib.sha256(text.encode()).digest() for text in scripts]
    allowed = " ".join(f"'sha256-{base64.b64encode(one).decode()}'" for one in hashes)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"


def as_data(content: Any) -> str:
    """JSON for a script element: no character in it can end the element or begin a tag."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def chart_data(chart: Chart) -> dict[str, Any]:
    """A chart's specification and its rows, column by column; what is not finite is missing."""
    columns = {
        str(name): [_plain(value) for value in values] for name, values in chart.rows.items()
    }
    return {"spec": chart.spec, "columns": columns}


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    if isinstance(value, str):
        return value
    number = float(f"{float(value):.{DIGITS}g}")
    if number in (float("inf"), float("-inf")):
        return None
    return int(number) if number.is_integer() else number
