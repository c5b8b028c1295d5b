//! No value of a row reaches an output, unless somebody asked for it.
//!
//! Every cell of the data is a word that stands nowhere else. Whatever a run, a stored baseline or any other command writes
//! is searched for them.

use std::fmt::Write as _;
use std::fs;

use crate::support::{Answer, Workplace};

const FORMATS: [&str; 17] = [
    "text",
    "markdown",
    "json",
    "junit",
    "sarif",
    "codequality",
    "openmetrics",
    "dotenv",
    "csv",
    "dvclive",
    "intoto",
    "cyclonedx",
    "modelcard",
    "ll144",
    "sagemaker-violations",
    "sagemaker-statistics",
    "sagemaker-message",
];

/// The rows of the tables.
const ROWS: usize = 60;

/// Returns a word of a row that stands nowhere else.
fn word(column: &str, row: usize) -> String {
    format!("Qx{column}{row}zJ")
}

/// Numbers of a row that stand nowhere else: six digits of their own.
fn number(row: usize) -> String {
    format!("{}.{}", 7_310 + row * 13, 918_273 + row * 7_919)
}

fn table(broken: bool) -> String {
    let mut text = "id,name,income,born,mail,note\n".to_owned();
    for row in 0..ROWS {
        let income = if broken && row == 17 { word("income", row) } else { number(row) };
        let born =
            if broken && row == 23 { word("born", row) } else { format!("19{:02}-03-1{}", 40 + row % 50, row % 10) };
        let (id, name, note) = (word("id", row), word("name", row), word("note", row));
        let _ =
            writeln!(text, "{id},{name},{income},{born},{}@{}.example,{note}", word("mail", row), word("host", row));
    }
    text
}

fn predictions(broken: bool) -> String {
    let mut text = "id,label,score,prediction,sex\n".to_owned();
    for row in 0..ROWS {
        let score = if broken && row == 11 { word("score", row) } else { format!("0.{}", 100_000 + row * 14_321) };
        let sex = ["f", "m"][row % 2];
        let _ = writeln!(text, "{},{},{score},{},{sex}", word("key", row), row % 3 % 2, usize::from(row % 4 == 0));
    }
    text
}

/// Lines that fail for every kind of cell, and lines that compare with a baseline.
const CHECKS: &str = "
    rows: 1000
    duplicate_rows: 0
    rules: {high: \"income > 1e9\"}
    columns:
      id: {unique: true, regex: '^[0-9]+$'}
      name: {in: [a, b], length: [1, 3], nulls: 0}
      income: {range: [0, 1], mean: [0, 1], finite: true}
      born: {nulls: 0}
      mail: {pii: 0}
      note: {pii: 0, format: url, not_regex: '^Q'}
";

fn config(checks: &str, metrics: &str) -> String {
    format!(
        "version: 1\ndata:\n  people:\n    path: people.csv{checks}models:\n  m:\n    predictions: p.csv\n    key: id\n    label: label\n    score: score\n    prediction: prediction\n    metrics: {metrics}\n    fairness: {{by: [sex], rates: {{selection_rate: {{ll144: {{}}}}}}}}\n"
    )
}

/// Returns every word of the data that an output has.
fn leaks(text: &str, at: &str) -> Vec<String> {
    let words = text.match_indices("Qx").map(|(start, _)| text[start..].chars().take(12).collect::<String>());
    let words = words.map(|word| format!("{at}: {word}"));
    let numbers = (0..ROWS).map(number).filter(|number| text.contains(number.as_str()));
    let scores =
        (0..ROWS).map(|row| format!("0.{}", 100_000 + row * 14_321)).filter(|score| text.contains(score.as_str()));
    words.chain(numbers.chain(scores).map(|number| format!("{at}: {number}"))).collect()
}

fn of_answer(answer: &Answer, at: &str) -> Vec<String> {
    [leaks(&answer.stdout, &format!("{at} stdout")), leaks(&answer.stderr, &format!("{at} stderr"))].concat()
}

/// Runs in all formats, and returns the words that any output has.
fn of_run(place: &Workplace, at: &str) -> Vec<String> {
    let mut arguments = vec![
        "run".to_owned(),
        "--evidence".to_owned(),
        "--no-verdict".to_owned(),
        "out/no".to_owned(),
        "--summary-line".to_owned(),
    ];
    arguments.extend(FORMATS.iter().flat_map(|format| ["--output".to_owned(), format!("{format}=out/{format}")]));
    let answer = place.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let mut found = of_answer(&answer, at);
    if let Ok(files) = fs::read_dir(place.path().join("out")) {
        for file in files {
            let path = file.unwrap().path();
            found.extend(leaks(&fs::read_to_string(&path).unwrap(), &format!("{at} {}", path.display())));
        }
    }
    found
}

/// Charts have bins of scores, whose edges are numbers near those of rows; of everything else there is nothing.
#[test]
fn charts_have_nothing_of_a_row_but_edges_near_scores() {
    let place = Workplace::new();
    place.write("people.csv", &table(false)).write("p.csv", &predictions(false));
    place.write("mlgate.yml", &config(CHECKS, "{roc_auc: {min: 0.99}}"));
    let answer = place.run(&["run", "--output", "html=out.html", "--output", "json=out.json"]);
    assert_eq!(answer.code, 1, "{}", answer.stderr);
    for file in ["out.html", "out.json"] {
        let text = place.read(file);
        let found = leaks(&text, file);
        assert!(found.iter().all(|leak| leak.starts_with(&format!("{file}: 0."))), "{found:#?}");
        assert!(text.contains("roc_auc"), "{file}");
    }
}

#[test]
fn no_value_of_a_row_reaches_an_output() {
    let metrics = "{roc_auc: {min: 0.99}, accuracy: {min: 0.99}, log_loss: {max: 0}}";
    let mut found = Vec::new();
    for (at, broken) in [("whole", false), ("broken", true)] {
        let place = Workplace::new();
        place.write("people.csv", &table(broken)).write("p.csv", &predictions(broken));
        place.write("mlgate.yml", &config(CHECKS, metrics));
        found.extend(of_run(&place, at));
        for arguments in [vec!["power", "--samples", "20"], vec!["slices"], vec!["run", "--states", "--format", "text"]]
        {
            found.extend(of_answer(&place.run(&arguments), at));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_value_of_a_row_is_in_a_baseline_or_in_what_is_said_of_one() {
    let checks = "
    columns:
      id: {nulls: 0}
      name: {psi: 10}
      income: {psi: 10, mean: '<= baseline + 10%'}
";
    let place = Workplace::new();
    place.write("people.csv", &table(false)).write("p.csv", &predictions(false));
    place.write("mlgate.yml", &config(checks, "{accuracy: {max_drop: 0.5}}"));
    let mut found = of_answer(&place.run(&["bless", "--dry-run"]), "bless");
    let answer = place.run(&["bless"]);
    assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
    found.extend(of_answer(&answer, "bless"));
    // Edges of bins are numbers of rows, which docs/privacy.md says; texts that are different in every row are not listed.
    let baseline = place.read(".mlgate/baseline.json");
    assert!(!baseline.contains("Qx"), "{baseline}");
    found.extend(of_run(&place, "with a baseline"));
    place.write("people.csv", &table(false).lines().take(30).fold(String::new(), |all, line| all + line + "\n"));
    found.extend(of_run(&place, "with fewer rows"));
    assert!(found.is_empty(), "{found:#?}");
}

/// Keys of flipped rows are what `--list-flips` asks for.
#[test]
fn keys_are_listed_if_they_are_asked_for() {
    let place = Workplace::new();
    place.write("p.csv", &predictions(false)).write("main/p.csv", &predictions(false).replace(",1,f\n", ",0,f\n"));
    place.write(
        "mlgate.yml",
        "version: 1\nmodels:\n  m:\n    predictions: p.csv\n    baseline_predictions: main/p.csv\n    key: id\n    label: label\n    prediction: prediction\n    metrics: {accuracy: {min: 0}}\n",
    );
    let plain = place.run(&["run", "--format", "json"]);
    assert_eq!((plain.code, leaks(&plain.stdout, "json")), (0, vec![]));
    let asked = place.run(&["run", "--format", "json", "--list-flips", "3"]);
    assert!(!leaks(&asked.stdout, "json").is_empty(), "{}", asked.stdout);
}
