//! `action/install.sh` by itself, as a step of a workflow runs it: releases on a mirror, the tool cache, and each refusal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

const VERSION: &str = "9.8.7";

/// A runner with a copy of the action, whose table of digests can grow.
struct Runner {
    folder: TempDir,
    env: Vec<(&'static str, String)>,
}

/// The end of one run of the script.
struct End {
    code: Option<i32>,
    /// The path of the program, if the script names one.
    path: Option<PathBuf>,
    said: String,
}

impl Runner {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        crate::support::copy(&root.join("action"), &folder.path().join("checkout/action"));
        fs::copy(root.join("Cargo.toml"), folder.path().join("checkout/Cargo.toml")).unwrap();
        for name in ["temp", "cache", "workspace"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let mut runner = Self { folder, env: Vec::new() };
        for name in ["INPUT_VERSION", "INPUT_PATH", "INPUT_MIRROR", "INPUT_MIRROR_TOKEN", "INPUT_ATTESTATION"] {
            runner.set(name, "");
        }
        runner.set("RUNNER_OS", "Linux").set("RUNNER_ARCH", "X64").set("PATH", &std::env::var("PATH").unwrap());
        for (name, place) in
            [("RUNNER_TEMP", "temp"), ("RUNNER_TOOL_CACHE", "cache"), ("GITHUB_WORKSPACE", "workspace")]
        {
            let place = runner.at(place).display().to_string();
            runner.set(name, &place);
        }
        runner
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.env.retain(|(known, _)| *known != name);
        self.env.push((name, value.to_owned()));
        self
    }

    /// Releases a program on a mirror of files, and returns its archive.
    fn release(&mut self, mode: &str) -> PathBuf {
        let folder = self.at(&format!("mirror/v{VERSION}"));
        let archive = folder.join(format!("mlgate-{VERSION}-x86_64-unknown-linux-gnu.tar.gz"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(self.at("mlgate"), "#!/bin/sh\necho stand-in\n").unwrap();
        run(Command::new("chmod").arg(mode).arg(self.at("mlgate")));
        run(Command::new("tar").arg("-C").arg(self.folder.path()).arg("-czf").arg(&archive).arg("mlgate"));
        run(Command::new("bash").arg(self.at("checkout/action/checksums")).arg(&folder));
        let mirror = format!("file://{}", self.at("mirror").display());
        self.set("INPUT_VERSION", &format!("v{VERSION}")).set("INPUT_MIRROR", &mirror);
        archive
    }

    /// Puts links to the programs that the script needs into a folder of their own, and makes it the path.
    fn only(&mut self, left_out: &[&str]) {
        let bin = self.at("bin");
        fs::create_dir_all(&bin).unwrap();
        let script = "for name; do if found=\"$(command -v \"$name\")\"; then ln -s \"$found\" \"$0/$name\"; fi; done";
        let names = [
            "bash",
            "sh",
            "sed",
            "awk",
            "head",
            "cut",
            "sha256sum",
            "mktemp",
            "cp",
            "mv",
            "mkdir",
            "rm",
            "tar",
            "gzip",
            "curl",
            "dirname",
            "cat",
            "tr",
            "od",
            "grep",
            "chmod",
        ];
        let names = names.iter().filter(|name| !left_out.contains(name));
        run(Command::new("bash").arg("-c").arg(script).arg(&bin).args(names));
        self.set("PATH", &bin.display().to_string());
    }

    fn run(&self) -> End {
        let (output, summary) = (self.at("output"), self.at("summary"));
        fs::write(&output, "").unwrap();
        let done = Command::new("bash")
            .arg(self.at("checkout/action/install.sh"))
            .env_clear()
            .envs(self.env.iter().map(|(name, value)| (*name, value)))
            .env("GITHUB_OUTPUT", &output)
            .env("GITHUB_STEP_SUMMARY", &summary)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let path =
            fs::read_to_string(&output).unwrap().lines().find_map(|line| Some(line.strip_prefix("path=")?.into()));
        let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        End { code: done.status.code(), path, said }
    }

    /// Asserts that the script ends with an annotation that says this.
    fn refuses(&self, why: &str) {
        let end = self.run();
        assert_eq!(end.code, Some(2), "{}", end.said);
        assert!(end.path.is_none(), "{:?}", end.path);
        let annotation = end.said.lines().find(|line| line.starts_with("::error title=mlgate%3A no verdict::"));
        assert!(annotation.is_some_and(|line| line.contains(why)), "expected `{why}`\n{}", end.said);
    }
}

fn run(command: &mut Command) {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn a_release_is_downloaded_once_and_then_in_the_tool_cache() {
    let mut runner = Runner::new();
    let archive = runner.release("755");
    let first = runner.run();
    assert_eq!(first.code, Some(0), "{}", first.said);
    assert!(first.path.unwrap().is_file());
    // Neither the mirror nor curl is needed any more.
    fs::remove_file(archive).unwrap();
    runner.only(&["curl"]);
    let second = runner.run();
    assert_eq!(second.code, Some(0), "{}", second.said);
    assert!(second.said.contains("from the tool cache"), "{}", second.said);
    assert!(second.path.unwrap().is_file());
}

#[test]
fn a_byte_that_was_changed_is_refused_and_not_cached() {
    let mut runner = Runner::new();
    let archive = runner.release("755");
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&archive, bytes).unwrap();
    runner.refuses("it is not what was released");
    assert_eq!(fs::read_dir(runner.at("cache")).unwrap().count(), 0);
}

/// Every job of a runner that is not thrown away can write to its tool cache.
#[test]
fn an_archive_that_was_swapped_in_the_tool_cache_is_downloaded_again() {
    let mut runner = Runner::new();
    let archive = runner.release("755");
    assert_eq!(runner.run().code, Some(0));
    let name = archive.file_name().unwrap().to_owned();
    let kept = runner.at(&format!("cache/mlgate/{VERSION}/x86_64-unknown-linux-gnu")).join(&name);
    let good = fs::read(&kept).unwrap();
    fs::write(&kept, "another archive").unwrap();
    let end = runner.run();
    assert_eq!(end.code, Some(0), "{}", end.said);
    assert!(end.said.contains("downloading"), "{}", end.said);
    assert_eq!(fs::read(&kept).unwrap(), good);
}

#[test]
fn a_tool_cache_that_takes_nothing_is_no_error() {
    let mut runner = Runner::new();
    runner.release("755");
    let file = runner.at("file");
    fs::write(&file, "").unwrap();
    runner.set("RUNNER_TOOL_CACHE", &file.display().to_string());
    let end = runner.run();
    assert_eq!(end.code, Some(0), "{}", end.said);
    assert!(end.said.contains("the tool cache takes no files"), "{}", end.said);
    runner.env.retain(|(name, _)| *name != "RUNNER_TOOL_CACHE");
    assert_eq!(runner.run().code, Some(0));
}

#[test]
fn each_refusal_says_what_is_missing() {
    let mut runner = Runner::new();
    runner.release("755");
    runner.set("RUNNER_OS", "FreeBSD");
    runner.refuses("knows no release 9.8.7 for FreeBSD X64 (programs are released for Linux and macOS");
    runner.set("RUNNER_OS", "Linux").only(&["curl"]);
    runner.refuses("curl is not on this runner");
    let mut runner = Runner::new();
    runner.release("644");
    runner.refuses("is not executable");
    let mut runner = Runner::new();
    runner.only(&[]);
    runner.set("RUNNER_ARCH", "RISCV64");
    runner.refuses("has no release for Linux RISCV64 (programs are released for Linux and macOS");
}

/// A build runs the scripts of some hundred crates, which are not shown the job's token.
#[test]
fn a_build_sees_no_secret() {
    let mut runner = Runner::new();
    runner.only(&["curl"]);
    fs::write(runner.at("bin/cargo"), format!("#!/bin/sh\nexec /usr/bin/env >'{}'\n", runner.at("seen").display()))
        .unwrap();
    run(Command::new("chmod").arg("+x").arg(runner.at("bin/cargo")));
    let secrets = [
        "INPUT_TOKEN",
        "GITHUB_TOKEN",
        "GH_TOKEN",
        "INPUT_MIRROR_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    ];
    for name in secrets {
        runner.set(name, "secret-of-the-job");
    }
    let end = runner.run();
    assert_eq!(end.code, Some(0), "{}", end.said);
    let seen = fs::read_to_string(runner.at("seen")).unwrap();
    assert!(seen.contains("CARGO_TARGET_DIR="), "{seen}");
    assert!(!seen.contains("secret-of-the-job"), "{seen}");
}
