# L_IT: Information Transfer in bits. Entry of the workflow; rules are in rules/, science in lit/.
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.20")

# LLVM's test tool is also called lit: put this folder first, here and in every job.
ROOT = str(Path(workflow.basedir).resolve())
sys.path.insert(0, ROOT)
os.environ.update(
    PYTHONPATH=os.pathsep.join(filter(None, [ROOT, os.environ.get("PYTHONPATH")])),
    OMP_WAIT_POLICY="PASSIVE",
    MPLBACKEND="Agg",
    # Keep freed memory in the process: training asks for the same buffers at every step.
    MALLOC_MMAP_THRESHOLD_="1073741824",
    MALLOC_TRIM_THRESHOLD_="2147483648",
)

from lit.study.outputs import FIGURES, TABLES
from lit.errors import InputError
from lit.study.config_files import record_files
from lit.workflow.open_study import open_study
from lit.workflow.job_code import PLANNED, job_code
from lit.report.titles import said_of
from lit.workflow.resources import block_minutes, memory_mb, source_minutes
from lit.workflow.expected_files import all_paths, expected_files
from lit.workflow import fork_server, refuse_stale

# A study given with --configfile stands alone; the quick study is not merged into it.
if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml"


overrides, first = workflow.config_settings.config, workflow.is_main_process
try:
    plan, decoded_runs = open_study(config, workflow.configfiles, overrides, first)
    if first:
        os.environ[PLANNED] = plan.planned_code()
except InputError as error:
    raise WorkflowError(str(error))

study, paths = plan.study, plan.paths
config.clear()
config.update(study.config)  # jobs and what is published have it as it was read here
gpus = 1 if study.device == "cuda" else 0
# Used with --software-deployment-method conda.
environment = f"{ROOT}/envs/{'cuda' if gpus else 'cpu'}.yaml"


wildcard_constraints:
    dataset=r"[^/]+",
    run=r"[^/]+(--[^/]+){4}",
    recorded="|".join(map(re.escape, study.recorded)) or "none",
    source=r"[^/]+(early|memorise)",
    stage=r"[^/]+[.]task\d+",
    group=r"[0-9+-]+",
    analysis="|".join(map(re.escape, plan.results.analyses)) or "none",
    figure="|".join(map(re.escape, plan.results.figures)),
    start=r"\d+",
    stop=r"\d+",


include: "rules/common.smk"
include: "rules/data.smk"
include: "rules/source.smk"
include: "rules/sequence.smk"
include: "rules/code.smk"
include: "rules/measure.smk"
include: "rules/analyse.smk"
include: "rules/report.smk"
include: "rules/audit.smk"


rule all:
    """
    Target: everything that the study asks for. Makes nothing itself.
    """
    default_target: True
    input:
        rules.codelengths_all.input,
        rules.tables_all.input,
        rules.figures_all.input,
        rules.write_report.output,
    localrule: True


# All that can be wrong with data, models and sizes together is found here, before the first job.
onstart:
    launcher = []
    # Jobs of this machine that run in this Python are forks of one process, which has loaded torch.
    if workflow.local_exec and not workflow.deployment_settings.deployment_method:
        launcher = fork_server.start(min(study.threads, workflow.cores))
    if launcher:
        words = shlex.join(launcher).replace("{", "{{").replace("}", "}}")
        shell.prefix(f"set -euo pipefail; {words} ")
    done = subprocess.run(
        [
            *launcher,
            sys.executable,
            "-m",
            "lit.workflow.preflight",
            paths.checked(),
        ],
        input=plan.check_settings(),
        text=True,
    )
    if done.returncode:
        raise WorkflowError(
            "The study was not started; the error above says what to change."
        )
    record_files(workflow.configfiles, paths.origin())
    # Under its default limit of 100 starts a second the scheduler looks over all jobs that are
    # ready once more, a second later, for every job that has ended: by and by without a pause. A
    # limit of the user's stays.
    limit = workflow.scheduler.job_rate_limiter
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


onsuccess:
    if any(job.rule.name == "write_report" for job in workflow.dag.jobs):
        # Not above: it loads pandas.
        from lit.report.index import answer_of, write_index
        from lit.report.terminal import warnings_in

        print(f"\n{answer_of(paths.report())}\n")
        for said in warnings_in(Path(paths.report()).parents[1]):
            print(f"Warning: {said}")
        print(f"Report: {paths.report()}")
        print(f"All studies: {write_index('results')}")


onerror:
    print(
        "A job failed; its message is above and in the log it names. What is finished is kept:"
        " run the same command again."
    )
