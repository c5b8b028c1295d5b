//! `release/build` with stand-ins for cargo and rustc: what it asks for, and which programs it refuses to hand on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::Workplace;

const LINUX: &str = "x86_64-unknown-linux-gnu";

/// A folder of stand-ins, in which the "build" copies a given program.
struct Stand {
    place: Workplace,
}

impl Stand {
    fn new(program: &[u8]) -> Self {
        let place = Workplace::new();
        fs::create_dir_all(place.path().join("target/zig/bin")).unwrap();
        fs::copy(root().join("release/zig.txt"), place.path().join("target/zig/installed")).unwrap();
        fs::write(place.path().join("program"), program).unwrap();
        let stand = Self { place };
        // The toolchain has every standard library, and the host is none of the targets: a program made here need not run.
        for target in [LINUX, "aarch64-apple-darwin", "x86_64-pc-windows-msvc"] {
            fs::create_dir_all(stand.path().join("sysroot/lib/rustlib").join(target).join("lib")).unwrap();
        }
        stand.script(
            "rustc",
            r#"case "$1" in
    -vV) echo "host: sparc-unknown-none" ;;
    *) echo "$STAND/sysroot" ;;
esac"#,
        );
        stand.script("rustup", "exit 1");
        stand.script(
            "cargo",
            r#"printf '%s\n' "$*" >"$STAND/asked"
echo "cargo prints this"
for target; do :; done
target="${target%.2.17}"
name=mlgate
case "$target" in *-windows-*) name=mlgate.exe ;; esac
mkdir -p "$CARGO_TARGET_DIR/$target/dist"
cp "$STAND/program" "$CARGO_TARGET_DIR/$target/dist/$name""#,
        );
        stand
    }

    fn path(&self) -> &Path {
        self.place.path()
    }

    fn script(&self, name: &str, text: &str) {
        let path = self.path().join("bin").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/usr/bin/env bash\nset -eu\n{text}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn build(&self, arguments: &[&str]) -> Output {
        let path = format!("{}:{}", self.path().join("bin").display(), std::env::var("PATH").unwrap());
        Command::new(root().join("release/build"))
            .args(arguments)
            .env("PATH", path)
            .env("STAND", self.path())
            .env("CARGO_TARGET_DIR", self.path().join("target"))
            .output()
            .unwrap()
    }

    /// Builds, expects success, and returns the path that was written and the arguments of cargo.
    fn built(&self, target: &str) -> (PathBuf, String) {
        let output = self.build(&[target]);
        assert!(output.status.success(), "{}", stderr(&output));
        let path = String::from_utf8(output.stdout).unwrap();
        (PathBuf::from(path.strip_suffix('\n').unwrap()), fs::read_to_string(self.path().join("asked")).unwrap())
    }

    /// Builds, expects a refusal without a path, and returns what was said.
    fn refused(&self, arguments: &[&str]) -> String {
        let output = self.build(arguments);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
        stderr(&output)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn linux_is_linked_against_an_old_glibc() {
    let (path, asked) = Stand::new(b"\x7fELF\0GLIBC_2.9\0GLIBC_2.17\0GLIBC_2.2.5\0").built(LINUX);
    assert!(path.is_absolute() && path.ends_with(format!("{LINUX}/dist/mlgate")), "{}", path.display());
    assert_eq!(asked, format!("zigbuild --locked --profile dist --bin mlgate --target {LINUX}.2.17\n"));
}

#[test]
fn other_systems_are_linked_by_their_own_tools() {
    let stand = Stand::new(b"a program");
    let (path, asked) = stand.built("x86_64-pc-windows-msvc");
    assert!(path.ends_with("x86_64-pc-windows-msvc/dist/mlgate.exe"), "{}", path.display());
    assert_eq!(asked, "build --locked --profile dist --bin mlgate --target x86_64-pc-windows-msvc\n");
    let (path, _) = stand.built("aarch64-apple-darwin");
    assert!(path.ends_with("aarch64-apple-darwin/dist/mlgate"), "{}", path.display());
}

#[test]
fn a_program_that_needs_a_newer_glibc_is_refused() {
    let said = Stand::new(b"\x7fELF\0GLIBC_2.17\0GLIBC_2.34\0").refused(&[LINUX]);
    assert!(said.contains("needs GLIBC_2.34, and should start with glibc 2.17"), "{said}");
    let said = Stand::new(b"\x7fELF").refused(&[LINUX]);
    assert!(said.contains("names no version of glibc"), "{said}");
}

#[test]
fn a_large_program_is_refused() {
    let stand = Stand::new(b"\x7fELF\0GLIBC_2.17\0");
    let file = fs::OpenOptions::new().write(true).open(stand.path().join("program")).unwrap();
    file.set_len(80_000_000).unwrap();
    stand.built(LINUX);
    file.set_len(80_000_001).unwrap();
    let said = stand.refused(&[LINUX]);
    assert!(said.contains("is 80000001 bytes long; limit: 80000000"), "{said}");
}

#[test]
fn only_a_target_is_taken() {
    let stand = Stand::new(b"");
    for argument in ["", "--help", "x86_64-unknown-linux-gnu;id", "$(id)", "../x-y", "Linux"] {
        let said = stand.refused(&[argument]);
        // An empty one is the host, and there is no standard library for it.
        let expected = if argument.is_empty() { "could not add" } else { "is not a target of Rust" };
        assert!(said.contains(expected), "{argument}: {said}");
    }
    assert!(stand.refused(&[LINUX, LINUX]).contains("give one target"));
    assert!(!stand.path().join("asked").exists(), "cargo was called");
}

#[test]
fn a_failed_build_hands_on_no_path() {
    let stand = Stand::new(b"\x7fELF\0GLIBC_2.17\0");
    stand.built(LINUX);
    stand.script("cargo", "exit 101");
    let output = stand.build(&[LINUX]);
    assert!(!output.status.success() && output.stdout.is_empty());
}
