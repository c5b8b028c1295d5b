"""A pipeline of Kubeflow whose deployment waits for the gate. `python pipeline.py` compiles it to pipeline.yaml."""

import os

from kfp import compiler, dsl

# Python with `pip install mlgate`, named by the digest that you have reviewed.
IMAGE = os.environ.get("GATE_IMAGE", "registry.example.org/ml/python-mlgate@sha256:" + 64 * "0")


@dsl.component(base_image=IMAGE)
def gate(project: str, report: dsl.Output[dsl.Artifact]) -> int:
    """Runs mlgate in the folder of mlgate.yml, and returns its exit code. Without a report of this run the task fails."""
    import json
    import subprocess

    code = subprocess.run(["mlgate", "run", "--quiet", "--output", f"json={report.path}"], cwd=project).returncode
    with open(report.path, encoding="utf-8") as file:
        found = json.load(file)
    if found["exit_code"] != code:
        raise RuntimeError(f"mlgate ended with {code}, and its report says {found['exit_code']}")
    report.metadata["verdict"] = found["verdict"]
    return code


@dsl.component(base_image=IMAGE)
def deploy(project: str):
    """Stands for your deployment."""
    import pathlib

    pathlib.Path(project, "deployed").touch()


@dsl.component(base_image=IMAGE)
def refuse(code: int):
    """Fails, so that the run is not a success without a deployment."""
    raise RuntimeError(f"mlgate ended with {code}")


@dsl.pipeline(name="mlgate-gate")
def pipeline(project: str):
    judged = gate(project=project)
    # The same config may compare with another baseline today.
    judged.set_caching_options(False)
    with dsl.If(judged.outputs["Output"] == 0):
        deploy(project=project).set_caching_options(False)
    with dsl.Else():
        refuse(code=judged.outputs["Output"]).set_caching_options(False)


if __name__ == "__main__":
    compiler.Compiler().compile(pipeline, "pipeline.yaml")
