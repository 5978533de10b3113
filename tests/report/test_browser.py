"""The report page in a browser: no error, every choice and link, no width beyond the window's."""

import shutil
import time

import pytest
from conftest import ROOT, Workspace
from fakes import hostile_report

NAMES = ("chromium", "chromium-browser", "chrome", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
WIDTHS = (360, 1200, 2000)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed here"),
    # What the browser's driver leaves open when it ends is closed with its process.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
STUDY = {
    "study": "browsed",
    "question": "What do digits & noise teach?",
    "seeds": [[0, 1, 2]],
    "stream": {"k": 128, "first_block": 32, "growth": 2.0, "head": 128},
    "device": "cpu",
    "datasets": {"digits": {"kind": "sklearn", "name": "digits"}},
    "models": {"linear": {"kind": "linear"}},
    "learners": {"fast": {"kind": "restart", "epochs": 5, "min_steps": 10}},
    "arms": [
        {"name": "a", "target": "digits", "model": "linear", "n": [0, 64, 256], "learner": "fast"},
        {"name": "b-random", "target": "digits", "model": "linear", "n": [0, 64]}
        | {"learner": "fast", "labels": {"random": 1.0}},
    ],
    "analyses": {
        "dear": {"kind": "extremes", "arms": ["a"], "images": 25},
        "beside": {"kind": "compare", "arms": ["a", "b-random"]},
    },
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A finished study's folder of results, with the index of all."""
    space = Workspace(tmp_path_factory.mktemp("browsed"), ROOT)
    space.write(STUDY)
    space.snakemake()
    assert (space.folder / "results/index.html").exists(), "written once the report is there"
    return space.folder / "results"


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser):
    """Open a file at a width and in a theme; whatever is said on the console fails the test."""
    said, pages = [], []

    def open_page(path, width=1200, theme="light"):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
        pages.append(page)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.on("request", lambda r: r.url[:5] in ("file:", "data:", "blob:") or said.append(r.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for page in pages:
        page.close()
    assert said == []


def drawn(page):
    page.wait_for_selector("body[data-drawn]", timeout=60_000)
    return page


def test_a_page_is_as_wide_as_its_window(results, visit):
    for width in WIDTHS:
        for path in (results / "browsed/report/index.html", results / "index.html"):
            page = visit(path, width, "dark" if width == 1200 else "light")
            if path.parent.name == "report":
                drawn(page)
                wide = page.locator(".chart svg").evaluate_all(
                    "all => all.filter(one => one.getBoundingClientRect().width > innerWidth).length"
                )
                assert wide == 0
                page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
            assert page.evaluate("document.documentElement.scrollWidth") == width, path


@pytest.mark.parametrize("width", WIDTHS)
def test_no_axis_stands_below_nothing(visit, width):
    """Panels fill their rows, or each has axes of its own."""
    path = ROOT / "results/published/continual-small/report/index.html"
    page = drawn(visit(path, width))
    charts = page.locator(".chart:has(g.cell)").all()
    assert charts
    for chart in charts:
        axes = chart.locator(".role-column-footer > g").count()
        panels = chart.locator("g.cell > g").count()
        assert panels > 1
        assert axes == 0 or panels % axes == 0


def test_themes_differ_and_figures_follow_them(results, visit):
    colours = []
    for theme in ("light", "dark"):
        page = drawn(visit(results / "browsed/report/index.html", theme=theme))
        text = page.locator(".chart .role-axis-label text").first
        colours.append(
            [
                page.evaluate("getComputedStyle(document.body).backgroundColor"),
                text.evaluate("one => getComputedStyle(one).fill"),
            ]
        )
    assert colours[0][0] != colours[1][0]
    assert colours[0][1] != colours[1][1]


def values(page, chart="#study-1"):
    """What the marks of a chart say of themselves to a screen reader."""
    marks = page.locator(f"{chart} .mark-symbol path[aria-label]")
    return marks.evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")


def comes(page, holds, seconds=30):
    """Whether something holds before long; a chart is drawn anew some time after a choice."""
    end = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < end:
        page.wait_for_timeout(50)
    return held


def test_every_choice_changes_the_figures(results, visit):
    page = drawn(visit(results / "browsed/report/index.html"))
    before = values(page)
    assert before
    for name, option in (("seeds", "each"), ("unit", "label")):
        page.locator(f"[name={name}]").select_option(option)
        assert comes(page, lambda: values(page) != before)
        page.locator(f"[name={name}]").select_option(index=0)
        assert comes(page, lambda: values(page) == before)
    page.locator(".choices summary").press("Enter")
    page.locator("[data-all='']").press("Enter")
    assert comes(page, lambda: values(page) == [])
    page.locator("[name=arms]").first.press("Space")
    assert comes(page, lambda: values(page))
    page.keyboard.press("Escape")
    assert comes(page, lambda: page.locator(".choices details[open]").count() == 0)


def test_the_main_table_needs_no_scrolling_and_warnings_are_open(results, visit):
    page = drawn(visit(results / "browsed/report/index.html"))
    assert page.locator(".question").inner_text() == STUDY["question"]
    table = page.locator(".dt-layout-table").first
    assert table.evaluate("one => one.scrollWidth <= one.clientWidth")
    assert page.locator(".warnings details").count() > 0
    assert page.locator(".warnings details:not([open])").count() == 0


def test_the_table_of_arms_sorts_and_searches_by_keyboard(results, visit):
    page = drawn(visit(results / "browsed/report/index.html"))
    rows = page.locator(".arms tbody tr")
    assert rows.count() == 3
    head = page.locator(".arms thead th", has_text="L_IT, bits").first
    head.locator("[role=button]").press("Enter")
    page.wait_for_selector(".arms thead th[aria-sort=ascending]")
    assert head.get_attribute("aria-sort") == "ascending"
    assert comes(page, lambda: "b random" in rows.first.inner_text())
    page.locator("input[type=search]").first.fill("random")
    assert comes(page, lambda: rows.count() == 1)


def test_links_resolve_and_downloads_are_the_tables(results, visit):
    page = drawn(visit(results / "browsed/report/index.html"))
    for link in page.locator("nav a").all():
        target = link.get_attribute("href").removeprefix("#")
        assert page.locator(f"[id='{target}']").count() == 1, target
    page.locator("nav a[href='#controls']").click()
    # Not wait_for_function: the page's own policy forbids what it does when it must wait.
    page.wait_for_selector("details#controls[open]")
    with page.expect_download() as download:
        page.get_by_text("Download information_transfer.csv").click()
    table = results / "browsed/tables/information_transfer.csv"
    assert download.value.path().read_bytes() == table.read_bytes()
    index = visit(results / "index.html")
    assert index.locator("dd").first.inner_text() == STUDY["question"]
    assert "saves" in index.locator("dd").nth(1).inner_text()
    index.locator("dt a").first.click()
    drawn(index)
    assert index.locator("h1").inner_text() == "Information Transfer: browsed"


def test_examples_have_pictures(results, visit):
    page = drawn(visit(results / "browsed/report/index.html"))
    assert page.locator("#analysis-2 .examples img").count() == 50
    page.locator("#study-1").scroll_into_view_if_needed()
    page.locator("#study-1 .mark-symbol.role-mark path").last.hover()
    tooltip = page.locator("#vg-tooltip-element")
    assert comes(page, lambda: "value" in tooltip.inner_text())
    path = results / "browsed/report/index.html"
    assert path.stat().st_size < 5_000_000


def test_on_paper_tables_are_whole_and_what_is_short_is_open(results, visit):
    page = drawn(visit(results / "browsed/report/index.html"))
    state = """() => ({
        rows: Math.max(...[...document.querySelectorAll("table")].map((t) => t.rows.length - 1)),
        closed: [...document.querySelectorAll("details:not([open], .vega-embed *)")]
            .map((d) => d.innerText) })"""
    before = page.evaluate(state)
    page.evaluate(f"addEventListener('beforeprint', () => {{ window.printed = ({state})() }})")
    assert page.pdf(format="A4")[:4] == b"%PDF"
    printed = page.evaluate("printed")
    assert before["rows"] == 50 < printed["rows"], "rows of a page, rows of the longest table"
    assert len(before["closed"]) > 7
    left = [text.splitlines()[0] for text in printed["closed"]]
    assert left == ["arms shown", "Table, 60 rows", "Code lengths", "Provenance"]
    assert page.evaluate(state) == before


def test_a_hostile_study_runs_nothing(visit, tmp_path, tiny):
    path = tmp_path / "hostile.html"
    path.write_text(hostile_report(tmp_path, tiny))
    page = drawn(visit(path))
    page.locator("[name=seeds]").select_option("each")
    assert page.locator(".chart svg").count() > 0
