//! Columns with a long tail of rare values: an unchanged column passes, and a changed one is detected.

use std::fmt::Write;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::support::{Workplace, gate};

fn zipf(kinds: usize) -> Vec<f64> {
    (1..=kinds).map(|kind| 1.0 / kind as f64).collect()
}

/// Returns a file of one column, drawn from categories with these weights.
fn drawn(weights: &[f64], rows: usize, seed: u64) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let total: f64 = weights.iter().sum();
    let ends: Vec<f64> = weights
        .iter()
        .scan(0.0, |end, weight| {
            *end += weight / total;
            Some(*end)
        })
        .collect();
    let mut text = "k\n".to_owned();
    for _ in 0..rows {
        let at = random.next_u64() as f64 / u64::MAX as f64;
        let kind = ends.partition_point(|end| *end < at).min(weights.len() - 1);
        writeln!(text, "c{kind}").unwrap();
    }
    text
}

const CHECKS: &str =
    "columns: {k: {chi2: {is: LEVEL, effect: 0}, tv: 0.1, psi: 0.3, js: 0.1, cramers_v: 0.2}}, dataset_drift: 0";

/// Returns the exit codes of comparing with the file, and with a stored baseline of it.
fn codes(weights: (&[f64], &[f64]), rows: [usize; 2], level: &str, seed: u64) -> [i32; 2] {
    let place = Workplace::new();
    place
        .write("main.csv", &drawn(weights.0, rows[0], 2 * seed))
        .write("pr.csv", &drawn(weights.1, rows[1], 2 * seed + 1));
    let checks = CHECKS.replace("LEVEL", level);
    place.write(
        "mlgate.yml",
        &format!("version: 1\ndata: {{t: {{path: pr.csv, baseline_path: main.csv, {checks}}}}}\n"),
    );
    let beside_file = place.run(&["run"]).code;
    let stored = "version: 1\nbaseline: stored.json\ndata: {t: {path: PATH, CHECKS}}\n".replace("CHECKS", &checks);
    place.write("mlgate.yml", &stored.replace("PATH", "main.csv"));
    let blessed = place.run(&["bless"]);
    assert_eq!(blessed.code, 0, "{}{}", blessed.stdout, blessed.stderr);
    place.write("mlgate.yml", &stored.replace("PATH", "pr.csv"));
    [beside_file, place.run(&["run"]).code]
}

#[test]
fn draws_of_one_law_do_not_drift() {
    let mut failed = 0;
    let laws = [
        (zipf(80), [300, 300]),
        (zipf(2_000), [3_000, 3_000]),
        (vec![1.0; 500], [1_000, 1_000]),
        (zipf(80), [300, 900]),
    ];
    for (weights, rows) in laws {
        for seed in 0..2 {
            let found = codes((&weights, &weights), rows, "0.01", seed);
            failed += found.iter().filter(|code| **code != 0).count();
        }
    }
    // The bound allows for chance in 16 runs with two tests each at this level.
    assert!(failed <= 1, "{failed} of 16 runs fail");
}

/// Never passes: rare categories that changed.
#[test]
fn what_changed_is_found() {
    let (tail, equal) = (zipf(80), vec![1.0; 500]);
    let half_gone = |weights: &[f64]| -> Vec<f64> {
        weights.iter().enumerate().map(|(at, weight)| if at % 2 == 0 { *weight } else { 0.0 }).collect()
    };
    let lost: Vec<f64> =
        tail.iter().enumerate().map(|(at, weight)| if at < 10 { *weight } else { weight * 0.4 }).collect();
    let total: f64 = tail.iter().sum();
    let new_one = [tail.clone(), vec![0.12 * total]].concat();
    let many_new = [tail.clone(), vec![total / 200.0; 200]].concat();
    for (before, after, rows, what) in [
        (&tail, &new_one, [600, 600], "a new value with a tenth of the rows"),
        (&tail, &half_gone(&tail), [300, 300], "half of the values gone"),
        (&equal, &half_gone(&equal), [1_000, 1_000], "half of many values gone"),
        (&tail, &lost, [1_000, 1_000], "a tail that lost half of its mass"),
        (&tail, &many_new, [300, 300], "many new values with half of the rows"),
    ] {
        assert_eq!(codes((before, after), rows, "0.05", 7), [1, 1], "{what}");
    }
}

#[test]
fn a_new_value_is_named_where_it_has_rows_enough() {
    let place = Workplace::new();
    place.write("main.csv", &format!("k\n{}", "a\nb\n".repeat(100)));
    place.write("pr.csv", &format!("k\n{}", "a\nb\nfresh\n".repeat(60)));
    place.write(
        "mlgate.yml",
        "version: 1\ndata: {t: {path: pr.csv, baseline_path: main.csv, columns: {k: {tv: 0.1}}}}\n",
    );
    let report = place.report();
    let message = gate(&report, "data.t.columns.k.tv")["message"].as_str().unwrap();
    assert!(message.contains("most changed: `fresh`, 0% → 33.3%"), "{message}");
}

#[test]
fn a_column_of_too_many_values_is_told_what_to_do() {
    let place = Workplace::new();
    let many: String = (0..100_100).map(|value| format!("v{value}\n")).collect();
    place.write("main.csv", "k\na\nb\n").write("pr.csv", &format!("k\n{many}"));
    for paths in ["path: pr.csv, baseline_path: main.csv", "path: main.csv, baseline_path: pr.csv"] {
        place.write("mlgate.yml", &format!("version: 1\ndata: {{t: {{{paths}, columns: {{k: {{tv: 0.1}}}}}}}}\n"));
        let report = place.report();
        let found = gate(&report, "data.t.columns.k.tv");
        assert_eq!(found["verdict"], "error");
        let message = found["message"].as_str().unwrap();
        assert!(message.contains("limit: 100000") && message.contains("`ignore`"), "{message}");
    }
}
