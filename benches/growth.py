"""Growth of the cost with the work: columns, rules, groups, clusters, slices, models, rows, remote rows.

    cargo build --release --locked
    pip install -r benches/requirements.txt moto[server]==5.2.5 boto3
    python benches/growth.py target/release/mlgate                    # all, at the three sizes of each
    python benches/growth.py target/release/mlgate --only wide --steps 2
    python benches/growth.py target/release/mlgate --write docs/performance.md

Every number is that of whole processes, which start, read the files, digest them and write their report. Seconds are CPU seconds of all
threads, which a busy machine changes less than elapsed ones; memory is the largest resident set. A step of ten times the work may cost at
most twelve times the CPU seconds, less those of a start; otherwise the program ends with 1. `ratio` compares a peer on the same files
with mlgate.

wide-checks   nulls, finite, range and type of each column, 10,000 rows             peers: DuckDB, Polars
wide-drift    PSI of each column against a file, 10,000 rows
wide-rules    a SQL rule for each of many columns, 10,000 rows
wide-init     `mlgate init` of a file of many columns, 2,000 rows
groups        gaps of four measures between groups, 1,000,000 rows                  peer of ten groups: benches/fairness_peers.py
clusters      intervals of accuracy and roc_auc over clusters, 1,000,000 rows
slices        four metrics in each slice, 1,000,000 rows
models        metrics of many models of one file each
paired        four metrics of two sides, three groupings and their gaps             peers of one table: benches/peers.py
long          35 checks of 20 columns in several files                              peers: DuckDB, Polars
remote        the same checks of one file on a local S3 server, beside the file itself
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import data_peers  # noqa: E402  the table of the schema checks, and its peers

WIDE_ROWS = 10_000
PART_ROWS = 10_000_000
FACTOR = 12


# What follows until `measured` runs in processes of its own, because libraries would count as mlgate's memory.


def make_wide(path: str, columns: str, rows: str, seed: str) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, rows = np.random.default_rng(int(seed)), int(rows)
    table = pa.table({f"x{at}": rng.normal(size=rows) for at in range(int(columns))})
    pq.write_table(table, path, compression="zstd", use_dictionary=False, row_group_size=max(rows // 4, 1))


def make_predictions(path: str, rows: str, groups: str, clusters: str) -> None:
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, rows = np.random.default_rng(5), int(rows)
    label = (rng.random(rows) < 0.3).astype(np.int8)
    before = 1 / (1 + np.exp(-(1.6 * label - 0.8 + rng.normal(size=rows))))
    columns = {
        "id": rng.permutation(rows),
        "label": label,
        "before": before,
        "score": np.clip(before + 0.05 * rng.normal(size=rows), 0, 1),
        "group": pa.array([f"g{at}" for at in range(int(groups))]).take(pa.array(rng.integers(0, int(groups), rows))),
        "sex": pa.array(["f", "m"]).take(pa.array(rng.integers(0, 2, rows))),
        "race": pa.array(list("abcde")).take(pa.array(rng.integers(0, 5, rows))),
        "cluster": rng.integers(0, int(clusters), rows),
    }
    pq.write_table(pa.table(columns), path, compression="zstd", row_group_size=122_880)


def duckdb_wide(path: str, columns: str) -> None:
    import duckdb

    names = [f"x{at}" for at in range(int(columns))]
    wanted = [f"count(*) - count({name}), count(*) FILTER (NOT isfinite({name}))" for name in names]
    wanted += [f"count(*) FILTER (NOT ({name} BETWEEN -100 AND 100))" for name in names]
    assert len(duckdb.connect().execute(f"SELECT {','.join(wanted)} FROM '{path}'").fetchone()) == 3 * len(names)


def polars_wide(path: str, columns: str) -> None:
    import polars as pl

    every = pl.all()
    wanted = [every.null_count().name.prefix("n"), (~every.is_finite()).sum().name.prefix("f")]
    wanted += [(~every.is_between(-100, 100)).sum().name.prefix("r")]
    assert pl.scan_parquet(path).select(wanted).collect(engine="streaming").width == 3 * int(columns)


def upload(endpoint: str, path: str) -> None:
    import boto3

    keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "us-east-1"}
    store = boto3.client("s3", endpoint_url=endpoint, **keys)
    store.create_bucket(Bucket="bucket")
    store.upload_file(path, "bucket", "table.parquet")


def measured(command: list[str], environment: dict[str, str] | None = None) -> tuple[float, float, float]:
    """Returns CPU seconds, elapsed seconds and the largest resident set in MB of a process that must come to a verdict."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | (environment or {}))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), f"{command} ended with {process.returncode}"
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024


def own(name: str, *rest: object) -> list[str]:
    return [sys.executable, __file__, "--part", name, *map(str, rest)]


class Bench:
    """The files of one run, and the commands over them."""

    def __init__(self, binary: str, folder: Path):
        self.binary, self.folder = binary, folder

    def made(self, name: str, *command: object) -> Path:
        path = self.folder / name
        if not path.exists():
            subprocess.run(own(str(command[0]), path, *command[1:]), check=True)
        return path

    def config(self, name: str, text: str) -> list[str]:
        path = self.folder / f"{name}.yml"
        path.write_text(f"version: 1\n{text}")
        return [self.binary, "run", "--quiet", "--format", "json", "--config", str(path)]

    def wide(self, columns: int, seed: int = 1, rows: int = WIDE_ROWS) -> Path:
        return self.made(f"wide-{columns}-{rows}-{seed}.parquet", "make_wide", columns, rows, seed)

    def predictions(self, rows: int, groups: int = 10, clusters: int = 1000) -> Path:
        return self.made(f"predictions-{rows}-{groups}-{clusters}.parquet", "make_predictions", rows, groups, clusters)

    def wide_checks(self, columns: int):
        path = self.wide(columns)
        lines = '      "*": {nulls: 0, finite: true, range: [-100, 100], type: float64}\n'
        command = self.config("wide-checks", f"data:\n  t:\n    path: {path}\n    columns:\n{lines}")
        return command, {"DuckDB": own("duckdb_wide", path, columns), "Polars": own("polars_wide", path, columns)}

    def wide_drift(self, columns: int):
        paths = f"    path: {self.wide(columns, 2)}\n    baseline_path: {self.wide(columns)}\n"
        return self.config("wide-drift", f'data:\n  t:\n{paths}    columns:\n      "*": {{psi: 0.5}}\n'), {}

    def wide_rules(self, columns: int):
        rules = (f'      r{at}: "x{at} + x{(at + 1) % columns} < 1000 AND x{at} > -500"\n' for at in range(columns))
        return self.config("wide-rules", f"data:\n  t:\n    path: {self.wide(columns)}\n    rules:\n{''.join(rules)}"), {}

    def wide_init(self, columns: int):
        target = self.folder / "init.yml"
        target.unlink(missing_ok=True)
        return [self.binary, "init", str(self.wide(columns, 1, 2_000)), "--config", str(target)], {}

    def model(self, path: Path, lines: str, name: str = "m") -> str:
        return f"  {name}:\n    predictions: {path}\n    label: label\n    score: score\n{lines}"

    def groups(self, groups: int):
        rates = ["selection_rate", "true_positive_rate", "false_positive_rate", "accuracy"]
        rates = ", ".join(f"{rate}: {{max_gap: 0.5}}" for rate in rates)
        lines = f"    fairness:\n      by: [group]\n      rates: {{{rates}}}\n"
        return self.config("groups", "models:\n" + self.model(self.predictions(1_000_000, groups), lines)), {}

    def clusters(self, clusters: int):
        lines = "    cluster: cluster\n    metrics: {accuracy: {min: 0.1}, roc_auc: {min: 0.1}}\n"
        path = self.predictions(1_000_000, 10, clusters)
        return self.config("clusters", "models:\n" + self.model(path, lines)), {}

    def slices(self, slices: int):
        limits = {"accuracy": "min: 0.01", "log_loss": "max: 99", "roc_auc": "min: 0.01", "f1": "min: 0.01"}
        metrics = ", ".join(f"{name}: {{{limit}, slices: all}}" for name, limit in limits.items())
        lines = f"    slices: [group]\n    metrics: {{{metrics}}}\n"
        return self.config("slices", "models:\n" + self.model(self.predictions(1_000_000, slices), lines)), {}

    def models(self, models: int):
        path, lines = self.predictions(100_000), "    metrics: {accuracy: {min: 0.1}, log_loss: {max: 9}, roc_auc: {min: 0.1}}\n"
        return self.config("models", "models:\n" + "".join(self.model(path, lines, f"m{at}") for at in range(models))), {}

    def paired(self, rows: int):
        sides = "    baseline: {score: before}\n    key: id\n"
        metrics = "{accuracy: {max_drop: 50%}, log_loss: {max_drop: 9}, roc_auc: {max_drop: 50%}, f1: {max_drop: 50%}}"
        rates = "{selection_rate: {max_gap: 0.9}, true_positive_rate: {max_gap: 0.9}, roc_auc: {max_gap: 0.9}}"
        lines = f"{sides}    metrics: {metrics}\n    fairness:\n      by: [sex, race, [sex, race]]\n      rates: {rates}\n"
        return self.config("paired", "models:\n" + self.model(self.predictions(rows), lines)), {}

    def long_table(self, rows: int) -> Path:
        folder = self.folder / f"long-{rows}"
        folder.mkdir(exist_ok=True)
        for at, first in enumerate(range(0, rows, PART_ROWS)):
            path = folder / f"{at:03}.parquet"
            if not path.exists():
                make = [sys.executable, data_peers.__file__, "--peer", "make", path, min(PART_ROWS, rows - first), 3 + at, 0.0]
                subprocess.run(list(map(str, make)), check=True)
        return folder

    def long(self, rows: int):
        folder = self.long_table(rows)
        # The ids begin again in every part.
        text = data_peers.schema_config(folder).removeprefix("version: 1\n")
        text = text if rows <= PART_ROWS else text.replace(", unique: true", "")
        peer = lambda name: [sys.executable, data_peers.__file__, "--peer", name, str(folder / "*.parquet")]
        return self.config("long", text), {"DuckDB": peer("duckdb"), "Polars": peer("polars")}


SIZES = {
    "wide-checks": [100, 1_000, 10_000],
    "wide-drift": [50, 500, 5_000],
    "wide-rules": [100, 1_000, 10_000],
    "wide-init": [100, 1_000, 10_000],
    "groups": [10, 100, 1_000],
    "clusters": [10_000, 100_000, 1_000_000],
    "slices": [10, 100, 1_000],
    "models": [4, 40],
    "paired": [100_000, 1_000_000, 10_000_000],
    "long": [1_000_000, 10_000_000, 100_000_000],
}


def row(name: str, size: int, found: tuple[float, float, float], before: float | None, ratios: dict[str, float]) -> str:
    cpu, elapsed, memory = found
    step = f"{cpu / before:.1f}×" if before else ""
    beside = ", ".join(f"{peer} {ratio:.1f}" for peer, ratio in ratios.items())
    return f"| {name} | {size:,} | {cpu:.2f} | {elapsed:.2f} | {memory:,.0f} | {step} | {beside} |"


def grown(bench: Bench, name: str, sizes: list[int], rounds: int) -> tuple[list[str], str, bool]:
    """Returns the rows of a bench, its curve, and whether each step costs in proportion."""
    best = lambda command: min(measured(command) for _ in range(rounds))
    start, costs, lines, is_linear = best([bench.binary, "--version"])[0], [], [], True
    for size in sizes:
        command, peers = getattr(bench, name.replace("-", "_"))(size)
        if name == "wide-init":
            found = measured(command)
        else:
            found = best(command)
        ratios = {peer: best(of)[0] / found[0] for peer, of in peers.items()}
        before = costs[-1] if costs else None
        lines.append(row(name, size, found, before, ratios))
        print(lines[-1], flush=True)
        if before:
            step = size / sizes[len(costs) - 1]
            is_linear &= found[0] - start <= max(FACTOR / 10 * step * max(before - start, 0.05), 0.05)
        costs.append(found[0])
    most = max(costs)
    curve = "\n".join(f"{size:>13,} {'█' * max(1, round(40 * cost / most))} {cost:.2f} s" for size, cost in zip(sizes, costs))
    return lines, f"{name}\n{curve}", is_linear


def remote(bench: Bench, rows: int, rounds: int) -> list[str]:
    """Compares the checks of one file with those of the same file on a local S3 server."""
    path = bench.long_table(rows) / "000.parquet"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(["moto_server", "--port", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        subprocess.run(own("upload", endpoint, path), check=True)
        keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_REGION": "us-east-1"}
        environment = keys | {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true"}
        text = lambda where: data_peers.schema_config(where).removeprefix("version: 1\n")
        best = lambda command: min((measured(command, environment) for _ in range(rounds)), key=lambda found: found[1])
        local = best(bench.config("local", text(path)))
        far = best(bench.config("remote", text("s3://bucket/table.parquet")))
        copied = best(["curl", "--silent", "--output", os.devnull, f"{endpoint}/bucket/table.parquet"])
    finally:
        server.terminate()
        server.wait()
    lines = [row("local", rows, local, None, {}), row("remote", rows, far, None, {"transfer alone, elapsed": copied[1]})]
    print("\n".join(lines), flush=True)
    return lines


HEAD = ["| bench | size | CPU s | elapsed s | MB | step | peers, times mlgate |", "|---|---|---|---|---|---|---|"]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("binary", type=Path)
    arguments.add_argument("--only", action="append", default=[], help="a bench, or the beginning of some")
    arguments.add_argument("--steps", type=int, default=3, help="of the sizes of each bench, the smallest first")
    arguments.add_argument("--rounds", type=int, default=1)
    arguments.add_argument("--folder", type=Path, help="where the files are made, and kept for the next time")
    arguments.add_argument("--write", type=Path, help="a page for the tables and curves")
    given = arguments.parse_args()
    is_wanted = lambda name: not given.only or any(name.startswith(only) for only in given.only)
    with tempfile.TemporaryDirectory() as made:
        folder = (given.folder or Path(made)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(str(given.binary.resolve()), folder)
        print("\n".join(HEAD))
        lines, curves, broken = list(HEAD), [], []
        for name in filter(is_wanted, SIZES):
            found, curve, is_linear = grown(bench, name, SIZES[name][: given.steps], given.rounds)
            lines += found
            curves.append(curve)
            broken += [] if is_linear else [name]
        if is_wanted("remote"):
            lines += remote(bench, 1_000_000, given.rounds)
    if given.write:
        page = f"# Performance\n\n<!-- Written by benches/growth.py. -->\n\nMeasured on {os.cpu_count()} cores, with a load of {os.getloadavg()[1]:.1f}.\n"
        given.write.write_text(page + "\n" + "\n".join(lines) + "\n\n```text\n" + "\n\n".join(curves) + "\n```\n")
    if broken:
        sys.exit(f"these cost more than {FACTOR} times for ten times the work: {', '.join(broken)}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--part"]:
        parts = {made.__name__: made for made in (make_wide, make_predictions, duckdb_wide, polars_wide, upload)}
        parts[sys.argv[2]](*sys.argv[3:])
    else:
        main()
