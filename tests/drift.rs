//! Distances of columns, compared with SciPy's on real files.

use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::Float32Array;
use serde_json::Value;

use crate::support::{Workplace, columns_to_parquet, fixtures, gate};

const CONFIG: &str = "\
version: 1
data:
  loans:
    path: SIDE
    baseline_path: MAIN
    columns:
      region: {tv: 0.9, js: 0.9, psi: 0.9, cramers_v: 0.9, hellinger: 0.9, infinity_norm: 0.9}
      sex:    {tv: 0.9, js: 0.9, psi: 0.9, cramers_v: 0.9, hellinger: 0.9, infinity_norm: 0.9}
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
fn own_bins_and_codes_are_scipy_s() {
    let expected = fs::read_to_string(fixtures().join("drift_expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&expected).unwrap();
    let own = "bins: [20000, 35000, 50000, 80000, 1e9, 2e9], nulls: true";
    let lines = format!(
        "      income: {{tv: {{is: 0.9, {own}}}, js: {{is: 0.9, {own}}}, psi: {{is: 0.9, empty: 0.0001, {own}}}}}
      years_employed:
        tv: {{is: 0.9, categories: true}}
        js: {{is: 0.9, categories: true}}
        psi: {{is: 0.9, categories: true}}
        cramers_v: {{is: 0.9, categories: true}}
        hellinger: {{is: 0.9, categories: true}}
        infinity_norm: {{is: 0.9, categories: true}}
"
    );
    let path = |side: &str| fixtures().join("loans").join(side).join("applications.parquet").display().to_string();
    for side in ["good", "bad"] {
        // A file beside a file, and the counts of a stored baseline.
        let place = Workplace::new();
        let head = |at: &str, side: &str| format!("version: 1\n{at}data:\n  loans:\n    path: {}\n", path(side));
        let stored = head("baseline: kept.json\n", "main");
        place.write("mlgate.yml", &format!("{stored}    columns:\n{lines}"));
        assert_eq!(place.run(&["bless"]).code, 0);
        let stored = head("baseline: kept.json\n", side);
        place.write("mlgate.yml", &format!("{stored}    columns:\n{lines}"));
        let beside_stored = place.report();
        let files = format!("{}    baseline_path: {}\n", head("", side), path("main"));
        place.write("mlgate.yml", &format!("{files}    columns:\n{lines}"));
        let beside_file = place.report();
        for (key, column) in [("own_bins", "income"), ("codes", "years_employed")] {
            for (distance, theirs) in expected[key][side].as_object().unwrap() {
                for report in [&beside_file, &beside_stored] {
                    let gate = gate(report, &format!("data.loans.columns.{column}.{distance}"));
                    let (ours, theirs) = (gate["candidate"]["value"].as_f64().unwrap(), theirs.as_f64().unwrap());
                    assert!((ours - theirs).abs() <= 1e-9, "{side}, {column}, {distance}: {ours} is not {theirs}");
                    let noise = &gate["noise"];
                    assert!(noise["p"].as_f64().unwrap() <= noise["adjusted_p"].as_f64().unwrap(), "{noise}");
                }
            }
        }
    }
}

#[test]
fn a_column_that_empties_drifts_if_nulls_are_a_value() {
    let place = Workplace::new();
    let table = |filled: usize| {
        let row = |row: usize| if row < filled { format!("{row},{}", row % 7) } else { format!("{row},") };
        format!("id,x\n{}\n", (0..400).map(row).collect::<Vec<_>>().join("\n"))
    };
    place.write("before.csv", &table(400)).write("after.csv", &table(140));
    for (nulls, verdict) in [(false, "pass"), (true, "fail")] {
        let lines = format!(
            "dataset_drift: {{is: 0, each: 0.2, ignore: [id], nulls: {nulls}}}\n    columns: {{x: {{tv: {{is: 0.2, nulls: {nulls}}}}}}}"
        );
        let paths = "path: after.csv\n    baseline_path: before.csv";
        place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    {paths}\n    {lines}\n"));
        let report = place.report();
        for id in ["data.t.dataset_drift", "data.t.columns.x.tv"] {
            assert_eq!(gate(&report, id)["verdict"], verdict, "{id}, {nulls}: {}", gate(&report, id)["message"]);
        }
    }
}

#[test]
fn numbers_on_an_edge_stay_there_in_any_width() {
    // 0.7 as a 32-bit float is below 0.7, and 0.1 above 0.1.
    let place = Workplace::new();
    let number = |row: usize| ["0.1", "0.5", "0.7"][row % 3];
    let rows = (0..300).map(number).collect::<Vec<_>>().join("\n");
    place.write("wide.csv", &format!("x\n{rows}\n"));
    let paths = |is: &str, was: &str| {
        format!("path: {is}\n    baseline_path: {was}\n    columns: {{x: {{tv: {{is: 0.01, bins: [0.1, 0.6, 0.7]}}}}}}")
    };
    let singles: Float32Array = (0..300).map(|row| number(row).parse::<f32>().ok()).collect();
    columns_to_parquet(&place, "narrow.parquet", &[("x", Arc::new(singles))]);
    for (is, was) in
        [("wide.csv", "narrow.parquet"), ("narrow.parquet", "wide.csv"), ("narrow.parquet", "narrow.parquet")]
    {
        place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    {}\n", paths(is, was)));
        let report = place.report();
        let gate = gate(&report, "data.t.columns.x.tv");
        assert_eq!(gate["candidate"]["value"], 0.0, "{is} beside {was}: {}", gate["message"]);
    }
}

#[test]
fn bins_that_are_none_are_refused_at_their_line() {
    let place = Workplace::new();
    place.write("a.csv", "x,k\n1,u\n2,v\n").write("b.csv", "x,k\n1,u\n2,v\n");
    let told = |line: &str| {
        let paths = "path: a.csv\n    baseline_path: b.csv";
        place.write("mlgate.yml", &format!("version: 1\ndata:\n  t:\n    {paths}\n    columns:\n      {line}\n"));
        let answer = place.run(&["run"]);
        assert_eq!(answer.code, 2, "{line}");
        answer.stderr
    };
    assert!(told("x: {psi: {is: 0.2, bins: [3, 1]}}").contains("1 follows 3"));
    assert!(told("x: {psi: {is: 0.2, bins: [a]}}").contains("expected a number"));
    assert!(told("x: {psi: {is: 0.2, bins: [1], categories: true}}").contains("keep one"));
    assert!(told("x: {psi: {is: 0.2, empty: 2}}").contains("between 0 and 1"));
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
