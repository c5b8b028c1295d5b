//! The Python package's dataclasses are those of the report's schema. `MLGATE_UPDATE=1` writes them.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

#[test]
fn its_dataclasses_are_those_of_the_schema() {
    let mut generate = Command::new("python3");
    generate.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/generate"));
    if std::env::var_os("MLGATE_UPDATE").is_none() {
        generate.arg("--check");
    }
    let Ok(done) = generate.output() else {
        // The note bypasses the capture of passing tests' output, so that it is visible. `.ci/run` has Python.
        std::io::stderr().write_all(b"SKIPPED: the Python package was not checked: there is no python3\n").unwrap();
        return;
    };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
