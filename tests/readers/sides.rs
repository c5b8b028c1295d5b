//! Logs as sides of a gate: their numbers, and their samples as rows.

use crate::support::{Workplace, fixtures};

fn copy(place: &Workplace, from: &str, to: &str) {
    let bytes = std::fs::read(fixtures().join("readers").join(from)).unwrap();
    std::fs::write(place.path().join(to), bytes).unwrap();
}

#[test]
fn samples_of_the_logs_are_rows() {
    let place = Workplace::new();
    copy(&place, "inspect/sums.eval", "new.eval");
    copy(&place, "inspect_old/sums.eval", "old.eval");
    copy(&place, "inspect/sums.json", "log.json");
    copy(&place, "promptfoo/out.json", "out.json");
    for (file, column, rows) in [
        ("new.eval", "scores.match.value", 8),
        ("old.eval", "scores.match.value", 8),
        ("log.json", "scores.match.value", 4),
        ("out.json", "namedScores.length", 12),
    ] {
        for (least, code) in [(rows, 0), (rows + 1, 1)] {
            let columns = format!("    columns:\n      {column}: {{nulls: 0}}\n");
            place.write(
                "mlgate.yml",
                &format!("version: 1\ndata:\n  t:\n    path: {file}\n    rows: \">= {least}\"\n{columns}"),
            );
            let answer = place.run(&["run"]);
            assert_eq!(answer.code, code, "{file}: {}{}", answer.stdout, answer.stderr);
        }
    }
}

#[test]
fn samples_of_a_run_that_failed_are_refused() {
    let place = Workplace::new();
    copy(&place, "inspect/failed.eval", "failed.eval");
    place.write("mlgate.yml", "version: 1\ndata:\n  t:\n    path: failed.eval\n    rows: \">= 1\"\n");
    let answer = place.run(&["run"]);
    assert_eq!(answer.code, 4);
    // The report breaks lines.
    let words: Vec<&str> = answer.stdout.split_whitespace().filter(|word| *word != "│").collect();
    assert!(words.join(" ").contains("only a finished run is compared"), "{}", answer.stdout);
}
