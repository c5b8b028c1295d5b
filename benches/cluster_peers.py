"""The same data checks by mlgate, by a cluster of mlgate on one machine, and by Spark.

    cargo build --release --locked && cargo build --release --locked --manifest-path cluster/Cargo.toml
    pip install -r benches/cluster-requirements.txt
    python benches/cluster_peers.py target/release/mlgate cluster/target/release/mlgate-cluster [ROWS]

Spark runs in local mode with as many threads as there are cores. It is asked for the aggregates that Deequ's analyzers of the
same checks are: completeness, compliance, mean, standard deviation, minimum and maximum, approximate quantile, and a
grouping for uniqueness. All executors run on this machine, so the table shows what a cluster costs and not what it gains; where
the files lie on one disk and the cores are the same, nothing can be gained.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FILES = 8
COLUMNS = 8
CONFIG = """\
version: 1
data:
  rows:
    path: rows
    rows: ">= 1"
    columns:
      id: {nulls: 0, unique: true}
      kind: {nulls: "< 10%", in: [a, b, c, d, e]}
"""
LINE = '      x{at}: {{nulls: "< 50%", finite: true, range: [-1000, 1000], mean: "> -10", stddev: "> 0"}}\n'


def make(folder: Path, rows: int) -> int:
    """Writes the table in several files, and returns their size in bytes."""
    rng = np.random.default_rng(20261201)
    (folder / "rows").mkdir()
    each = rows // FILES
    for file in range(FILES):
        columns = {"id": np.arange(file * each, (file + 1) * each), "kind": rng.choice(list("abcde"), each)}
        for at in range(COLUMNS):
            values = rng.normal(at, 3, each)
            columns[f"x{at}"] = pa.array(values, mask=rng.random(each) < 0.05)
        pq.write_table(pa.table(columns), folder / f"rows/{file}.parquet", row_group_size=1 << 18)
    (folder / "mlgate.yml").write_text(CONFIG + "".join(LINE.format(at=at) for at in range(COLUMNS)))
    return sum(file.stat().st_size for file in (folder / "rows").iterdir())


def timed(job, least: int = 3) -> tuple[float, object]:
    """Returns the shortest of a few runs, in seconds, and the last result."""
    times, result = [], None
    for _ in range(least):
        start = time.perf_counter()
        result = job()
        times.append(time.perf_counter() - start)
    return min(times), result


def run(command: list[str], folder: Path) -> str:
    environment = {**os.environ, "MLGATE_NOW": "2026-12-01T00:00:00Z"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)
    assert done.stdout, done.stderr
    counts = json.loads(done.stdout)["counts"]
    assert counts["error"] == counts["fail"] == 0 and not done.stderr, done.stdout[-2000:] + done.stderr
    return done.stdout


def serve(command: list[str]) -> tuple[subprocess.Popen, str]:
    """Starts a process, and returns it with the first line that it writes."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    return process, process.stderr.readline()


def on_cluster(program: str, folder: Path, executors: int, threads: int) -> tuple[float, str]:
    scheduler, said = serve([program, "scheduler", "--port", "0"])
    place = re.search(r"df://\S+", said).group()
    started = [scheduler]
    try:
        for _ in range(executors):
            command = [program, "executor", "--cluster", place, "--port", "0", "--threads", str(threads), "--data", str(folder)]
            started.append(serve(command)[0])
        command = [program, "run", "--cluster", place, "--cluster-min-size", "0", "--format", "json"]
        return timed(lambda: run(command, folder))
    finally:
        for process in started:
            process.kill()
            process.wait()


def spark(folder: Path, cores: int) -> tuple[float, float]:
    """Returns the seconds until Spark is ready, and those of the aggregates."""
    from pyspark.sql import SparkSession
    from pyspark.sql import functions as f

    start = time.perf_counter()
    session = (
        SparkSession.builder.master(f"local[{cores}]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.shuffle.partitions", str(cores * 4))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    ready = time.perf_counter() - start

    def checks():
        table = session.read.parquet(str(folder / "rows"))
        asked = [f.count(f.lit(1)), f.count("id"), f.count("kind"), f.sum(f.col("kind").isin(*"abcde").cast("long"))]
        for at in range(COLUMNS):
            column = f.col(f"x{at}")
            asked += [f.count(column), f.sum((~f.isnan(column)).cast("long")), f.sum(column.between(-1000, 1000).cast("long"))]
            asked += [f.mean(column), f.stddev_pop(column), f.min(column), f.max(column)]
        row = table.agg(*[one.alias(f"m{at}") for at, one in enumerate(asked)]).collect()[0]
        counted = table.groupBy("id").count().agg(f.count(f.lit(1)), f.sum((f.col("count") == 1).cast("long"))).collect()[0]
        assert row[0] == counted[1], (row, counted)
        return row

    seconds, _ = timed(checks)
    session.stop()
    return ready, seconds


def main() -> None:
    alone, program = (str(Path(given).resolve()) for given in sys.argv[1:3])
    rows = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000_000
    cores = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        size = make(folder, rows)
        print(f"{rows:,} rows, {COLUMNS + 2} columns, {FILES} files, {size / 1e6:.0f} MB, {cores} cores, load {os.getloadavg()[0]:.1f}")
        one, report = timed(lambda: run([alone, "run", "--format", "json"], folder))
        found = [("mlgate, one process", one)]
        for executors, threads in [(1, cores), (cores, 1), (3, 1)]:
            seconds, other = on_cluster(program, folder, executors, threads)
            assert other == report, "the report of the cluster is another one"
            found.append((f"cluster, {executors} executor(s) of {threads} thread(s)", seconds))
        ready, seconds = spark(folder, cores)
        found.append((f"Spark, local[{cores}], the aggregates alone", seconds))
        found.append((f"Spark, local[{cores}], with the start of the JVM", ready + seconds))
    for name, seconds in found:
        print(f"{name:48} {seconds:7.2f} s {seconds / one:6.2f} ×")


main()
