"""Runs the pipeline of ../kubeflow on Vertex AI, and ends with its verdict. PROJECT, REGION, BUCKET and FOLDER are yours."""

import os
import sys
import tempfile
from pathlib import Path

from google.cloud import aiplatform
from kfp import compiler

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "kubeflow"))

from pipeline import pipeline  # noqa: E402


def job(folder: str) -> aiplatform.PipelineJob:
    """Returns the job that runs the compiled pipeline on a folder, such as `/gcs/BUCKET/candidate`."""
    template = os.path.join(tempfile.mkdtemp(), "pipeline.yaml")
    compiler.Compiler().compile(pipeline, template)
    return aiplatform.PipelineJob(
        display_name="mlgate-gate",
        template_path=template,
        pipeline_root=f"gs://{os.environ['BUCKET']}/pipelines",
        parameter_values={"project": folder},
        # Not `None`, which takes the setting of each task, and never True.
        enable_caching=False,
        # The first task that fails ends the run.
        failure_policy="fast",
    )


def main() -> int:
    aiplatform.init(project=os.environ["PROJECT"], location=os.environ["REGION"])
    # Raises unless the run has succeeded.
    job(os.environ["FOLDER"]).run(sync=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
