//! The component, `templates/mlgate.yml`: its inputs, its files, and its scripts, which are run as GitLab's runner does.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::support::Workplace;

fn text() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/mlgate.yml")).unwrap()
}

/// Returns the jobs, the second document.
fn jobs() -> String {
    text().split_once("\n---\n").unwrap().1.to_owned()
}

/// Returns the lines of the block scripts of a job, one script for each.
fn scripts(job: &str) -> Vec<String> {
    let jobs = jobs();
    let start = jobs.find(&format!("\"$[[ inputs.{job} ]]\":")).unwrap();
    let job = &jobs[start..];
    let script = job.split_once("\n  script:\n").unwrap().1;
    let script = script.split_once("\n  artifacts:").unwrap().0.split("\n  allow_failure:").next().unwrap();
    let blocks = script.split("    - |\n").skip(1);
    blocks.map(|block| block.lines().map(|line| format!("{}\n", line.trim_start_matches("      "))).collect()).collect()
}

#[test]
fn every_input_is_described_and_used_and_none_reaches_a_shell() {
    let text = text();
    let (spec, jobs) = text.split_once("\n---\n").unwrap();
    let declared: Vec<&str> = spec
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.strip_suffix(':'))
        .filter(|n| !n.starts_with(' '))
        .collect();
    assert!(declared.len() >= 7, "{declared:?}");
    assert_eq!(spec.matches("description:").count(), declared.len());
    let used = Regex::new(r"\$\[\[ inputs\.([a-z-]+) \]\]").unwrap();
    let used: BTreeSet<&str> = used.captures_iter(jobs).map(|found| found.get(1).unwrap().as_str()).collect();
    assert_eq!(used, declared.iter().copied().collect());
    for job in ["job", "bless-job"] {
        for script in scripts(job) {
            assert!(!script.contains("$[["), "an input would be read as words of the shell: {script}");
        }
    }
}

#[test]
fn every_report_is_written_and_kept() {
    let script = scripts("job").concat();
    let written = Regex::new(r"--output [a-z]+=(\S+)").unwrap();
    let written: Vec<&str> = written.captures_iter(&script).map(|found| found.get(1).unwrap().as_str()).collect();
    assert_eq!(written.len(), 6, "{script}");
    let jobs = jobs();
    let artifacts = jobs.split_once("  artifacts:").unwrap().1.split_once("\n\n").unwrap().0;
    for name in written {
        assert!(artifacts.contains(name), "{name} is not kept");
    }
    for (report, name) in [
        ("junit", "mlgate-junit.xml"),
        ("codequality", "gl-code-quality-report.json"),
        ("metrics", "mlgate-metrics.txt"),
        ("dotenv", "mlgate.env"),
    ] {
        assert!(artifacts.contains(&format!("      {report}: {name}")), "{report}");
    }
}

#[cfg(unix)]
#[test]
fn the_scripts_end_with_the_code_of_the_verdict() {
    let place = Workplace::new();
    // A file whose name would be more than one word, or a command.
    let config = "ml gate $(touch x).yml";
    place.write("rows.csv", "a\n1\n2\n3\n");
    let run = |job: &str, warnings: &str| {
        let mut code = None;
        for script in scripts(job) {
            // The runner's shell stops at the first failure.
            let status = Command::new("bash")
                .args(["-eo", "pipefail", "-c", &script])
                .current_dir(place.path())
                .env_clear()
                .env("PATH", std::env::var_os("PATH").unwrap())
                .env("MLGATE_JOB_PROGRAM", env!("CARGO_BIN_EXE_mlgate"))
                .env("MLGATE_JOB_CONFIG", config)
                .env("MLGATE_JOB_COMMENT", "off")
                .env("MLGATE_JOB_WARNINGS", warnings)
                .output()
                .unwrap();
            code = status.status.code();
            if code != Some(0) {
                break;
            }
        }
        code.unwrap()
    };
    let demand = |more: &str| {
        place.write(config, &format!("version: 1\nbaseline: b.json\ndata:\n  t: {{path: rows.csv, rows: {more}}}\n"));
    };
    demand("\">= 3\"");
    assert_eq!(run("bless-job", "allowed"), 4, "the config wants a baseline that is not there");
    place.write(
        config,
        "version: 1\nbaseline: {from: b.json, required: false}\ndata:\n  t: {path: rows.csv, rows: \">= 3\"}\n",
    );
    assert_eq!(run("bless-job", "allowed"), 0);
    assert!(place.path().join("b.json").is_file());
    assert_eq!(run("job", "allowed"), 0);
    for name in ["mlgate-report.json", "mlgate-report.md", "mlgate-junit.xml", "mlgate.env", "mlgate-metrics.txt"] {
        assert!(place.path().join(name).is_file(), "{name}");
    }
    demand("{is: \">= 9\", severity: warning}");
    let code = run("job", "allowed");
    assert_eq!((code, run("job", "stop")), (3, 1));
    demand("\">= 9\"");
    assert_eq!((run("job", "allowed"), run("bless-job", "allowed")), (1, 1));
    demand("[");
    assert_eq!(run("job", "allowed"), 2);
    assert!(place.path().join("mlgate-junit.xml").is_file(), "a run without a verdict is told in the tests");
    assert!(!place.path().join("x").exists());
}
