//! Emulators of stores, started on this machine for one test.
//!
//! `.ci/run` installs them, each into a folder beside the build. Without one, the tests that need it print that they
//! were skipped; with `MLGATE_REQUIRE_STORES=1` they fail.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// An emulator, with the places where it is searched.
pub(super) struct Program {
    /// The program's name on the path.
    pub(super) name: &'static str,
    /// The variable with the program's path, which takes precedence.
    pub(super) variable: &'static str,
    /// Advice for installing the program.
    pub(super) from: &'static str,
}

/// A running emulator.
pub(super) struct Server {
    process: Child,
    /// The host and port.
    pub(super) address: String,
    /// The folder of the program's files, which is deleted after the test.
    _folder: TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Program {
    fn find(&self) -> Option<PathBuf> {
        if let Some(named) = std::env::var_os(self.variable) {
            return Some(named.into());
        }
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).map(|folder| folder.join(self.name)).find(|program| program.is_file())
    }

    /// Starts the program with arguments that contain a free port; if it is missing, prints a note and returns `None`.
    pub(super) fn start(&self, environment: &[(&str, &str)], arguments: impl Fn(u16) -> Vec<String>) -> Option<Server> {
        let Some(program) = self.find() else {
            let why = format!("there is no `{}` ({})", self.name, self.from);
            let is_required = std::env::var_os("MLGATE_REQUIRE_STORES").is_some();
            assert!(!is_required, "MLGATE_REQUIRE_STORES is set, and {why}");
            // The note bypasses the capture of passing tests' output, so that it is visible.
            let skipped = format!("SKIPPED: {why}, so its store was not tested\n");
            std::io::stderr().write_all(skipped.as_bytes()).unwrap();
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        // A program of node uses the node beside it, and not an older one of the machine.
        let beside = program.parent().map(PathBuf::from).into_iter();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(beside.chain(std::env::split_paths(&path))).unwrap();
        let process = Command::new(&program)
            .args(arguments(port))
            .current_dir(folder.path())
            .env("PATH", path)
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut server = Server { process, address: format!("127.0.0.1:{port}"), _folder: folder };
        let started = Instant::now();
        while TcpStream::connect(&server.address).is_err() {
            let ended = server.process.try_wait().unwrap();
            assert!(ended.is_none(), "{} ended at once: {}", program.display(), ended.unwrap());
            assert!(started.elapsed() < Duration::from_secs(60), "{} did not start", program.display());
            thread::sleep(Duration::from_millis(100));
        }
        Some(server)
    }
}

impl Server {
    /// Sends a request and asserts that it succeeds.
    #[track_caller]
    pub(super) fn must(&self, method: &str, target: &str, headers: &[&str], body: &[u8]) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let mut head = format!("{method} {target} HTTP/1.1\r\nHost: {}\r\n", self.address);
        for header in headers {
            write!(head, "{header}\r\n").unwrap();
        }
        write!(head, "Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 20"), "{method} {target}: {answer}");
    }
}

/// Returns a name in the form of a URL.
pub(super) fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'/' => text.push(byte.into()),
            other => write!(text, "%{other:02X}").unwrap(),
        }
        text
    })
}
