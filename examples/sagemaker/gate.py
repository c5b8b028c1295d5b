"""Runs mlgate as a processing job of SageMaker, and approves or rejects a version of a model by what comes out.

    gate.py PROJECT-S3-URI REPORTS-S3-URI MODEL-PACKAGE-ARN      # with GATE_IMAGE, GATE_ROLE and the credentials of AWS
"""

import hashlib
import json
import os
import sys
import time
import uuid
from urllib.parse import urlparse

import boto3

PROCESSING = "/opt/ml/processing"


def request(name: str, project: str, reports: str) -> dict:
    """Returns the job: the project of mlgate.yml comes from one prefix of S3, and reports go to another, named by the job."""
    return {
        "ProcessingJobName": name,
        "RoleArn": os.environ["GATE_ROLE"],
        "AppSpecification": {
            # mlgate's image in your own registry, by the digest that you have reviewed.
            "ImageUri": os.environ["GATE_IMAGE"],
            "ContainerEntrypoint": ["/usr/bin/mlgate"],
            "ContainerArguments": [
                "run", "--quiet", "--config", f"{PROCESSING}/input/project/mlgate.yml",
                "--output", f"json={PROCESSING}/output/report.json",
                "--output", f"html={PROCESSING}/output/report.html",
            ],
        },
        "ProcessingInputs": [
            {
                "InputName": "project",
                "S3Input": {"S3Uri": project, "LocalPath": f"{PROCESSING}/input/project", "S3DataType": "S3Prefix", "S3InputMode": "File"},
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "reports",
                    # Continuous, because the reports of a job that fails are wanted, too.
                    "S3Output": {"S3Uri": f"{reports}/{name}", "LocalPath": f"{PROCESSING}/output", "S3UploadMode": "Continuous"},
                }
            ]
        },
        "ProcessingResources": {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.large", "VolumeSizeInGB": 10}},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        "NetworkConfig": {"EnableNetworkIsolation": True},
    }


def judged(name: str) -> "tuple[bool, str]":
    """Returns whether the job of this name has let the version pass, and the reason."""
    job = boto3.client("sagemaker").describe_processing_job(ProcessingJobName=name)
    status = job["ProcessingJobStatus"]
    if status != "Completed":
        return False, f"mlgate {name}: {status} {job.get('ExitMessage', '')}".rstrip()
    place = urlparse(job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] + "/report.json")
    try:
        body = boto3.client("s3").get_object(Bucket=place.netloc, Key=place.path.lstrip("/"))["Body"].read()
    except boto3.client("s3").exceptions.NoSuchKey:
        return False, f"mlgate {name}: no report"
    report = json.loads(body)
    return report["exit_code"] == 0, f"mlgate {name}: {report['verdict']}, report sha256:{hashlib.sha256(body).hexdigest()}"


def note(package: str, passed: bool, reason: str) -> None:
    """Approves or rejects the version, with the reason beside it."""
    boto3.client("sagemaker").update_model_package(
        ModelPackageArn=package, ModelApprovalStatus="Approved" if passed else "Rejected", ApprovalDescription=reason[:1024]
    )


def main(project: str, reports: str, package: str) -> int:
    sagemaker, name = boto3.client("sagemaker"), f"mlgate-{uuid.uuid4()}"
    sagemaker.create_processing_job(**request(name, project, reports))
    while sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"] in ("InProgress", "Stopping"):
        time.sleep(15)
    passed, reason = judged(name)
    note(package, passed, reason)
    print(reason)
    return int(not passed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
