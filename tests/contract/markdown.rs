//! Hostile reports, rendered by cmark-gfm as on GitHub.

use super::{python, said, tools};
use crate::support::{Workplace, fixtures, run_in};

#[test]
fn nothing_of_a_report_means_anything_to_githubs_renderer() {
    let Some(tools) = tools("hostile reports were not rendered by cmark-gfm") else { return };
    let place = Workplace::new();
    let report = place.path().join("report.json");
    let target = format!("json={}", report.display());
    let answer = run_in(&fixtures().join("loans/bad"), &["run", "--quiet", "--output", &target]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let output = python(&tools, "python")
        .arg("tests/contract/inert.py")
        .args([env!("CARGO_BIN_EXE_mlgate"), report.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("40 pages"), "{}", said(&output));
}
