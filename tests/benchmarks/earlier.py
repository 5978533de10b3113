"""How published studies differ from what was published of them before, at an earlier commit of this repository.

Rows are the same where arm, n, k and, of a sequence, the cell and the head are the same. What each code is now stands beside the one
code that there was: that of the learner that the study had.
"""

import io
import subprocess

import numpy as np
import pandas as pd
from common import ROOT, arguments, publish

TABLE = "results/published/{}/tables/information_transfer.csv"
KEYS = ["arm", "n", "k", "labels", "sequence", "algorithm", "t", "j", "head"]


def earlier(study: str, commit: str) -> pd.DataFrame | None:
    """The study's main table as it was, or None where it was not published."""
    shown = subprocess.run(
        ["git", "show", f"{commit}:{TABLE.format(study)}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return pd.read_csv(io.StringIO(shown.stdout)) if shown.returncode == 0 else None


def together(before: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Rows of both tables with n > 0 and true labels, the earlier one's columns with ``_before``."""
    keys = [key for key in KEYS if key in before and key in now]
    found = before.merge(now, on=keys, suffixes=("_before", ""), validate="one_to_one")
    return found[(found["n"] > 0) & (found["labels"] == "true")]


def changes(study: str, both: pd.DataFrame) -> dict:
    """One row: what codes from theta0 and L_IT became, in sums and medians over the study's rows."""
    now, before = both["l_it_bits"], both["l_it_bits_before"]
    network = both.get("l_it_network_bits", now)
    inside = (before >= both["l_it_ci_low"]) & (before <= both["l_it_ci_high"])
    return {
        "study": study,
        "rows": len(both),
        "code": "/".join(sorted(set(both.get("code", pd.Series(["network"]))))),
        "code_before": "/".join(sorted(set(both.get("code_before", pd.Series(["network"]))))),
        "theta0_before": both["l_theta0_bits_before"].mean(),
        "theta0": both["l_theta0_bits"].mean(),
        "l_it_before": before.mean(),
        "l_it": now.mean(),
        "l_it_network": network.mean(),
        "ratio": float(np.median(now[before > 0] / before[before > 0]))
        if (before > 0).any()
        else None,
        "inside": int(inside.sum()),
        "changed": bool((now != before).any()),
    }


def main() -> None:
    options = arguments(commit="4ea4d02", name="earlier")
    rows = []
    for path in sorted((ROOT / "results/published").glob("*/tables/information_transfer.csv")):
        study = path.parts[-3]
        before = earlier(study, options.commit)
        if before is not None and len(both := together(before, pd.read_csv(path))):
            rows.append(changes(study, both))
    publish(options.name, rows, {"commit": options.commit}, options.output)


if __name__ == "__main__":
    main()
