//! Blocks `console` of pages that are walked through by no other test. `MLGATE_UPDATE=1` writes what is printed.

use std::fs;
use std::path::Path;
use std::sync::Mutex;

use crate::support::{Workplace, copy, fixtures};

/// Tests that write a page do so one after another.
static PAGES: Mutex<()> = Mutex::new(());

fn path(page: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(page)
}

/// Holds the text between two lines of a page against what is printed.
fn shows(page: &str, from: &str, to: &str, real: &str) {
    let _alone = PAGES.lock().unwrap();
    let text = fs::read_to_string(path(page)).unwrap();
    let (before, rest) = text.split_once(from).unwrap_or_else(|| panic!("{page} has no `{from}`"));
    let (shown, after) = rest.split_once(to).unwrap_or_else(|| panic!("{page} has no `{to}`"));
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(path(page), [before, from, real, to, after].concat()).unwrap();
    } else {
        assert_eq!(shown, real, "MLGATE_UPDATE=1 cargo test --locked doc_consoles writes what is printed now");
    }
}

/// Returns a folder with files of the loans.
fn place(files: &[(&str, &str)]) -> Workplace {
    let place = Workplace::new();
    for (from, to) in files {
        fs::create_dir_all(place.path().join(to).parent().unwrap()).unwrap();
        copy(&fixtures().join("loans").join(from), &place.path().join(to));
    }
    place
}

#[test]
fn init_finds_what_the_quick_start_shows() {
    let place = place(&[
        ("main/applications.parquet", "main/applications.parquet"),
        ("main/predictions.parquet", "main/predictions.parquet"),
        ("good/applications.parquet", "out/applications.parquet"),
        ("good/predictions.parquet", "out/predictions.parquet"),
    ]);
    place.write("metrics.json", "{\"accuracy\": 0.91, \"log_loss\": 0.31, \"epochs\": 7}");
    let answer = place.run(&["init"]);
    let listed = answer.stdout.split_inclusive('\n').take_while(|line| line.starts_with(['f', ' ']));
    shows(
        "docs/quickstart.md",
        "$ mlgate init\n",
        "write a config for these? [Y/n, or the numbers to leave out]\n",
        &listed.collect::<String>(),
    );
}

#[test]
fn bless_refuses_what_the_page_about_baselines_shows() {
    let place = place(&[("main/predictions.parquet", "p.parquet")]);
    place.write(
        "mlgate.yml",
        "version: 1\nbaseline: .mlgate/baseline.json\nmodels:\n  income:\n    predictions: p.parquet\n    key: id\n    \
         label: label\n    score: score\n    metrics: {roc_auc: {max_drop: 0.01}}\n",
    );
    assert_eq!(place.run(&["bless"]).code, 0);
    copy(&fixtures().join("loans/bad/predictions.parquet"), &place.path().join("p.parquet"));
    let answer = place.run(&["bless"]);
    assert_eq!((answer.code, answer.stdout.as_str()), (1, ""));
    shows("docs/baseline.md", "```console\n$ mlgate bless\n", "```\n", &answer.stderr);
}

#[test]
fn verify_names_what_the_page_about_evidence_shows() {
    let place = Workplace::new();
    let rows = (0..60).map(|row| format!("{row},{},0.{}\n", row % 2, 20 + (row % 2) * 50 + row % 7));
    place.write("p.csv", &("id,label,score\n".to_owned() + &rows.collect::<String>()));
    place.write(
        "mlgate.yml",
        "version: 1\nmodels:\n  income:\n    predictions: p.csv\n    label: label\n    score: score\n    \
         metrics: {roc_auc: {min: 0.5}, accuracy: {min: 0.5}, log_loss: {max: 2}}\n",
    );
    assert_eq!(place.run(&["run", "--quiet", "--output", "json=report.json"]).code, 0);
    place.write("p.csv", &place.read("p.csv").replacen("0,0,0.20", "0,0,0.21", 1));
    let answer = place.run(&["verify", "report.json"]);
    assert_eq!(answer.code, 1);
    shows("docs/evidence.md", "$ mlgate verify report.json\n", "```\n", &(answer.stdout + &answer.stderr));
}

/// The commits of a push differ each time; the report of the hook is that of a run.
#[test]
fn the_hook_reports_what_its_page_shows() {
    let place =
        place(&[("bad/applications.parquet", "applications.parquet"), ("main/applications.parquet", "main.parquet")]);
    place.write(
        "mlgate.yml",
        "version: 1\ndata:\n  applications:\n    path: applications.parquet\n    baseline_path: main.parquet\n    columns:\n      \
         income: {nulls: \"<= baseline + 2pp\"}\n      region: {in: [north, south, east, west, islands]}\n",
    );
    let answer = place.run(&["run", "--quiet"]);
    assert_eq!(answer.code, 1);
    shows("docs/hook.md", "(feature) by mlgate.yml\n", "mlgate: nothing was pushed;", &answer.stdout);
}
