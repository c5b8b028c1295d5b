//! Processes of a cluster, which end with the test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

/// The longest time that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(120);

/// Returns the root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlgate-cluster"));
    let kept = ["PATH", "HOME", "TMPDIR"];
    command.env_clear().envs(std::env::vars().filter(|(name, _)| kept.contains(&name.as_str())));
    command
}

/// A process that serves, with the lines that it has written.
pub(crate) struct Served {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Served {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let (lines, written) = (Arc::new(Mutex::new(Vec::new())), child.stderr.take().unwrap());
        let to = Arc::clone(&lines);
        thread::spawn(move || {
            for line in BufReader::new(written).lines().map_while(Result::ok) {
                to.lock().unwrap().push(line);
            }
        });
        Self { child, lines }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Waits for a line with these words, and returns it.
    pub(crate) fn said(&self, words: &str) -> String {
        let since = Instant::now();
        loop {
            if let Some(line) = self.lines().into_iter().find(|line| line.contains(words)) {
                return line;
            }
            assert!(since.elapsed() < PATIENCE, "no `{words}` in {:#?}", self.lines());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Returns the number of parts that were computed here.
    pub(crate) fn tasks(&self) -> usize {
        self.lines().iter().filter(|line| line.contains("Finished task")).count()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A cluster for the files of one folder.
pub(crate) struct TestCluster {
    pub(crate) place: String,
    pub(crate) scheduler: Served,
    pub(crate) executors: Vec<Served>,
    data: PathBuf,
}

impl TestCluster {
    pub(crate) fn new(executors: usize, data: &Path) -> Self {
        Self::with(executors, data, &[])
    }

    /// Starts a cluster whose executors have more environment variables.
    pub(crate) fn with(executors: usize, data: &Path, environment: &[(&str, &str)]) -> Self {
        let scheduler = scheduler("0", &[]);
        let said = scheduler.said("schedules at ");
        let place = said.rsplit(' ').next().unwrap().to_owned();
        let mut cluster = Self { place, scheduler, executors: Vec::new(), data: data.to_owned() };
        (0..executors).for_each(|_| cluster.add(environment));
        cluster
    }

    pub(crate) fn port(&self) -> &str {
        self.place.rsplit(':').next().unwrap()
    }

    pub(crate) fn add(&mut self, environment: &[(&str, &str)]) {
        // The first executor of a cluster has one thread.
        let threads = if self.executors.is_empty() { "1" } else { "2" };
        let mut command = executor(&self.place, &self.data, threads);
        command.envs(environment.iter().copied());
        self.serve(command);
    }

    /// Starts an executor that can write no file longer than nothing, as on a full disk.
    pub(crate) fn add_without_disk(&mut self) {
        let whole = executor(&self.place, &self.data, "2");
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""]).arg(whole.get_program());
        command.args(whole.get_args()).env_clear();
        command.envs(whole.get_envs().filter_map(|(name, value)| Some((name, value?))));
        self.serve(command);
    }

    fn serve(&mut self, command: Command) {
        let served = Served::start(command);
        served.said("computes for ");
        self.executors.push(served);
    }

    /// Returns the number of parts that all executors have computed.
    pub(crate) fn tasks(&self) -> usize {
        self.executors.iter().map(Served::tasks).sum()
    }

    /// Runs the checks of a folder, all tables divided.
    pub(crate) fn run(&self, folder: &Path, arguments: &[&str]) -> Answer {
        self.start(folder, arguments).ended()
    }

    /// Starts a run that goes on while the test does.
    pub(crate) fn start(&self, folder: &Path, arguments: &[&str]) -> Running {
        let cluster = ["--cluster", &self.place, "--cluster-min-size", "0", "--cluster-patience", "25"];
        start(folder, &[&cluster, arguments].concat())
    }
}

pub(crate) fn scheduler(port: &str, environment: &[(&str, &str)]) -> Served {
    let mut command = program();
    command.args(["scheduler", "--port", port, "--executor-timeout", "10"]).envs(environment.iter().copied());
    Served::start(command)
}

fn executor(place: &str, data: &Path, threads: &str) -> Command {
    let mut command = program();
    command
        .args(["executor", "--cluster", place, "--port", "0", "--threads", threads, "--log", "info", "--data"])
        .arg(data);
    command
}

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// Returns the words of the report, without its frame and line breaks.
    pub(crate) fn words(&self) -> String {
        let words = self.stdout.split_whitespace().filter(|word| *word != "│");
        words.collect::<Vec<_>>().join(" ")
    }
}

/// A run that has not ended.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn ended(self) -> Answer {
        let output = self.0.wait_with_output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Answer { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

fn start(folder: &Path, arguments: &[&str]) -> Running {
    let mut command = program();
    // Ages are computed against a fixed time.
    command.current_dir(folder).arg("run").args(arguments).env("MLGATE_NOW", "2024-01-15T12:00:00Z");
    Running(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
}

/// Runs the checks of a folder in one process: no table is large enough to be divided.
pub(crate) fn alone(folder: &Path, arguments: &[&str]) -> Answer {
    let nowhere = ["--cluster", "df://127.0.0.1:1", "--cluster-min-size", "1000000GB"];
    start(folder, &[&nowhere, arguments].concat()).ended()
}

/// Writes a table of several files and row groups, and a config with a line for each kind of aggregate.
pub(crate) fn many_row_groups(folder: &Path, rows: i64) {
    fs::create_dir_all(folder.join("rows")).unwrap();
    for file in 0..2 {
        let numbers = || (0..rows).map(|row| row * 2 + file);
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("id", Arc::new(Int64Array::from_iter_values(numbers()))),
            ("twice", Arc::new(Int64Array::from_iter_values(numbers().map(|row| row / 2 * 7919 % 65_537)))),
            (
                "amount",
                Arc::new(numbers().map(|row| (row % 11 != 0).then_some(row as f64 / 7.0)).collect::<Float64Array>()),
            ),
            (
                "kind",
                Arc::new(
                    numbers().map(|row| (row % 13 != 0).then(|| format!("kind {}", row % 5))).collect::<StringArray>(),
                ),
            ),
        ];
        let batch =
            RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true)));
        let batch = batch.unwrap();
        let group = usize::try_from(rows / 9).unwrap().max(1);
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group)).build();
        let to = fs::File::create(folder.join(format!("rows/{file}.parquet"))).unwrap();
        let mut writer = ArrowWriter::try_new(to, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }
    fs::write(folder.join("mlgate.yml"), CONFIG).unwrap();
}

const CONFIG: &str = "\
version: 1
data:
  rows:
    path: rows
    rows: '>= 100'
    duplicate_rows: 0
    columns:
      id: {type: int64, unique: true, nulls: 0, maximum: '> 10'}
      twice: {unique: true, range: [0, 65536], mean: '> 0', quantile: {q: 0.5, is: '> 10'}, distinct: '> 10'}
      amount: {nulls: '< 5%', finite: true, mean: '> 0', stddev: '> 1', quantile: {q: 0.25, is: '> 10'}}
      kind: {in: [kind 0, kind 1, kind 2, kind 3], nulls: '< 10%'}
    rules:
      small: \"amount < 1000 OR kind LIKE 'kind%'\"
      regular: \"regexp_like(kind, '^kind [0-4]$') OR kind IS NULL\"
";
