//! A folder to work in, and the binary, isolated from the environment of the test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use assert_cmd::Command;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::ipc::writer::FileWriter;
use parquet::arrow::ArrowWriter;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use serde_json::Value;
use tempfile::TempDir;

/// A temporary folder.
pub(crate) struct Workplace {
    folder: TempDir,
}

/// The result of a run.
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Returns the folder of the project's fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

impl Workplace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// Writes a Parquet file without rows, from a schema in Parquet's notation.
    pub(crate) fn parquet(&self, name: &str, schema: &str) -> &Self {
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let file = fs::File::create(self.path().join(name)).unwrap();
        SerializedFileWriter::new(file, schema, Arc::default()).unwrap().close().unwrap();
        self
    }

    /// Copies a file of the fixtures to the top of the folder.
    pub(crate) fn fixture(&self, name: &str) -> &Self {
        let from = fixtures().join(name);
        fs::copy(&from, self.path().join(from.file_name().unwrap())).unwrap();
        self
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Runs the gate with additional environment variables, and reads its report.
    pub(crate) fn report_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (Value, Answer) {
        let arguments = [&["run", "--format", "json"], arguments].concat();
        let answer = run_with(self.path(), &arguments, environment);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap_or_else(|_| panic!("{}", answer.stderr));
        (report, answer)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        run_in(self.path(), arguments)
    }

    /// Runs the gate and reads its report.
    pub(crate) fn report(&self) -> Value {
        let answer = self.run(&["run", "--format", "json"]);
        assert!(answer.stderr.is_empty(), "{}", answer.stderr);
        let report: Value = serde_json::from_str(&answer.stdout).unwrap();
        assert_eq!(report["exit_code"], answer.code);
        report
    }
}

/// Returns the columns as a table; all of them are nullable.
fn batch(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    let columns = columns.iter().map(|(name, column)| (*name, Arc::clone(column), true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

/// Writes columns to a Parquet file.
pub(crate) fn columns_to_parquet(place: &Workplace, name: &str, columns: &[(&str, ArrayRef)]) {
    let batch = batch(columns);
    let file = fs::File::create(place.path().join(name)).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Writes columns to an Arrow IPC file, which has all of Arrow's types.
pub(crate) fn columns_to_arrow(place: &Workplace, name: &str, columns: &[(&str, ArrayRef)]) {
    let batch = batch(columns);
    let file = fs::File::create(place.path().join(name)).unwrap();
    let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

/// Runs the binary in a folder.
pub(crate) fn run_in(folder: &Path, arguments: &[&str]) -> Answer {
    run_with(folder, arguments, &[])
}

/// Runs the binary in a folder, with additional environment variables.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Answer {
    let output = Command::cargo_bin("mlgate")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .env_clear()
        .envs(
            std::env::vars()
                .filter(|(name, _)| matches!(name.as_str(), "PATH" | "HOME" | "SYSTEMROOT" | "TMPDIR" | "TEMP")),
        )
        // Ages are computed against a fixed time.
        .env("MLGATE_NOW", "2024-01-15T12:00:00Z")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.code() != Some(2) {
        is_of_the_schema(&folder.join("mlgate.yml"));
    }
    Answer { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Asserts that a config that the parser accepts is valid by the schema: an editor that marks a good config as wrong
/// loses its credibility.
fn is_of_the_schema(config: &Path) {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let Some(config) = fs::read_to_string(config).ok().and_then(|text| mlgate::testing::yaml::parse(&text).ok()) else {
        return;
    };
    // A config with its own checks has a schema of its own.
    if config.get("checks").is_some() {
        return;
    }
    let validator = SCHEMA.get_or_init(|| {
        let catalog = mlgate::testing::Catalog::built_in().unwrap();
        jsonschema::validator_for(&mlgate::testing::config_schema(&catalog)).unwrap()
    });
    let config = to_json(&config);
    let problems: Vec<String> =
        validator.iter_errors(&config).map(|problem| format!("{}: {problem}", problem.instance_path())).collect();
    assert!(problems.is_empty(), "the schema refuses what the parser takes: {problems:#?}\n{config:#}");
}

/// Returns a config as an editor sees it.
pub(crate) fn to_json(node: &mlgate::testing::Node) -> Value {
    use mlgate::testing::Value as Of;
    match &node.value {
        Of::Null => Value::Null,
        Of::Bool(value) => (*value).into(),
        Of::Int(value) => (*value).into(),
        Of::Float(value) => (*value).into(),
        Of::Exact(text) => text.parse::<f64>().unwrap().into(),
        Of::Text(value) => value.clone().into(),
        Of::List(items) => items.iter().map(to_json).collect(),
        Of::Map(entries) => entries.iter().map(|entry| (entry.key.value.clone(), to_json(&entry.value))).collect(),
    }
}

/// Returns the gate of this id.
pub(crate) fn gate<'a>(report: &'a Value, id: &str) -> &'a Value {
    let gates = report["gates"].as_array().unwrap();
    gates.iter().find(|gate| gate["id"] == id).unwrap_or_else(|| panic!("no gate {id}"))
}

/// Copies a file, or a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

/// Runs the config that a page of docs shows, and compares the report below it, which `MLGATE_UPDATE` renews.
#[track_caller]
pub(crate) fn page_shows_what_is_printed(page: &str, place: &Workplace) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let page = fs::read_to_string(&path).unwrap();
    let (_, rest) = page.split_once("```yaml mlgate.yml\n").unwrap();
    let (config, rest) = rest.split_once("```\n").unwrap();
    let (_, rest) = rest.split_once("```text report\n").unwrap();
    let (shown, _) = rest.split_once("```\n").unwrap();
    let answer = place.write("mlgate.yml", config).run(&["run"]);
    let text = answer.stdout.split("\nconfig ").next().unwrap_or_default().trim_end().to_owned();
    let found = format!("{}{text}\nexit code {}\n", answer.stderr, answer.code);
    if std::env::var_os("MLGATE_UPDATE").is_some() {
        let [old, new] = [shown, &found].map(|report| format!("```text report\n{report}```"));
        fs::write(&path, page.replacen(&old, &new, 1)).unwrap();
    } else {
        assert_eq!(shown, found, "MLGATE_UPDATE=1 cargo test --locked writes what is printed now");
    }
}
