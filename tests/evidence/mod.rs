//! Evidence: formats that others read, signatures, and the verification of what was changed.

mod formats;
mod sign;
mod verify;

use std::fmt::Write as _;

use crate::support::{Workplace, fixtures};

/// A project whose run passes, with data in two places, a baseline and a report.
pub(crate) fn project() -> Workplace {
    let place = Workplace::new();
    place.write("data/a.csv", "id,age\n1,20\n2,30\n").write("main/a.csv", "id,age\n1,20\n2,30\n");
    place.write("p.csv", &predictions());
    place.write(
        "mlgate.yml",
        "version: 1\ndata:\n  d:\n    path: data/a.csv\n    baseline_path: main/a.csv\n    rows: 2\n    columns: {age: {nulls: 0}}\nmodels:\n  hiring:\n    predictions: p.csv\n    label: label\n    score: score\n    prediction: prediction\n    metrics: {accuracy: {min: 0.1}, roc_auc: {min: 0.1}}\n    fairness:\n      by: [sex, race, [sex, race]]\n      rates:\n        selection_rate: {ll144: {}}\n        scoring_rate: {ll144: {}}\n",
    );
    let answer = place.run(&["run", "--quiet", "--output", "json=report.json"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    place
}

/// Rows of two sexes and three races, some of them without a race, and one race of four rows.
fn predictions() -> String {
    let mut text = "label,score,prediction,sex,race\n".to_owned();
    for row in 0..400_usize {
        let race = match row % 100 {
            0 => "rare",
            1..=12 => "",
            13..=55 => "A",
            _ => "B",
        };
        let sex = if row % 2 == 0 { "female" } else { "male" };
        let chosen = usize::from((row * 7 + usize::from(sex == "male") * 30) % 100 > 45);
        let _ = writeln!(text, "{},{:.3},{chosen},{sex},{race}", row % 3 % 2, (row * 37 % 101) as f64 / 101.0);
    }
    text
}

/// Returns the path of a fixture of evidence.
pub(crate) fn fixture(name: &str) -> String {
    fixtures().join("evidence").join(name).display().to_string()
}
