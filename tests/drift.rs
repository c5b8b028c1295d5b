//! Distances of columns, compared with SciPy's on real files.

use std::fs;

use serde_json::Value;

use crate::support::{Workplace, fixtures, gate};

const CONFIG: &str = "\
version: 1
data:
  loans:
    path: SIDE
    baseline_path: MAIN
    columns:
      region: {tv: 0.9, js: 0.9, psi: 0.9, cramers_v: 0.9}
      sex:    {tv: 0.9, js: 0.9, psi: 0.9, cramers_v: 0.9}
      age:    {ks: 0.9, w1: 0.9}
      income: {ks: 0.9, w1: 0.9}
";

fn report(side: &str) -> Value {
    let path = |side: &str| fixtures().join("loans").join(side).join("applications.parquet").display().to_string();
    let place = Workplace::new();
    place.write("mlgate.yml", &CONFIG.replace("SIDE", &path(side)).replace("MAIN", &path("main")));
    place.report()
}

#[test]
fn distances_are_scipy_s() {
    let expected = fs::read_to_string(fixtures().join("drift_expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    for side in ["good", "bad"] {
        let report = report(side);
        for (column, distances) in expected["columns"][side].as_object().unwrap() {
            for (distance, theirs) in distances.as_object().unwrap() {
                let gate = gate(&report, &format!("data.loans.columns.{column}.{distance}"));
                let (ours, theirs) = (gate["candidate"]["value"].as_f64().unwrap(), theirs.as_f64().unwrap());
                let near = match distance.as_str() {
                    // Between two edges the distribution functions may differ by more than at the edges, at most by a
                    // bin's proportion.
                    "ks" => ours <= theirs + 1e-9 && ours >= theirs - 1.0 / 32.0,
                    // If the functions cross inside a bin, the areas on both sides of the crossing cancel.
                    "w1" => ours <= theirs + 1e-9 && ours >= 0.9 * theirs - 0.002,
                    _ => (ours - theirs).abs() <= 1e-9,
                };
                assert!(near, "{side}, {column}, {distance}: {ours} is not {theirs}");
            }
        }
    }
}

#[test]
fn chi_square_tests_are_scipy_s() {
    let expected = fs::read_to_string(fixtures().join("drift_expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let path = |side: &str| fixtures().join("loans").join(side).join("applications.parquet").display().to_string();
    for side in ["good", "bad"] {
        let place = Workplace::new();
        // Every p-value is adjusted for all drift gates of the run.
        let columns = "columns: {region: {chi2: 0.01}, sex: {chi2: 0.01}, is_employed: {chi2: 0.01}}";
        let paths = format!("path: {}\n    baseline_path: {}", path(side), path("main"));
        place.write("mlgate.yml", &format!("version: 1\ndata:\n  loans:\n    {paths}\n    {columns}\n"));
        let report = place.report();
        for (column, theirs) in expected["chi2"][side].as_object().unwrap() {
            let gate = gate(&report, &format!("data.loans.columns.{column}.chi2"));
            let (ours, adjusted) = (gate["candidate"]["value"].as_f64().unwrap(), theirs["adjusted"].as_f64().unwrap());
            assert!((ours - adjusted).abs() <= 1e-9 * adjusted.max(1e-3), "{side}, {column}: {ours} is not {adjusted}");
            let message = gate["message"].as_str().unwrap();
            let fact = format!("chi-square {:.2} with {}", theirs["statistic"].as_f64().unwrap(), theirs["degrees"]);
            assert!(message.starts_with(&fact), "{message} does not begin with {fact}");
        }
    }
}

#[test]
fn one_column_among_many_that_moved_fails() {
    let place = Workplace::new();
    let names: Vec<String> = (0..150).map(|column| format!("c{column}")).collect();
    let side = |moved: bool| {
        let mut text = names.join(",") + "\n";
        for row in 0..400_u64 {
            let cells = (0..150_u64).map(|column| if moved && column == 7 { 5 } else { (row + column) % 4 });
            text += &(cells.map(|cell| cell.to_string()).collect::<Vec<_>>().join(",") + "\n");
        }
        text
    };
    place.write("before.csv", &side(false)).write("after.csv", &side(true));
    let config = "version: 1\ndata:\n  t:\n    path: after.csv\n    baseline_path: before.csv\n    dataset_drift: 0\n    columns:\n      \"*\": {psi: 0.2}\n";
    place.write("mlgate.yml", config);
    let report = place.report();
    assert_eq!(gate(&report, "data.t.columns.c7.psi")["verdict"], "fail");
    assert_eq!(gate(&report, "data.t.dataset_drift")["verdict"], "fail");
    assert_eq!(report["counts"]["fail"], 2, "{}", report["counts"]);
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    let place = Workplace::new();
    let rows: Vec<String> = (0..400).map(|row| format!("{},{}", (row * 37) % 101, ["a", "b", "c"][row % 3])).collect();
    let table = |rows: &[String]| format!("x,k\n{}\n", rows.join("\n"));
    let mut turned = rows.clone();
    turned.reverse();
    place.write("before.csv", &table(&rows[..250]));
    let config = "version: 1\ndata:\n  t:\n    path: after.csv\n    baseline_path: before.csv\n    columns:\n      x: {psi: 0.2, ks: 0.2, w1: 0.2}\n      k: {tv: 0.2, js: 0.2}\n";
    place.write("mlgate.yml", config);
    let gates = |rows: &[String]| {
        place.write("after.csv", &table(rows));
        place.report()["gates"].clone()
    };
    assert_eq!(gates(&rows), gates(&turned));
}

#[test]
fn noise_is_told_for_all_columns_together() {
    // 60 unchanged columns: each gate alone would be significant in one sample of twenty.
    let place = Workplace::new();
    let names: Vec<String> = (0..60).map(|column| format!("c{column}")).collect();
    let side = |salt: u64| {
        let mut text = names.join(",") + "\n";
        for row in 0..60_u64 {
            let cells: Vec<String> = (0..60_u64)
                .map(|column| {
                    let mixed = (row * 1_000_003 + column * 7_919 + salt).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    ((mixed >> 33) % 2).to_string()
                })
                .collect();
            text += &(cells.join(",") + "\n");
        }
        text
    };
    place.write("before.csv", &side(1)).write("after.csv", &side(2));
    let config = "version: 1\ndata:\n  t:\n    path: after.csv\n    baseline_path: before.csv\n    columns:\n      \"*\": {tv: 0.01}\n";
    place.write("mlgate.yml", config);
    let report = place.report();
    assert_eq!(report["counts"]["fail"], 0, "{}", report["gates"]);
}
