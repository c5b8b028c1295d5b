//! Arguments. Those of `run` are `mlgate run`'s own, with those of the cluster among them.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use log::LevelFilter;

use crate::USAGE;

/// The port of schedulers, as Ballista has it.
const PORT: u16 = 50050;
/// The size from which a table is divided by default, in bytes.
const LEAST_BYTES: u64 = 64 << 20;
/// Seconds for which a run waits for a cluster by default.
const PATIENCE: u64 = 60;
/// The number of parts by default.
const PARTS: usize = 16;
/// Seconds for the parts of one table by default.
const LIMIT: u64 = 3600;
/// The most seconds for which a run waits.
const MOST_SECONDS: u64 = 604_800;
/// The most parts of a table.
const MOST_PARTS: usize = 4096;

#[derive(Debug, Parser)]
#[command(
    name = "mlgate-cluster",
    version = crate::version::BUILD,
    about = "Runs the checks of mlgate with several machines reading the data",
    max_term_width = 100
)]
struct Arguments {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Runs all checks of mlgate.yml, as `mlgate run` does with the same arguments; large tables are read by executors
    #[command(disable_help_flag = true)]
    Run {
        /// --cluster df://HOST:PORT [also: MLGATE_CLUSTER], --cluster-min-size SIZE, --cluster-parts N,
        /// --cluster-patience SECONDS, --cluster-time-limit SECONDS, and the arguments of `mlgate run`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Gives the parts of tables to executors
    Scheduler(SchedulerArguments),
    /// Reads parts of tables and computes their states
    Executor(ExecutorArguments),
}

/// Arguments of a scheduler.
#[derive(Debug, Args)]
pub struct SchedulerArguments {
    /// The address to listen at
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) bind: IpAddr,
    /// The port to listen at; 0 takes a free one, which the first line of output names
    #[arg(long, value_name = "PORT", default_value_t = PORT)]
    pub(crate) port: u16,
    /// Seconds without a word after which an executor counts as lost, and others do its work; a busy one speaks every 5
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(10..=3600))]
    pub(crate) executor_timeout: u64,
    /// The gravest log lines that are left out are those below this level
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    pub(crate) log: LevelFilter,
}

/// Arguments of an executor.
#[derive(Debug, Args)]
pub struct ExecutorArguments {
    /// The scheduler
    #[arg(long, value_name = "df://HOST:PORT", env = "MLGATE_CLUSTER", value_parser = place)]
    pub(crate) cluster: Place,
    /// A folder below which files may be read, at the same path as in runs; may be repeated
    #[arg(long, value_name = "FOLDER", required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// The address to listen at
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) bind: IpAddr,
    /// The host name at which runs reach this executor [default: the address it listens at]
    #[arg(long, value_name = "HOST")]
    pub(crate) host: Option<String>,
    /// The port to listen at; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 50051)]
    pub(crate) port: u16,
    /// Parts that are computed at a time [default: one for each core]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<std::num::NonZero<usize>>,
    /// Memory of states, such as 8GB; what needs more is an error of its part [default: 70% of the machine's or container's]
    #[arg(long, value_name = "SIZE", value_parser = mlgate::cluster::bytes)]
    pub(crate) memory_limit: Option<u64>,
    /// The folder for results until runs fetch them [default: a temporary one]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) work: Option<PathBuf>,
    /// The gravest log lines that are left out are those below this level
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    pub(crate) log: LevelFilter,
}

/// The place of a scheduler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The host's name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

/// A process that serves runs.
#[derive(Debug)]
pub enum Command {
    /// A scheduler.
    Scheduler(SchedulerArguments),
    /// An executor.
    Executor(ExecutorArguments),
}

/// The cluster of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// The scheduler.
    pub place: Place,
    /// The size in bytes from which tables are divided.
    pub least_bytes: u64,
    /// The most parts of a table.
    pub parts: usize,
    /// The time for which a run waits for a scheduler, and for executors.
    pub patience: Duration,
    /// The longest time for the parts of one table.
    pub limit: Duration,
}

/// A command line, read.
#[derive(Debug)]
pub enum Parsed {
    /// A run, with the arguments of `mlgate`.
    Run {
        /// The cluster.
        cluster: Cluster,
        /// All arguments for `mlgate`, from the program's name on.
        arguments: Vec<OsString>,
    },
    /// A process that serves runs.
    Serve(Command),
    /// A text that is the answer, and the exit code.
    Said(String, u8),
}

/// Reads arguments.
pub fn parse(given: &[OsString]) -> Parsed {
    match Arguments::try_parse_from(given) {
        Ok(Arguments { command: Subcommands::Scheduler(arguments) }) => Parsed::Serve(Command::Scheduler(arguments)),
        Ok(Arguments { command: Subcommands::Executor(arguments) }) => Parsed::Serve(Command::Executor(arguments)),
        Ok(Arguments { command: Subcommands::Run { arguments } }) => {
            let named = std::env::var("MLGATE_CLUSTER").ok().filter(|named| !named.is_empty());
            match run(arguments, named) {
                Ok((cluster, arguments)) => Parsed::Run { cluster, arguments },
                Err(why) => Parsed::Said(format!("error: {why}\n"), USAGE),
            }
        }
        Err(problem) => {
            let code = if problem.use_stderr() { USAGE } else { 0 };
            Parsed::Said(problem.render().to_string(), code)
        }
    }
}

/// Takes the cluster's own arguments out of those of `mlgate run`.
fn run(given: Vec<OsString>, named: Option<String>) -> Result<(Cluster, Vec<OsString>), String> {
    let mut arguments: Vec<OsString> = vec!["mlgate".into(), "run".into()];
    let (mut place_of, mut least, mut parts, mut patience, mut limit) = (named, None, None, None, None);
    let mut rest = given.into_iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_str().unwrap_or_default();
        let (name, inline) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
        let to = match name {
            "--cluster" => &mut place_of,
            "--cluster-min-size" => &mut least,
            "--cluster-parts" => &mut parts,
            "--cluster-patience" => &mut patience,
            "--cluster-time-limit" => &mut limit,
            _ => {
                let is_end = text == "--";
                arguments.push(argument);
                if is_end {
                    arguments.extend(rest.by_ref());
                }
                continue;
            }
        };
        let name = name.to_owned();
        let value = inline.or_else(|| rest.next().and_then(|next| next.into_string().ok()));
        *to = Some(value.ok_or_else(|| format!("{name} needs a value"))?);
    }
    let asks_for_help = arguments.iter().any(|argument| argument == "--help" || argument == "-h");
    let place_of = match place_of {
        Some(named) => place(&named).map_err(|why| format!("--cluster `{named}`: {why}"))?,
        None if asks_for_help => Place { host: String::new(), port: PORT },
        None => return Err("name the scheduler: --cluster df://HOST:PORT, or MLGATE_CLUSTER".to_owned()),
    };
    let least_bytes = match least {
        Some(size) if size == "0" => 0,
        Some(size) => mlgate::cluster::bytes(&size).map_err(|why| format!("--cluster-min-size `{size}`: {why}"))?,
        None => LEAST_BYTES,
    };
    let parts = match parts {
        Some(text) => {
            let parts = text.parse().ok().filter(|parts| (1..=MOST_PARTS).contains(parts));
            parts.ok_or_else(|| format!("--cluster-parts `{text}`; limit: a whole number from 1 to {MOST_PARTS}"))?
        }
        None => PARTS,
    };
    let seconds = |name: &str, given: Option<String>, usual: u64| match given {
        Some(text) => {
            let seconds = text.parse::<u64>().ok().filter(|seconds| (1..=MOST_SECONDS).contains(seconds));
            seconds.ok_or_else(|| format!("{name} `{text}`; limit: 1 to {MOST_SECONDS} seconds"))
        }
        None => Ok(usual),
    };
    let patience = Duration::from_secs(seconds("--cluster-patience", patience, PATIENCE)?);
    let limit = Duration::from_secs(seconds("--cluster-time-limit", limit, LIMIT)?);
    Ok((Cluster { place: place_of, least_bytes, parts, patience, limit }, arguments))
}

/// Reads `df://HOST:PORT`.
fn place(text: &str) -> Result<Place, String> {
    let expected = || "expected df://HOST:PORT, as in df://scheduler:50050".to_owned();
    let rest = text.strip_prefix("df://").ok_or_else(expected)?.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') => (host, port.parse().map_err(|_| expected())?),
        _ => (rest, PORT),
    };
    let is_host = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '-' | '_');
    if host.is_empty() || !host.chars().all(is_host) {
        return Err(expected());
    }
    Ok(Place { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn of(words: &[&str], named: Option<&str>) -> Result<(Cluster, Vec<OsString>), String> {
        run(words.iter().map(OsString::from).collect(), named.map(str::to_owned))
    }

    #[test]
    fn the_arguments_fit_together() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn arguments_of_the_cluster_may_stand_anywhere() {
        let (cluster, rest) = of(&["-c", "a.yml", "--cluster", "df://host:1", "--only", "x"], None).unwrap();
        assert_eq!(cluster.place, Place { host: "host".to_owned(), port: 1 });
        assert_eq!((cluster.least_bytes, cluster.parts), (LEAST_BYTES, PARTS));
        assert_eq!(rest, ["mlgate", "run", "-c", "a.yml", "--only", "x"]);
        let (cluster, rest) =
            of(&["--cluster-min-size=0", "--cluster-parts=3", "--", "--cluster"], Some("df://10.0.0.1")).unwrap();
        assert_eq!(cluster.place, Place { host: "10.0.0.1".to_owned(), port: PORT });
        assert_eq!((cluster.least_bytes, cluster.parts), (0, 3));
        assert_eq!(rest, ["mlgate", "run", "--", "--cluster"]);
    }

    #[test]
    fn wrong_arguments_are_named() {
        assert!(of(&[], None).unwrap_err().contains("MLGATE_CLUSTER"));
        for wrong in ["host:1", "df://", "df://host:x", "df://a b:1", "http://host:1", "df://::1:5"] {
            assert!(of(&["--cluster", wrong], None).is_err(), "{wrong}");
        }
        assert!(of(&["--cluster"], None).is_err());
        for (name, value) in [
            ("--cluster-parts", "0"),
            ("--cluster-parts", "5000"),
            ("--cluster-patience", "0"),
            ("--cluster-min-size", "much"),
        ] {
            assert!(of(&["--cluster", "df://h", name, value], None).unwrap_err().contains(name));
        }
    }
}
