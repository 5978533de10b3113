# Figures and reports: everything here is drawn from tables alone, so it is remade in seconds.
# Takes tables/*.csv, makes figures/*.{pdf,png}, report/index.html and, on demand,
# results/published/<study>/.


rule plot_bits_per_label:
    input:
        paths.table("curves"),
    output:
        **figure("bits_per_label", "Bits per label along the stream"),
    log:
        paths.log("plot_bits_per_label", "all"),
    conda:
        environment
    threads: 1
    params:
        code=code_digest("plot_bits_per_label"),
    script:
        "../workflow_scripts/plot_bits_per_label.py"


rule plot_information_transfer:
    input:
        paths.table("information_transfer"),
    output:
        **figure("information_transfer", "Information Transfer against n"),
    log:
        paths.log("plot_information_transfer", "all"),
    conda:
        environment
    threads: 1
    params:
        code=code_digest("plot_information_transfer"),
    script:
        "../workflow_scripts/plot_information_transfer.py"


rule plot_memorised_information:
    input:
        paths.table("information_transfer"),
    output:
        **figure("memorised_information", "Transferred beside memorised information"),
    log:
        paths.log("plot_memorised_information", "all"),
    conda:
        environment
    threads: 1
    params:
        code=code_digest("plot_memorised_information"),
    script:
        "../workflow_scripts/plot_memorised_information.py"


rule figures_all:
    input:
        [
            paths.figure(name, suffix)
            for name in plan.figures
            for suffix in ("pdf", "png")
        ],
        known_tables,
    localrule: True


rule write_report:
    input:
        tables=[paths.table(name) for name in plan.tables],
        figures=[paths.figure(name, "png") for name in plan.figures],
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
        code=plan.report_code(),
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
    log:
        paths.log("publish", "all"),
    localrule: True
    conda:
        environment
    threads: 1
    params:
        settings=lambda w: plan.report_settings(),  # of a plain text, {braces} would be wildcards
        records=lambda w: plan.records(),
        code=code_digest("publish", "./CITATION.cff"),
        expected=lambda w, input: plan.expected(),
    script:
        "../workflow_scripts/publish.py"
