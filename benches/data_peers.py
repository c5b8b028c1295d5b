"""Checks of a table, and drift from a stored baseline: mlgate and other libraries on the same files.

    cargo build --release --locked --bin mlgate --bench decode
    pip install -r benches/requirements.txt
    python benches/data_peers.py target/release/mlgate --decode target/release/deps/decode-…

Every time is that of a whole process, which starts, reads the files and prints its results; mlgate also digests the files and
writes its report. The programs take turns, and the shortest of the rounds counts. Memory is the largest resident set.

schema   35 checks of 20 columns: nulls, ranges, sets, a regular expression, two unique keys, rows
drift    14 columns against a baseline: PSI, KS and W1 of 9 columns of numbers, Cramér's V of 5 of categories. mlgate reads the
         baseline that `mlgate bless` stored; the libraries need the rows of both sides.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# Libraries are imported where they are used, because this process' memory would be counted as its children's.

GROUP = 122_880  # rows of a row group
STATES = ["CA", "NY", "TX", "FL", "WA", "IL", "PA", "OH", "GA", "NC"]
NUMBERS = ["age", "income", "score_a", "score_b", "utilization", "num_accounts", "delinquencies", "balance", "months_since"]
CATEGORIES = ["state", "housing", "sex", "race", "is_homeowner"]
COLUMNS = """id customer_id age income score_a score_b utilization num_accounts delinquencies balance months_since state housing sex
race email is_homeowner opened_on updated_at label""".split()
SOME_NULLS = {"age": 0.05, "months_since": 0.25}
RANGES = {
    "age": (18, 100),
    "income": (0, 1e12),
    "utilization": (0, 1),
    "num_accounts": (0, 100),
    "delinquencies": (0, 20),
    "balance": (0, 1e6),
}
SETS = {
    "state": STATES,
    "housing": ["rent", "own", "mortgage", "other"],
    "sex": ["female", "male"],
    "race": ["a", "b", "c", "d", "e"],
    "label": [0, 1],
}
PATTERN = r"^user\d+@example\.com$"
UNIQUE = ["id", "customer_id"]


def part(rng, first: int, rows: int, shift: float):
    """Returns rows of a table of loans; `first` is the id of the first row."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    ids = np.arange(first, first + rows)
    text = lambda numbers: pc.cast(pa.array(numbers), pa.string())
    choice = lambda values, at: pa.array(values).take(pa.array(at.astype(np.int64)))
    some = lambda values, share: pa.array(values, mask=rng.random(rows) < share)
    whole = lambda most: rng.integers(0, most, rows)
    micros = np.datetime64("2025-01-01T00:00:00", "us") + whole(31_536_000).astype("timedelta64[s]")
    return pa.table(
        {
            "id": ids,
            # A permutation, so that different ids have different customers, in no order.
            "customer_id": pc.binary_join_element_wise("cust_", pc.utf8_lpad(text(ids * 7919 % 10_000_019), 10, "0"), ""),
            "age": some((18 + whole(70)).astype(np.int32), 0.03),
            "income": np.exp(10 + shift + 0.6 * rng.normal(size=rows)),
            "score_a": rng.normal(size=rows),
            "score_b": rng.normal(size=rows).astype(np.float32),
            "utilization": rng.random(rows),
            "num_accounts": (rng.random(rows) ** 2 * 40).astype(np.int32),
            "delinquencies": whole(12).astype(np.int16),
            "balance": np.round(rng.random(rows) * 30_000, 2),
            "months_since": some(rng.random(rows) * 600, 0.2),
            "state": choice(STATES, rng.random(rows) ** 2 * 10),
            "housing": choice(SETS["housing"], whole(4)),
            "sex": choice(SETS["sex"], whole(2)),
            "race": choice(SETS["race"], rng.random(rows) ** 2 * 5),
            "email": pc.binary_join_element_wise("user", text(whole(1_000_000)), "@example.com", ""),
            "is_homeowner": rng.random(rows) < 0.35,
            "opened_on": np.datetime64("2024-01-01", "D") + whole(365).astype("timedelta64[D]"),
            "updated_at": micros,
            "label": (rng.random(rows) < 0.2).astype(np.int8),
        }
    )


def make(path: str, rows: str, seed: str, shift: str) -> None:
    import numpy as np
    import pyarrow.parquet as pq

    rng, rows, shift = np.random.default_rng(int(seed)), int(rows), float(shift)
    writer = None
    for first in range(0, rows, GROUP):
        table = part(rng, first, min(GROUP, rows - first), shift)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    writer.close()


def schema_config(path: Path) -> str:
    lines = ["version: 1", "data:", "  table:", f"    path: {path}", '    rows: ">= 1"', "    columns:"]
    for name in COLUMNS:
        checks = [f'nulls: "<= {SOME_NULLS[name]}"' if name in SOME_NULLS else "nulls: 0"]
        checks += ["unique: true"] if name in UNIQUE else []
        checks += [f"range: {json.dumps(RANGES[name])}"] if name in RANGES else []
        checks += [f"in: {json.dumps(SETS[name])}"] if name in SETS else []
        checks += [f"regex: '{PATTERN}'"] if name == "email" else []
        lines.append(f"      {name}: {{{', '.join(checks)}}}")
    return "\n".join(lines) + "\n"


def drift_config(path: Path) -> str:
    lines = ["version: 1", "baseline: baseline.json", "data:", "  table:", f"    path: {path}", "    columns:"]
    lines += [f"      {name}: {{psi: 0.2, ks: 0.2, w1: 0.5}}" for name in NUMBERS]
    lines += [f"      {name}: {{cramers_v: 0.1}}" for name in CATEGORIES]
    return "\n".join(lines) + "\n"


def duckdb(path: str) -> None:
    import duckdb

    wanted = [f"count(*) - count({name})" for name in COLUMNS] + [f"count(*) - count(DISTINCT {name})" for name in UNIQUE]
    wanted += [f"count(*) FILTER (NOT ({name} BETWEEN {low} AND {high}))" for name, (low, high) in RANGES.items()]
    wanted += [f"count(*) FILTER ({name} NOT IN ({','.join(map(repr, values))}))" for name, values in SETS.items()]
    wanted += [f"count(*) FILTER (NOT regexp_matches(email, '{PATTERN}'))", "count(*)"]
    assert len(duckdb.connect().execute(f"SELECT {','.join(wanted)} FROM '{path}'").fetchone()) == len(wanted) == 35


def polars(path: str) -> None:
    import polars as pl

    wanted = [pl.col(name).null_count().alias("n" + name) for name in COLUMNS]
    wanted += [(pl.len() - pl.col(name).n_unique()).alias("u" + name) for name in UNIQUE]
    wanted += [(~pl.col(name).is_between(low, high)).sum().alias("r" + name) for name, (low, high) in RANGES.items()]
    wanted += [(~pl.col(name).is_in(values)).sum().alias("s" + name) for name, values in SETS.items()]
    wanted += [(~pl.col("email").str.contains(PATTERN)).sum().alias("x"), pl.len().alias("rows")]
    assert pl.scan_parquet(path).select(wanted).collect(engine="streaming").width == 35


def scipy(path: str, baseline: str) -> None:
    import numpy as np
    import pandas as pd
    from scipy import stats

    before, after = (pd.read_parquet(side, columns=NUMBERS + CATEGORIES) for side in (baseline, path))
    for name in NUMBERS:
        left, right = before[name].dropna(), after[name].dropna()
        edges = np.unique(np.quantile(left, np.linspace(0, 1, 11)[1:-1]))
        shares = [np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) / len(side) + 1e-6 for side in (left, right)]
        ((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum()
        stats.ks_2samp(left, right, method="asymp")
        stats.wasserstein_distance(left, right)
    for name in CATEGORIES:
        counts = pd.concat([before[name].value_counts(), after[name].value_counts()], axis=1).fillna(0)
        stats.chi2_contingency(counts.T)


def evidently(path: str, baseline: str) -> None:
    import pandas as pd
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset

    definition = DataDefinition(numerical_columns=NUMBERS, categorical_columns=CATEGORIES)
    read = lambda side: Dataset.from_pandas(pd.read_parquet(side, columns=NUMBERS + CATEGORIES), data_definition=definition)
    assert Report([DataDriftPreset()]).run(read(path), read(baseline)).dict()["metrics"]


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Returns the seconds, and the largest resident set in MB, of a process that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | environment)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return seconds, usage.ru_maxrss / 1024


def compare(title: str, contenders: dict[str, tuple[list[str], dict[str, str]]], rounds: int) -> None:
    """Runs all programs in turns; the others are compared with the first."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, (command, environment) in contenders.items():
            found[name].append(timed(command, environment))
    best = {name: min(seconds for seconds, _ in runs) for name, runs in found.items()}
    ours = next(iter(best.values()))
    print(f"\n{title}\n{'':22}{'seconds':>9}{'times mlgate':>14}{'MB':>8}")
    for name, seconds in best.items():
        print(f"{name:22}{seconds:>9.2f}{seconds / ours:>14.2f}{max(memory for _, memory in found[name]):>8.0f}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("binary", type=Path)
    arguments.add_argument("--decode", type=Path, help="the bare Arrow decoder: benches/decode.rs, built")
    arguments.add_argument("--rows", type=int, default=10_000_000, help="of the table of the schema checks")
    arguments.add_argument("--drift-rows", type=int, default=1_000_000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--only", choices=["schema", "drift"])
    arguments.add_argument("--skip", action="append", default=[], help="a contender, such as Evidently")
    arguments.add_argument("--folder", type=Path, help="where the tables are made, and kept for the next time")
    given = arguments.parse_args()
    binary = str(given.binary.resolve())
    peer = lambda name, *paths: ([sys.executable, __file__, "--peer", name, *map(str, paths)], {})
    ours = lambda config: ([binary, "run", "--quiet", "--config", str(config)], {})
    wanted = lambda contenders: {name: how for name, how in contenders.items() if name not in given.skip}
    with tempfile.TemporaryDirectory() as made:
        folder = (given.folder or Path(made)).resolve()

        def table(name: str, rows: int, seed: int, shift: float) -> Path:
            path = folder / f"{name}-{rows}.parquet"
            if not path.exists():
                command, _ = peer("make", path, rows, seed, shift)
                subprocess.run(command, check=True)
            return path

        if given.only != "drift":
            path, config = table("schema", given.rows, 3, 0.0), folder / "schema.yml"
            config.write_text(schema_config(path))
            contenders = {"mlgate": ours(config), "DuckDB": peer("duckdb", path), "Polars, streaming": peer("polars", path)}
            if given.decode:
                once = {"MLGATE_BENCH_FILE": str(path), "MLGATE_BENCH_ROUNDS": "1"}
                contenders["decode alone"] = ([str(given.decode.resolve())], once)
            compare(f"35 checks of 20 columns, {given.rows:,} rows", wanted(contenders), given.rounds)
        if given.only != "schema":
            before, after = table("before", given.drift_rows, 1, 0.0), table("after", given.drift_rows, 2, 0.05)
            config = folder / "drift.yml"
            config.write_text(drift_config(before))
            (folder / "baseline.json").unlink(missing_ok=True)
            subprocess.run([binary, "bless", "--config", str(config)], check=True, stdout=subprocess.DEVNULL)
            config.write_text(drift_config(after))
            contenders = {
                "mlgate": ours(config),
                "SciPy and pandas": peer("scipy", after, before),
                "Evidently": peer("evidently", after, before),
            }
            compare(f"drift of 14 columns, {given.drift_rows:,} rows", wanted(contenders), given.rounds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        peers = {"duckdb": duckdb, "polars": polars, "scipy": scipy, "evidently": evidently, "make": make}
        peers[sys.argv[2]](*sys.argv[3:])
    else:
        main()
