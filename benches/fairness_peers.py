"""Four measures of ten groups with intervals, by mlgate and by other libraries on the same rows.

    cargo build --release --locked
    pip install fairlearn==0.15.0 pandas pyarrow
    python benches/fairness_peers.py target/release/mlgate [ROWS]

mlgate is run as users run it: one process that starts, reads the file, draws 10,000 resamples and writes its report. The
others only compute, on arrays that are in memory. Fairlearn's own bootstrap (`MetricFrame(n_boot=…)`) is run on 100,000 rows
with a few resamples, and NumPy's on all rows with a few; their times for 10,000 resamples are computed from those and marked
`~`. Fairlearn's time for all rows is not extrapolated: its time on 100,000 rows is compared.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
from sklearn.metrics import accuracy_score

RESAMPLES = 10_000
FAIRLEARN_ROWS = 100_000
FAIRLEARN_RESAMPLES = 4
NUMPY_RESAMPLES = 10
CONFIG = Path(__file__).with_name("fairness.yml")


def make(rows: int) -> pd.DataFrame:
    """Returns two sexes and five races of unequal sizes, one of them with slightly lower scores."""
    rng = np.random.default_rng(20261125)
    sex = rng.choice(["f", "m"], rows, p=[0.45, 0.55])
    race = rng.choice(list("abcde"), rows, p=[0.6, 0.2, 0.1, 0.07, 0.03])
    label = (rng.random(rows) < 0.35).astype(np.int64)
    logit = 1.6 * label - 0.8 - 0.2 * (race == "c") + rng.normal(size=rows)
    return pd.DataFrame({"label": label, "candidate_score": 1 / (1 + np.exp(-logit)), "sex": sex, "race": race})


def timed(job, runs: int) -> float:
    """Returns the shortest of a few runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return min(times)


def mlgate(binary: str, frame: pd.DataFrame) -> float:
    with tempfile.TemporaryDirectory() as folder:
        frame.to_parquet(Path(folder) / "rows.parquet", index=False)
        (Path(folder) / "mlgate.yml").write_text(CONFIG.read_text())

        def run():
            command = [binary, "run", "--config", f"{folder}/mlgate.yml", "--format", "json", "--quiet"]
            report = json.loads(subprocess.run(command, capture_output=True, check=False).stdout)
            assert len(report["gates"]) == 4 and report["counts"]["error"] == 0, report["counts"]
            assert all(len(gate["groups"]) == 10 for gate in report["gates"])

        return timed(run, 5)


def fairlearn(frame: pd.DataFrame) -> float:
    """Returns the seconds for one resample."""
    frame = frame.head(FAIRLEARN_ROWS)
    predicted = (frame["candidate_score"] >= 0.5).astype(int)
    rates = {
        "selection_rate": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
        "accuracy": accuracy_score,
    }

    def compare():
        MetricFrame(
            metrics=rates,
            y_true=frame["label"],
            y_pred=predicted,
            sensitive_features=frame[["sex", "race"]],
            n_boot=FAIRLEARN_RESAMPLES,
            ci_quantiles=[0.025, 0.975],
            random_state=1,
        ).difference_ci()

    return timed(compare, 1) / FAIRLEARN_RESAMPLES


def numpy(frame: pd.DataFrame) -> float:
    """Returns the seconds for one resample of a hand-vectorised bootstrap of rows."""
    group = pd.factorize(frame["sex"] + frame["race"])[0]
    label, predicted = frame["label"].to_numpy(), (frame["candidate_score"] >= 0.5).to_numpy(int)
    code, rng, rows = group * 4 + label * 2 + predicted, np.random.default_rng(1), len(frame)
    groups = group.max() + 1

    def compare():
        for _ in range(NUMPY_RESAMPLES):
            cells = np.bincount(code[rng.integers(0, rows, rows)], minlength=4 * groups).reshape(groups, 2, 2)
            n = cells.sum((1, 2))
            rates = [cells[:, :, 1].sum(1) / n, cells[:, 1, 1] / cells[:, 1].sum(1), cells[:, 0, 1] / cells[:, 0].sum(1)]
            rates.append((cells[:, 0, 0] + cells[:, 1, 1]) / n)
            [rate.max() - rate.min() for rate in rates]

    return timed(compare, 1) / NUMPY_RESAMPLES


def main() -> None:
    binary = str(Path(sys.argv[1]).resolve())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    frame = make(rows)
    ours, few = mlgate(binary, frame), mlgate(binary, frame.head(FAIRLEARN_ROWS))
    theirs, by_hand = fairlearn(frame), numpy(frame)
    print(f"10 groups, 4 measures, {RESAMPLES:,} resamples, seconds\n")
    for what, seconds, sign, over in [
        (f"mlgate, {rows:,} rows, from the file to the report", ours, "", ours),
        (f"NumPy by hand, {rows:,} rows", by_hand * RESAMPLES, "~", ours),
        (f"mlgate, {FAIRLEARN_ROWS:,} rows, from the file to the report", few, "", few),
        (f"Fairlearn's bootstrap, {FAIRLEARN_ROWS:,} rows", theirs * RESAMPLES, "~", few),
        (f"Fairlearn's bootstrap, {FAIRLEARN_ROWS:,} rows, 100 resamples", theirs * 100, "~", few),
    ]:
        shown = f"{sign}{seconds:,.3f}" if seconds < 100 else f"{sign}{seconds:,.0f}"
        print(f"{what:62}{shown:>12}{seconds / over:>14,.0f} ×")


if __name__ == "__main__":
    main()
