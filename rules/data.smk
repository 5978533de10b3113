# Data: from a config's entry to one checked HDF5 file a data set, and the checks that need data and models.
# Makes results/<study>/data/<dataset>.h5, features/<dataset>.h5 and data/checked.json.


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
        code=code_digest("prepare_dataset"),
    script:
        "../workflow_scripts/prepare_dataset.py"


rule extract_features:
    input:
        lambda w: plan.data(config["datasets"][w.dataset]["of"]),
    output:
        paths.features("{dataset}"),
    log:
        paths.log("extract_features", "{dataset}"),
    benchmark:
        paths.benchmark("extract_features", "{dataset}")
    conda:
        environment
    threads: 1
    resources:
        gpu=gpus,
        mem_mb=lambda w, attempt: 8000 * attempt,
        runtime=lambda w, attempt: 60 * attempt,
    params:
        settings=lambda w: plan.feature_settings(w.dataset),
        code=code_digest("extract_features"),
    script:
        "../workflow_scripts/extract_features.py"


# Everything that can be wrong with data, models and sizes together is found here, before any training.
# Jobs take its output as ancient(): checking a new arm reruns nothing that is finished.
rule check_study:
    input:
        plan.used_data(),
    output:
        paths.checked(),
    log:
        paths.log("check_study", "all"),
    conda:
        environment
    threads: 1
    resources:
        mem_mb=lambda w, attempt: 4000 * attempt,
        runtime=lambda w, attempt: 20 * attempt,
    params:
        settings=plan.check_settings(),
        code=code_digest("check_study"),
    script:
        "../workflow_scripts/check_study.py"


rule features_all:
    input:
        [
            plan.data(name)
            for name, spec in config["datasets"].items()
            if spec["kind"] == "features"
        ],
    localrule: True
