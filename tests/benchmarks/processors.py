"""How far results that are made again on another kind of processor are from the published ones.

Processors add up numbers in different orders, and training makes more of it. Run a published study on another machine
first, such as the quick one (`make`); its folder of results is compared with the published one. No training.
"""

import re
from pathlib import Path

import pandas as pd
from common import ROOT, arguments, hardware, publish

from lit.tables.agreement import compare_tables

BITS = "l_it_bits"


def compared(ours: Path, theirs: Path) -> dict:
    """Rows of all tables by verdict, and the largest difference of an L_IT, in bits."""
    tables = list(compare_tables(ours, theirs))
    counts = pd.DataFrame([table.counts for table in tables]).sum().to_dict()
    found = counts | {"one side": sum(len(table.only) for table in tables)}
    found["share_of_interval"] = max(table.largest for table in tables)
    for name, of in (("information_transfer", "mean"), ("information_transfer_by_seed", "seed")):
        one, other = (pd.read_csv(side / f"tables/{name}.csv")[BITS] for side in (ours, theirs))
        found[f"largest_of_{of}"] = (one - other).abs().max()
    return found


def processor(published: Path) -> str:
    """The processor that a published study's page names."""
    (name,) = re.findall(r"^- Hardware: (.+?),", (published / "README.md").read_text(), re.M)
    return str(name)


def main() -> None:
    options = arguments(studies="quick", results=str(ROOT / "results"))
    about, rows = hardware(1), []
    for study in options.studies.split(","):
        ours, theirs = Path(options.results, study), ROOT / "results/published" / study
        rows.append({"study": study, "published_on": processor(theirs)} | compared(ours, theirs))
    publish("processors", rows, about, options.output)


if __name__ == "__main__":
    main()
