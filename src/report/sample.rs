//! One report that holds everything a report can hold, hostile strings among it.

mod gates;
mod hostile;

use super::model::{Counts, FileDigest, Inputs, MeasurementResult, Overall, Provenance, REPORT_VERSION, Report, Tool};
use crate::gate::verdict::Verdict;
use gates::subject;
use hostile::HOSTILE;
pub(super) use hostile::{any_text, filled_with};

/// The canned report.
pub(super) fn report() -> Report {
    let gates = gates::all();
    let mut counts = Counts::default();
    for gate in &gates {
        *match gate.verdict {
            Verdict::Pass => &mut counts.pass,
            Verdict::Fail => &mut counts.fail,
            Verdict::Inconclusive => &mut counts.inconclusive,
            Verdict::NotApplicable => &mut counts.not_applicable,
            Verdict::Error => &mut counts.error,
        } += 1;
    }
    let file = |path: &str, digit: char| FileDigest {
        path: path.to_owned(),
        digest: format!("sha256:{}", digit.to_string().repeat(64)),
    };
    Report {
        version: REPORT_VERSION,
        tool: Tool { name: "mlgate".to_owned(), version: "0.1.0".to_owned() },
        verdict: Overall::Fail,
        exit_code: 1,
        counts,
        provenance: Provenance {
            candidate: Inputs {
                git: Some("4f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2".to_owned()),
                files: vec![file("data/train.parquet", 'a'), file("preds/income.parquet", 'b')],
            },
            baseline: Inputs { git: None, files: vec![file("main/income.parquet", 'c')] },
            config: file("mlgate.yml", 'd'),
            seed: 0,
        },
        gates,
        measurements: vec![
            measurement("candidate", Some(0.9011), None),
            measurement("baseline", None, Some("no positive labels")),
        ],
        power: Vec::new(),
    }
}

fn measurement(side: &str, value: Option<f64>, undefined: Option<&str>) -> MeasurementResult {
    MeasurementResult {
        subject: subject(&[("model", "income"), ("metric", "roc_auc")]),
        side: side.to_owned(),
        measure: "roc_auc".to_owned(),
        value,
        interval: value.map(|value| [value - 0.005, value + 0.005]),
        n: 16_281,
        undefined: undefined.map(str::to_owned),
    }
}
