"""Schema checks and drift, by mlgate and by the libraries that people use for them today, on the same files, side by side.

    cargo build --release --locked
    pip install -r fixtures/requirements.txt duckdb polars
    python benches/data_peers.py target/release/mlgate [ROWS]

Every time is that of a whole process: it starts, reads the files and answers. mlgate also digests the files and writes its
report.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

STATES = ["CA", "NY", "TX", "FL", "WA", "IL", "PA", "OH", "GA", "NC"]
NUMBERS = ["age", "income", "score_a", "score_b", "utilization", "num_accounts", "delinquencies", "balance"]
CATEGORIES = ["state", "housing", "sex"]
RANGES = {"age": (18, 100), "utilization": (0, 1), "num_accounts": (0, 100), "delinquencies": (0, 20), "balance": (0, 1e6)}
SETS = {"state": STATES, "housing": ["rent", "own", "mortgage", "other"], "sex": ["female", "male"], "label": [0, 1]}
PATTERN = r"^user\d+@example\.com$"
UNIQUE = ["id", "customer_id"]


def make(path: Path, rows: int, seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    whole = lambda most: rng.integers(0, most, rows)
    table = pa.table(
        {
            "id": np.arange(rows),
            "customer_id": pa.array([f"cust_{number:010d}" for number in rng.permutation(rows)]),
            "age": 18 + whole(70),
            "income": np.exp(10 + shift + 0.6 * rng.normal(size=rows)),
            "score_a": rng.normal(size=rows),
            "score_b": rng.normal(size=rows).astype(np.float32),
            "utilization": rng.random(rows),
            "num_accounts": (rng.random(rows) ** 2 * 40).astype(np.int32),
            "delinquencies": whole(12).astype(np.int16),
            "balance": np.round(rng.random(rows) * 30000, 2),
            "state": pa.array(np.array(STATES)[(rng.random(rows) ** 2 * 10).astype(int)]),
            "housing": pa.array(np.array(SETS["housing"])[whole(4)]),
            "sex": pa.array(np.array(SETS["sex"])[whole(2)]),
            "email": pa.array([f"user{number}@example.com" for number in whole(1_000_000)]),
            "label": (rng.random(rows) < 0.2).astype(np.int8),
        }
    )
    pq.write_table(table, path, compression="zstd", row_group_size=122_880)


def config(path: Path, baseline: Path | None) -> str:
    lines = ["version: 1", "data:", "  table:", f"    path: {path}"]
    if baseline:
        lines += [f"    baseline_path: {baseline}", "    columns:"]
        lines += [f"      {name}: {{psi: 0.2, ks: 0.2, w1: 0.5}}" for name in NUMBERS]
        lines += [f"      {name}: {{tv: 0.1}}" for name in CATEGORIES]
        return "\n".join(lines) + "\n"
    lines += ['    rows: ">= 1"', "    columns:"]
    for name in pq.read_schema(path).names:
        checks = ["nulls: 0"]
        checks += ["unique: true"] if name in UNIQUE else []
        checks += [f"range: {json.dumps(RANGES[name])}"] if name in RANGES else []
        checks += [f"in: {json.dumps(SETS[name])}"] if name in SETS else []
        checks += [f"regex: '{PATTERN}'"] if name == "email" else []
        lines.append(f"      {name}: {{{', '.join(checks)}}}")
    return "\n".join(lines) + "\n"


def duckdb(path: str) -> None:
    import duckdb

    names = pq.read_schema(path).names
    wanted = [f"count(*) - count({name})" for name in names] + [f"count(*) - count(DISTINCT {name})" for name in UNIQUE]
    wanted += [f"count(*) FILTER (NOT ({name} BETWEEN {low} AND {high}))" for name, (low, high) in RANGES.items()]
    wanted += [f"count(*) FILTER ({name} NOT IN ({','.join(map(repr, values))}))" for name, values in SETS.items()]
    wanted += [f"count(*) FILTER (NOT regexp_matches(email, '{PATTERN}'))", "count(*)"]
    assert len(duckdb.connect().execute(f"SELECT {','.join(wanted)} FROM '{path}'").fetchone()) == len(wanted)


def polars(path: str) -> None:
    import polars as pl

    names = pq.read_schema(path).names
    wanted = [pl.col(name).null_count().alias("n" + name) for name in names]
    wanted += [(pl.len() - pl.col(name).n_unique()).alias("u" + name) for name in UNIQUE]
    wanted += [(~pl.col(name).is_between(low, high)).sum().alias("r" + name) for name, (low, high) in RANGES.items()]
    wanted += [(~pl.col(name).is_in(values)).sum().alias("s" + name) for name, values in SETS.items()]
    wanted += [(~pl.col("email").str.contains(PATTERN)).sum().alias("x"), pl.len().alias("rows")]
    assert pl.scan_parquet(path).select(wanted).collect(engine="streaming").height == 1


def scipy(path: str, baseline: str) -> None:
    from scipy import stats

    before, after = (pd.read_parquet(side, columns=NUMBERS + CATEGORIES) for side in (baseline, path))
    for name in NUMBERS:
        left, right = before[name], after[name]
        edges = np.unique(np.quantile(left, np.linspace(0, 1, 11)[1:-1]))
        shares = [np.bincount(np.searchsorted(edges, side), minlength=len(edges) + 1) / len(side) + 1e-6 for side in (left, right)]
        ((shares[0] - shares[1]) * np.log(shares[0] / shares[1])).sum()
        stats.ks_2samp(left, right, method="asymp")
        stats.wasserstein_distance(left, right)
    for name in CATEGORIES:
        counts = pd.concat([before[name].value_counts(), after[name].value_counts()], axis=1).fillna(0)
        stats.chi2_contingency(counts.T)


def timed(command: list[str], runs: int = 3) -> float:
    """The shortest of a few runs, in seconds."""
    best = float("inf")
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    binary = str(Path(sys.argv[1]).resolve())
    rows = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        before, after = folder / "before.parquet", folder / "after.parquet"
        make(before, rows, 1, 0.0)
        make(after, rows, 2, 0.05)
        (folder / "schema.yml").write_text(config(after, None))
        (folder / "drift.yml").write_text(config(after, before))
        peer = lambda name, *paths: timed([sys.executable, __file__, "--peer", name, *map(str, paths)])
        ours = lambda name: timed([binary, "run", "--quiet", "--config", str(folder / name)])
        tables = [
            ("schema, ranges, sets, keys", [("mlgate", ours("schema.yml")), ("DuckDB", peer("duckdb", after)), ("Polars, streaming", peer("polars", after))]),
            ("drift of 11 columns", [("mlgate", ours("drift.yml")), ("SciPy and pandas", peer("scipy", after, before))]),
        ]
    for title, found in tables:
        print(f"\n{title}, {rows:,} rows\n{'':20}{'seconds':>9}{'times mlgate':>14}")
        for name, seconds in found:
            print(f"{name:20}{seconds:>9.2f}{seconds / found[0][1]:>14.1f}")


if __name__ == "__main__":
    if sys.argv[1] == "--peer":
        {"duckdb": duckdb, "polars": polars, "scipy": scipy}[sys.argv[2]](*sys.argv[3:])
    else:
        main()
