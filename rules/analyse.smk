# Analyses: what a study asks of its code lengths beyond the main table. Takes codelengths/*.h5 and
# models/* of an analysis' arms, makes tables/<analysis>.csv; rule plot_figure draws it.


rule analyse:
    """
    Make the table of one analysis.

    Takes the code lengths and sources of the analysis' arms, and the data sets of an analysis that
    looks at examples. Makes ``tables/<analysis>.csv``. Reruns when one of these files, the
    analysis' options, its arms or its module in ``lit/analyses`` change.
    """
    input:
        unpack(lambda w: plan.results.analysis_inputs(w.analysis)),
        known=known_tables,
    output:
        paths.table("{analysis}"),
    log:
        paths.log("analyse", "{analysis}"),
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 4000 * attempt,
        runtime=lambda w, attempt: 30 * attempt,
    params:
        settings=lambda w: plan.analysis_settings(w.analysis),
        code=lambda w: plan.results.analysis_code(w.analysis),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/analyse.py"
