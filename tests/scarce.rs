//! Machines with few threads and little memory, and files that would exhaust them.
#![cfg(unix)]

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Answer, Workplace};

const CONFIG: &str = "version: 1\ndata:\n  d: {path: d.csv, rows: '> 0', columns: {age: {nulls: 0}}}\n";

/// A function that puts something in the place of a file.
type Make<'a> = &'a dyn Fn(&Workplace, &str);

fn gate() -> Workplace {
    let place = Workplace::new();
    place.write("d.csv", "age\n20\n30\n").write("mlgate.yml", CONFIG);
    place
}

/// Runs the gate under a limit of the shell's `ulimit`, and ends it after a while.
fn within(place: &Workplace, limit: &str, arguments: &[&str]) -> Answer {
    let mut child = Command::new("sh")
        .args(["-c", &format!("{limit} && exec \"$0\" \"$@\"")])
        .arg(assert_cmd::cargo::cargo_bin("mlgate"))
        .args(arguments)
        .current_dir(place.path())
        .env("MLGATE_NOW", "2024-01-15T12:00:00Z")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(120) {
            child.kill().unwrap();
            panic!("it hangs: {limit} {arguments:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Answer { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[test]
fn a_number_of_threads_is_one_that_can_be() {
    let place = gate();
    for threads in ["0", "1025", "99999", "18446744073709551615", "18446744073709551616", "-1", "two", ""] {
        let answer = place.run(&["run", "-q", "--threads", threads]);
        assert_eq!(answer.code, 2, "{threads}: {}", answer.stderr);
        assert!(threads == "-1" || answer.stderr.contains("from 1 to 1024"), "{}", answer.stderr);
    }
    for threads in ["1", "2", "7", "300"] {
        assert_eq!(place.run(&["run", "-q", "--threads", threads]).code, 0, "{threads}");
    }
}

/// Never passes: a machine that starts few threads: the run works, or ends with 4.
#[cfg(target_os = "linux")]
#[test]
fn with_few_threads_it_works_or_says_so() {
    let place = gate();
    let mut worked = 0;
    // The limits range from one that no thread fits into to a generous one, in KiB.
    for limit in (300_000..1_500_000).step_by(100_000) {
        for threads in ["1", "64"] {
            let answer = within(&place, &format!("ulimit -v {limit}"), &["run", "-q", "--threads", threads]);
            assert!(matches!(answer.code, 0 | 4), "{limit} KiB, {threads} threads: {} {}", answer.code, answer.stderr);
            assert!(answer.stderr.lines().count() <= 2, "{}", answer.stderr);
            worked += usize::from(answer.code == 0);
        }
    }
    assert!(worked > 12, "{worked}");
}

/// Never passes: aliases of YAML that stand for gigabytes (exit code 2).
#[test]
fn aliases_do_not_fill_the_memory() {
    let place = gate();
    let text = format!("version: 1\nx: &a \"{}\"\nz: [{}]\n", "y".repeat(1_000_000), vec!["*a"; 190_000].join(","));
    place.write("mlgate.yml", &text);
    let answer = within(&place, "ulimit -v 2000000", &["run"]);
    assert_eq!(answer.code, 2, "{}", answer.stderr.chars().take(500).collect::<String>());
    assert!(answer.stderr.contains("the config is larger than 32 MiB"));
    assert!(answer.stderr.len() < 20_000);
}

#[test]
fn a_hundred_thousand_unknown_keys_are_told_of_in_seconds() {
    let keys = |indent: &str| (0..100_000).map(|at| format!("{indent}k{at}: 1\n")).collect::<String>();
    let flow = |with: &str| (0..60_000).map(|at| format!("k{at}: {with}, ")).collect::<String>();
    for config in [
        format!("{CONFIG}{}", keys("")),
        format!("{CONFIG}baseline:\n{}", keys("  ")),
        format!("{CONFIG}comment:\n{}", keys("  ")),
        format!("version: 1\ndata:\n  d:\n    path: d.csv\n{}", keys("    ")),
        format!("version: 1\ndata:\n  d:\n    path: d.csv\n    columns:\n      age:\n{}", keys("        ")),
        format!("version: 1\nmodels:\n  m:\n    predictions: d.csv\n{}", keys("    ")),
        format!(
            "version: 1\nmodels:\n  m:\n    predictions: d.csv\n    label: age\n    score: age\n    metrics:\n{}",
            keys("      ")
        ),
        format!(
            "version: 1\nmodels:\n  m: {{predictions: d.csv, label: age, score: age, slices: [{{{}}}]}}\n",
            flow("1")
        ),
        format!("{CONFIG}waivers:\n- gates: x\n{}", keys("  ")),
        format!("{{version: 1, data: {{d: {{path: d.csv, rows: '> 0'}}}}, {}}}\n", flow("1")),
        format!("{CONFIG}{}", (0..100_000).map(|_| "k: 1\n").collect::<String>()),
    ] {
        let place = gate();
        place.write("mlgate.yml", &config);
        let started = Instant::now();
        let answer = place.run(&["run"]);
        let took = started.elapsed();
        let start: String = config.chars().take(120).collect();
        assert_eq!(answer.code, 2, "{start}: {}", answer.stderr.chars().take(2_000).collect::<String>());
        assert!(took < Duration::from_secs(20), "{took:?}: {start}");
        assert!(answer.stderr.len() < 300_000, "{}: {start}", answer.stderr.len());
    }
}

/// Never passes: a config, page, baseline or report that is a device, a pipe or huge (exit code 2 or 4).
#[test]
fn only_files_are_read_and_only_small_ones() {
    let sparse =
        |place: &Workplace, name: &str| File::create(place.path().join(name)).unwrap().set_len(20 << 30).unwrap();
    let pipe = |place: &Workplace, name: &str| {
        assert!(Command::new("mkfifo").arg(name).current_dir(place.path()).status().unwrap().success());
    };
    let zero = |place: &Workplace, name: &str| symlink("/dev/zero", place.path().join(name)).unwrap();
    let kinds: [Make<'_>; 3] = [&sparse, &pipe, &zero];
    for make in kinds {
        // The config, named and discovered.
        let place = Workplace::new();
        make(&place, "mlgate.yml");
        for arguments in [&["run"][..], &["checks"], &["run", "--config", "mlgate.yml"]] {
            let answer = within(&place, "ulimit -v 4000000", arguments);
            assert_eq!(answer.code, 2, "{}", answer.stderr);
            assert!(answer.stderr.contains("`mlgate.yml` cannot be read"), "{}", answer.stderr);
        }
        // The baseline.
        let place = gate();
        make(&place, "b.json");
        place.write("mlgate.yml", "version: 1\nbaseline: b.json\ndata:\n  d: {path: d.csv, rows: '>= baseline'}\n");
        assert_eq!(within(&place, "ulimit -v 4000000", &["run", "-q"]).code, 4);
        assert!(matches!(within(&place, "ulimit -v 4000000", &["diff", "b.json", "b.json"]).code, 2 | 4));
        assert!(matches!(within(&place, "ulimit -v 4000000", &["bless", "-q"]).code, 2 | 4));
        // Metrics files and data.
        for (name, config) in [
            ("m.json", "version: 1\nmodels:\n  m: {metrics_file: m.json, metrics: {a: {min: 0.5}}}\n"),
            ("m.csv", "version: 1\ndata:\n  d: {path: m.csv, rows: '> 0'}\n"),
        ] {
            if name == "m.csv" && fs::symlink_metadata(place.path().join("b.json")).unwrap().len() > 1 << 30 {
                // Data may be large.
                continue;
            }
            let place = Workplace::new();
            make(&place, name);
            place.write("mlgate.yml", config);
            assert_eq!(within(&place, "ulimit -v 4000000", &["run", "-q"]).code, 4, "{name}");
        }
        // The report.
        let place = gate();
        make(&place, "r.json");
        assert!(matches!(within(&place, "ulimit -v 4000000", &["publish", "--report", "r.json"]).code, 2 | 4));
        assert!(matches!(within(&place, "ulimit -v 4000000", &["bless", "--from", "r.json"]).code, 2 | 4));
    }
    // A page; links among pages are not followed.
    let place = gate();
    fs::create_dir(place.path().join("k")).unwrap();
    sparse(&place, "k/p.md");
    place.write("mlgate.yml", &format!("{CONFIG}checks: k\n"));
    let answer = within(&place, "ulimit -v 4000000", &["run"]);
    assert_eq!(answer.code, 2, "{}", answer.stderr);
    assert!(answer.stderr.contains("limit: 1 MiB"), "{}", answer.stderr);
}
