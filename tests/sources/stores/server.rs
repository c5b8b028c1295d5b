//! Programs that speak to the clients of a store, on this machine and for one test.
//!
//! `.ci/run` installs them, each into a folder beside the build. Without one, the tests that need it say that they were
//! skipped; with `MLGATE_REQUIRE_STORES=1` they fail.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Which program it is, and where it is looked for.
pub(super) struct Program {
    /// What it is called on the path.
    pub(super) name: &'static str,
    /// The variable that says where it lies instead.
    pub(super) variable: &'static str,
    /// How somebody gets it.
    pub(super) from: &'static str,
}

/// One of them, running.
pub(super) struct Server {
    process: Child,
    /// Host and port.
    pub(super) address: String,
    /// What it writes is gone after the test.
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

    /// Starts it with arguments that hold a free port; `None`, after a word about it, where there is none.
    pub(super) fn start(&self, environment: &[(&str, &str)], arguments: impl Fn(u16) -> Vec<String>) -> Option<Server> {
        let Some(program) = self.find() else {
            let why = format!("there is no `{}` ({})", self.name, self.from);
            let is_required = std::env::var_os("MLGATE_REQUIRE_STORES").is_some();
            assert!(!is_required, "MLGATE_REQUIRE_STORES is set, and {why}");
            // Past the capture of passing tests' output, so that it is seen.
            let skipped = format!("SKIPPED: {why}, so its store was not tested\n");
            std::io::stderr().write_all(skipped.as_bytes()).unwrap();
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        // A program of node takes the node that lies beside it, and not an older one of the machine.
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
    /// Sends a request, which must be carried out.
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

/// A name as it stands in a URL.
pub(super) fn encoded(name: &str) -> String {
    name.bytes().fold(String::new(), |mut text, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'/' => text.push(byte.into()),
            other => write!(text, "%{other:02X}").unwrap(),
        }
        text
    })
}
