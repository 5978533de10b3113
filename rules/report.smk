# Figures and reports: everything here is drawn from tables alone, so it is remade in seconds.
# Takes tables/*.csv, makes figures/*.{pdf,png}, report/index.html and, on demand, results/published/<study>/.

FIGURES = ["bits_per_label", "information_transfer", "memorised_information"]


def figure(name, caption):
    """Both files of a figure; the PNG goes into Snakemake's own report."""
    drawn = report(
        paths.figure(name, "png"), caption=f"captions/{name}.rst", category="Figures", labels={"figure": caption}
    )
    return {"pdf": paths.figure(name, "pdf"), "png": drawn}


rule plot_bits_per_label:
    input:
        paths.table("curves"),
    output:
        **figure("bits_per_label", "Bits per label along the stream"),
    params:
        code=code_digest("plot_bits_per_label"),
    log:
        paths.log("plot_bits_per_label", "all"),
    threads: 1
    script:
        "../workflow_scripts/plot_bits_per_label.py"


rule plot_information_transfer:
    input:
        paths.table("information_transfer"),
    output:
        **figure("information_transfer", "Information Transfer against n"),
    params:
        code=code_digest("plot_information_transfer"),
    log:
        paths.log("plot_information_transfer", "all"),
    threads: 1
    script:
        "../workflow_scripts/plot_information_transfer.py"


rule plot_memorised_information:
    input:
        paths.table("information_transfer"),
    output:
        **figure("memorised_information", "Transferred beside memorised information"),
    params:
        code=code_digest("plot_memorised_information"),
    log:
        paths.log("plot_memorised_information", "all"),
    threads: 1
    script:
        "../workflow_scripts/plot_memorised_information.py"


rule figures_all:
    input:
        [paths.figure(name, suffix) for name in FIGURES for suffix in ("pdf", "png")],
    localrule: True


rule write_report:
    input:
        tables=[paths.table(name) for name in TABLES],
        figures=[paths.figure(name, "png") for name in FIGURES],
    output:
        paths.report(),
    params:
        settings=plan.report_settings(),
        code=code_digest("write_report", "lit/templates/report.html"),
    log:
        paths.log("write_report", "all"),
    threads: 1
    script:
        "../workflow_scripts/write_report.py"


rule report:
    input:
        rules.write_report.output,
    localrule: True


# Copy what a paper needs into the tracked folder results/published/<study>/, with settings and run times.
rule publish:
    input:
        rules.tables_all.input,
        rules.figures_all.input,
        report=rules.write_report.output,
    output:
        directory(paths.published()),
    params:
        settings=plan.report_settings(),
        code=code_digest("publish"),
    log:
        paths.log("publish", "all"),
    threads: 1
    localrule: True
    script:
        "../workflow_scripts/publish.py"
