# Data: from a config's entry to one checked HDF5 file a data set, views of it, and features of
# frozen backbones.
# Makes results/<study>/data/<dataset>.h5, views/<dataset>.h5 and features/<dataset>.h5.


rule prepare_dataset:
    output:
        paths.dataset("{dataset}"),
    log:
        paths.log("prepare_dataset", "{dataset}"),
    benchmark:
        paths.benchmark("prepare_dataset", "{dataset}")
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 4000 * attempt,
        runtime=lambda w, attempt: 30 * attempt,
    params:
        settings=lambda w: plan.dataset_settings(w.dataset),
        code=lambda w: plan.data_code(w.dataset),
    script:
        "../workflow_scripts/prepare_dataset.py"


rule view_dataset:
    input:
        data=lambda w: plan.data(study.datasets[w.dataset]["of"]),
    output:
        paths.view("{dataset}"),
    log:
        paths.log("view_dataset", "{dataset}"),
    benchmark:
        paths.benchmark("view_dataset", "{dataset}")
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 4000 * attempt,
        runtime=lambda w, attempt: 30 * attempt,
    params:
        settings=lambda w: plan.dataset_settings(w.dataset),
        code=code_digest("view_dataset"),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/view_dataset.py"


rule extract_features:
    input:
        data=lambda w: plan.data(study.datasets[w.dataset]["of"]),
    output:
        paths.features("{dataset}"),
    log:
        paths.log("extract_features", "{dataset}"),
    benchmark:
        paths.benchmark("extract_features", "{dataset}")
    conda:
        environment
    threads: study.threads
    resources:
        gpu=gpus,
        mem_mb=lambda w, attempt: 8000 * attempt,
        runtime=lambda w, attempt: 60 * attempt,
    params:
        settings=lambda w: plan.feature_settings(w.dataset),
        code=code_digest("extract_features"),
        made=lambda w, input: plan.made(input),
    script:
        "../workflow_scripts/extract_features.py"


rule features_all:
    input:
        [
            plan.data(name)
            for name, spec in study.datasets.items()
            if spec["kind"] == "features"
        ],
        known_results,
    localrule: True
