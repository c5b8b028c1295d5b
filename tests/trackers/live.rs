//! A live `mlflow server`: what it stores and answers itself.
//!
//! `.ci/run` installs it. Without `mlflow` on the path or in `MLGATE_MLFLOW`, the tests print that they were skipped; with
//! `MLGATE_REQUIRE_STORES=1` they fail.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{facts, mlflow_stores, read, refused, value};
use crate::support::Workplace;

/// A running server, whose database is a copy of a fixture's.
pub(super) struct LiveServer {
    process: Child,
    pub(super) url: String,
    pub(super) place: Workplace,
}

impl Drop for LiveServer {
    fn drop(&mut self) {
        // The server has started workers, which end with it when it is asked to.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

fn program() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("MLGATE_MLFLOW") {
        return Some(named.into());
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join("mlflow")).find(|program| program.is_file())
}

/// Starts a server; if `mlflow` is missing, prints a note and returns `None`.
pub(super) fn start() -> Option<LiveServer> {
    let Some(program) = program() else {
        let why = "there is no `mlflow` (PyPI)";
        assert!(std::env::var_os("MLGATE_REQUIRE_STORES").is_none(), "MLGATE_REQUIRE_STORES is set, and {why}");
        std::io::stderr().write_all(format!("SKIPPED: {why}, so no live server was tested\n").as_bytes()).unwrap();
        return None;
    };
    let place = mlflow_stores("mlflow-3");
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let beside = program.parent().map(PathBuf::from).into_iter();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(beside.chain(std::env::split_paths(&path))).unwrap();
    let process = Command::new(&program)
        .args([
            "server",
            "--backend-store-uri",
            "sqlite:///mlflow.db",
            "--host",
            "127.0.0.1",
            "--workers",
            "1",
            "--port",
        ])
        .arg(port.to_string())
        .current_dir(place.path())
        .env("PATH", path)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut server = LiveServer { process, url: format!("http://127.0.0.1:{port}"), place };
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(server.process.try_wait().unwrap().is_none(), "mlflow server has ended");
        assert!(started.elapsed() < Duration::from_secs(120), "mlflow server does not start");
        thread::sleep(Duration::from_millis(200));
    }
    Some(server)
}

#[test]
fn a_live_server_is_read() {
    let Some(server) = start() else { return };
    let ids = facts("mlflow-3")["sql"].clone();
    let store = format!("mlflow:{}", server.url);
    let folder = server.place.path();
    let run = read(folder, &format!("{store}?model=risk%20model&alias=challenger"));
    assert_eq!(run["run"]["id"], ids["odd"]);
    assert_eq!((value(&run, "undefined"), value(&run, "above")), (json!("NaN"), json!("Infinity")));
    assert_eq!(read(folder, &format!("{store}?experiment=credit%20risk"))["run"]["name"], "nested");
    assert_eq!(read(folder, &format!("{store}?commit={}", "f".repeat(40)))["run"]["name"], "elsewhere");
    // Everything is what the server's own database has.
    let of_file = read(folder, &format!("mlflow:mlflow.db?run={}", ids["odd"].as_str().unwrap()));
    for part in ["run", "metrics", "params", "tags"] {
        assert_eq!(run[part], of_file[part], "{part}");
    }
    assert!(refused(folder, &format!("{store}?model=risk%20model&alias=none")).contains("no alias `none`"));
}
