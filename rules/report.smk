# Figures and reports: everything here is drawn from tables alone, so it is remade in seconds.
# Takes tables/*.csv, makes figures/*.{pdf,png}, report/index.html and, on demand,
# results/published/<study>/.


rule plot_figure:
    """
    Draw one figure, of every study or of an analysis.

    Takes the figure's table, makes ``figures/<figure>.pdf`` and ``.png``.
    Reruns when the table changes, or the figure's module in ``lit/figures`` or what it imports.
    """
    input:
        lambda w: paths.table(FIGURES.get(w.figure, w.figure)),
    output:
        pdf=paths.figure("{figure}", "pdf"),
        png=report(
            paths.figure("{figure}", "png"),
            caption="captions/figure.rst",
            category=lambda w: "Figures" if w.figure in FIGURES else "Analyses",
            labels=labels_of,
        ),
    log:
        paths.log("plot_figure", "{figure}"),
    conda:
        environment
    threads: 1
    params:
        settings=lambda w: plan.figure_settings(w.figure),
        code=lambda w: plan.results.figure_code(w.figure),
        caption=lambda w: caption_of(w.figure),
    script:
        "../workflow_scripts/plot_figure.py"


rule figures_all:
    """
    Target: all figures, as PDF and PNG. Makes nothing itself.
    """
    input:
        [
            paths.figure(name, suffix)
            for name in plan.results.figures
            for suffix in ("pdf", "png")
        ],
        known_tables,
    localrule: True


rule write_report:
    """
    Write the page that shows and explains everything, complete in itself.

    Takes all tables and PNG figures, makes ``report/index.html``.
    Reruns when one of them, the config, the page's template, its code or an analysis' text changes.
    """
    input:
        tables=[paths.table(name) for name in plan.results.tables],
        figures=[paths.figure(name, "png") for name in plan.results.figures],
        known=known_tables,
    output:
        paths.report(),
    log:
        paths.log("write_report", "all"),
    conda:
        environment
    threads: 1
    params:
        settings=lambda w: plan.report_settings(),  # of a plain text, {braces} would be wildcards
        code=plan.results.report_code(),
        own=plan.results.own_code(),
        captions=[said_of(name) for name in [*FIGURES, *plan.results.drawn_here]],
    script:
        "../workflow_scripts/write_report.py"


rule report:
    """
    Target: the report page, and all that it shows. Makes nothing itself.
    """
    input:
        rules.write_report.output,
    localrule: True


rule publish:
    """
    Copy what a paper needs into a folder that is tracked, with settings, run times and an RO-Crate.

    Takes tables, LaTeX, figures and report, once every file is what today's study makes.
    Makes ``results/published/<study>/``.
    Reruns when one of these files, the config or the code of publishing changes.
    """
    input:
        rules.tables_all.input,
        rules.figures_all.input,
        report=rules.write_report.output,
    output:
        directory(paths.published()),
    log:
        paths.log("publish", "all"),
    localrule: True
    conda:
        environment
    threads: 1
    params:
        settings=lambda w: plan.report_settings(),  # of a plain text, {braces} would be wildcards
        records=lambda w: plan.records(),
        code=job_code("publish", {}),
        expected=lambda w, input: plan.expected(),
    script:
        "../workflow_scripts/publish.py"
