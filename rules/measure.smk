# Measures: from merged code lengths to the tables of Information Transfer, as CSV and LaTeX.
# Takes codelengths/*.h5, models/* and what data/* says of itself, makes tables/*.csv and tex/*.tex.


rule measure_transfer:
    """
    Make the tables of every study, Information Transfer first.

    Takes the code lengths of all runs, the sources that they start from, and what data files say of
    themselves. Makes ``tables/*.csv``, but for those of analyses. Reruns when one of these files,
    an arm or the code of the tables changes.
    """
    input:
        **plan.results.table_inputs(),
        known=known_tables,
    output:
        report(
            paths.table("information_transfer"),
            caption="captions/table.rst",
            category="Tables",
            labels={"table": "Information Transfer"},
        ),
        [paths.table(name) for name in TABLES[1:]],
    log:
        paths.log("measure_transfer", "all"),
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 4000 * attempt,
        runtime=lambda w, attempt: 30 * attempt,
    params:
        settings=lambda w: plan.table_settings(),
        code=job_code("measure_transfer", {}),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/measure_transfer.py"


rule write_tex:
    """
    Write the main table as LaTeX (booktabs), and a macro for each of its numbers.

    Takes ``tables/information_transfer.csv``, makes ``tex/information_transfer.tex`` and
    ``tex/numbers.tex``. Reruns when the table or the code of its LaTeX changes.
    """
    input:
        paths.table("information_transfer"),
    output:
        table=paths.tex("information_transfer"),
        numbers=paths.tex("numbers"),
    log:
        paths.log("write_tex", "all"),
    conda:
        environment
    threads: 1
    params:
        code=job_code("write_tex", {}),
    script:
        "../workflow_scripts/write_tex.py"


rule tables_all:
    """
    Target: all tables, as CSV, and the main one as LaTeX. Makes nothing itself.
    """
    input:
        [paths.table(name) for name in plan.results.tables],
        rules.write_tex.output,
        known_tables,
    localrule: True
