"""The same measurements by mlgate and by other libraries on the same file.

    cargo build --release --locked
    pip install -r fixtures/requirements.txt
    python benches/peers.py target/release/mlgate [ROWS]

mlgate is run as users run it: one process that starts, reads the files, pairs the rows by key and writes its report.
The libraries only compute: arrays are in memory and already aligned. A few of their resamples are run, and the time for
10,000 is computed from these; the column `seconds` marks such times with `~`.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, selection_rate, true_positive_rate
from sklearn import metrics

RESAMPLES = 10_000
RUN = 5  # of the libraries' resamples
CONFIG = """\
version: 1
models:
  income:
    predictions: candidate.parquet
    baseline_predictions: baseline.parquet
    key: id
    label: label
    score: score
    metrics:
      accuracy: {max_drop: 0.01}
      f1:       {max_drop: 0.01}
      roc_auc:  {max_drop: 0.01}
      log_loss: {max_drop: 0.01}
"""
FAIRNESS = """\
    fairness:
      by: [group]
      rates:
        selection_rate:     {min_ratio: 0.8}
        true_positive_rate: {max_gap: 0.1}
"""


def make(folder: Path, rows: int) -> pd.DataFrame:
    """Returns two models that share most of their error, and ten groups; the candidate's rows are in another order."""
    rng = np.random.default_rng(20240229)
    logit = rng.normal(size=rows)
    shared = rng.normal(size=rows)
    scores = [1 / (1 + np.exp(-(logit + 0.7 * shared + 0.3 * rng.normal(size=rows)))) for _ in range(2)]
    frame = pd.DataFrame(
        {
            "id": np.arange(rows),
            "label": (rng.random(rows) < 1 / (1 + np.exp(-2 * logit))).astype(np.int64),
            "group": rng.integers(0, 10, rows).astype(str),
            "candidate": scores[0],
            "baseline": scores[1],
        }
    )
    for side in ("candidate", "baseline"):
        part = frame[["id", "label", "group", side]].rename(columns={side: "score"})
        part = part.sample(frac=1, random_state=1) if side == "candidate" else part
        part.to_parquet(folder / f"{side}.parquet", index=False)
    return frame


def timed(job, least=3) -> float:
    """Returns the shortest of a few runs, in seconds."""
    times = []
    for _ in range(least):
        start = time.perf_counter()
        job()
        times.append(time.perf_counter() - start)
    return min(times)


def mlgate(binary: str, folder: Path, config: str) -> float:
    (folder / "mlgate.yml").write_text(config)

    def run():
        command = [binary, "run", "--config", str(folder / "mlgate.yml"), "--format", "json"]
        done = subprocess.run(command, capture_output=True, check=False)
        report = json.loads(done.stdout)
        assert report["counts"]["error"] == 0 and report["counts"]["not_applicable"] == 0, done.stdout[-2000:]

    return timed(run)


def scikit_learn(frame: pd.DataFrame) -> float:
    label, ours, theirs = (frame[name].to_numpy() for name in ("label", "candidate", "baseline"))
    scorers = [
        lambda y, s: metrics.accuracy_score(y, s >= 0.5),
        lambda y, s: metrics.f1_score(y, s >= 0.5),
        metrics.roc_auc_score,
        metrics.log_loss,
    ]
    rng = np.random.default_rng(1)

    def resample():
        rows = rng.integers(0, len(label), len(label))
        for scorer in scorers:
            scorer(label[rows], ours[rows]) - scorer(label[rows], theirs[rows])

    return timed(resample, RUN) * RESAMPLES


def fairlearn(frame: pd.DataFrame) -> float:
    label, group = frame["label"].to_numpy(), frame["group"].to_numpy()
    predicted = (frame["candidate"].to_numpy() >= 0.5).astype(int)
    rates = {"selection_rate": selection_rate, "true_positive_rate": true_positive_rate}

    def compare(count):
        MetricFrame(
            metrics=rates,
            y_true=label,
            y_pred=predicted,
            sensitive_features=group,
            n_boot=count,
            ci_quantiles=[0.025, 0.975],
            random_state=1,
        ).difference_ci()

    return timed(lambda: compare(RUN), 1) / RUN * RESAMPLES


def main() -> None:
    binary = str(Path(sys.argv[1]).resolve())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        frame = make(folder, rows)
        ours, both = mlgate(binary, folder, CONFIG), mlgate(binary, folder, CONFIG + FAIRNESS)
        paired, groups = scikit_learn(frame), fairlearn(frame)
    print(f"{rows:,} paired rows, {RESAMPLES:,} resamples, least of several runs\n")
    print(f"{'':46}{'seconds':>12}  {'times mlgate':>12}")
    print(f"{'mlgate, 4 metrics paired':46}{ours:>12.3f}  {1:>12}")
    print(f"{'scikit-learn + NumPy, the same bootstrap':46}{'~' + format(paired, ',.0f'):>12}  {paired / ours:>12,.0f}")
    print(f"{'mlgate, with 2 rates over 10 groups':46}{both:>12.3f}  {1:>12}")
    print(f"{'Fairlearn, bootstrap of the 2 rates alone':46}{'~' + format(groups, ',.0f'):>12}  {groups / both:>12,.0f}")


if __name__ == "__main__":
    main()
