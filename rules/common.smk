# What several rules share.


def figure(name, caption):
    """Both files of a figure; the PNG goes into Snakemake's own report."""
    drawn = report(
        paths.figure(name, "png"),
        caption=f"captions/{name}.rst",
        category="Figures",
        labels={"figure": caption},
    )
    return {"pdf": paths.figure(name, "pdf"), "png": drawn}
