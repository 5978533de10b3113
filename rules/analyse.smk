# Analyses: what a study asks of its code lengths beyond the main table.
# Takes codelengths/*.h5 and models/* of an analysis' arms, makes tables/<analysis>.csv and figures/<analysis>.{pdf,png}.


rule analyse:
    input:
        unpack(lambda w: plan.results.analysis_inputs(w.analysis)),
        known=known_tables,
    output:
        table=paths.table("{analysis}"),
        pdf=paths.figure("{analysis}", "pdf"),
        png=report(
            paths.figure("{analysis}", "png"),
            category="Analyses",
            labels={"analysis": "{analysis}"},
        ),
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
