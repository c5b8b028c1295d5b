//! The formats of one run, as a CI gets them.

use serde_json::Value;

use crate::support::{Workplace, run_in};

const FORMATS: [(&str, &str); 7] = [
    ("json", "report.json"),
    ("junit", "junit.xml"),
    ("sarif", "mlgate.sarif"),
    ("codequality", "quality.json"),
    ("openmetrics", "metrics.prom"),
    ("dotenv", "outputs.env"),
    ("csv", "measurements.csv"),
];

fn arguments(place: &Workplace) -> Vec<String> {
    FORMATS
        .iter()
        .flat_map(|(format, file)| ["--output".to_owned(), format!("{format}={}", place.path().join(file).display())])
        .collect()
}

#[test]
fn one_run_writes_all_formats_with_the_same_counts() {
    let place = Workplace::new();
    let outputs = arguments(&place);
    let config = crate::support::fixtures().join("loans/bad/mlgate.yml").display().to_string();
    let mut typed = vec!["run", "--quiet", "--summary-line", "--config", &config];
    typed.extend(outputs.iter().map(String::as_str));
    let answer = run_in(place.path(), &typed);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    let report: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    let failed = report["counts"]["fail"].as_u64().unwrap();
    assert!(failed > 0);
    let line: Value = serde_json::from_str(answer.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&line["verdict"], &line["counts"]), (&report["verdict"], &report["counts"]));
    let junit = place.read("junit.xml");
    assert_eq!(junit.matches("<failure").count() as u64, failed);
    assert_eq!(junit.matches("<testcase").count(), report["gates"].as_array().unwrap().len());
    let sarif: Value = serde_json::from_str(&place.read("mlgate.sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.iter().filter(|result| result["level"] == "error").count() as u64, failed);
    let quality: Value = serde_json::from_str(&place.read("quality.json")).unwrap();
    let critical = quality.as_array().unwrap().iter().filter(|issue| issue["severity"] == "critical").count();
    assert_eq!(critical as u64, failed);
    assert!(place.read("outputs.env").contains("MLGATE_VERDICT=fail\nMLGATE_EXIT_CODE=1\n"));
    assert!(place.read("metrics.prom").contains(&format!("mlgate_gates{{verdict=\"fail\"}} {failed}\n")));
    // Rendering the JSON report again gives the same files, without the data.
    let report = place.path().join("report.json").display().to_string();
    for (format, file) in FORMATS.iter().filter(|(format, _)| *format != "json") {
        let again = run_in(place.path(), &["render", &report, "--format", format]);
        assert_eq!((again.code, again.stdout), (0, place.read(file)), "{format}");
    }
}

#[test]
fn an_end_without_a_report_is_an_error_at_its_line() {
    let place = Workplace::new();
    place.write("mlgate.yml", "version: 1\ndata:\n  d: {path: d.csv, rwos: 3}\n");
    for (_, file) in FORMATS {
        place.write(file, "of yesterday");
    }
    let outputs = arguments(&place);
    let mut typed = vec!["run"];
    typed.extend(outputs.iter().map(String::as_str));
    assert_eq!(run_in(place.path(), &typed).code, 2);
    assert!(place.read("junit.xml").contains("errors=\"1\""));
    let quality: Value = serde_json::from_str(&place.read("quality.json")).unwrap();
    assert_eq!((&quality[0]["severity"], &quality[0]["location"]["lines"]["begin"]), (&"blocker".into(), &3.into()));
    assert!(place.read("outputs.env").contains("MLGATE_EXIT_CODE=2"));
    for file in ["report.json", "metrics.prom", "measurements.csv"] {
        assert!(!place.path().join(file).exists(), "{file} is of yesterday");
    }
}

#[test]
fn ascii_is_ascii() {
    let config = crate::support::fixtures().join("loans/bad/mlgate.yml").display().to_string();
    let place = Workplace::new();
    let answer = run_in(place.path(), &["run", "--ascii", "--evidence", "--config", &config]);
    assert!(answer.stdout.is_ascii(), "{}", answer.stdout);
}
