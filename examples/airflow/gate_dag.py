"""A gate between training and deployment: its exit code decides, and its last line is the task's XCom."""

from datetime import datetime
from os import environ

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

# The folder of mlgate.yml.
PROJECT = environ.get("GATE_PROJECT", "/opt/airflow/project")

with DAG("mlgate_gate", start_date=datetime(2026, 1, 1), schedule=None, catchup=False):
    train = BashOperator(task_id="train", bash_command="echo trained")
    # No `--warn-exit-code` here: `skip_on_exit_code=3` would skip the deployment as well.
    gate = BashOperator(
        task_id="gate",
        cwd=PROJECT,
        bash_command="mlgate run --quiet --output json=report.json --summary-line",
        retries=0,
    )
    deploy = BashOperator(task_id="deploy", cwd=PROJECT, bash_command="cp report.json deployed")
    train >> gate >> deploy
