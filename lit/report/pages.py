"""Templates of the pages that are written, which escape every string."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, Template

from lit.report.formats import format_count

FOLDER = Path(__file__).parent / "templates"


def get_template(name: str) -> Template:
    """The template of a page."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["count"] = format_count
    return environment.get_template(name)
