//! The pre-push hook, by real pushes to a bare repository.

mod chained;
mod data;
mod paths;
mod pushes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Answer, Workplace};

const CONFIG: &str = "version: 1\ndata:\n  d: {path: d.csv, columns: {age: {nulls: 0}}}\n";
const GOOD: &str = "id,age\n1,30\n2,40\n";
const BAD: &str = "id,age\n1,30\n2,\n";

/// A clone with a config and good data, pushed to a bare remote, in a folder with blanks in its name.
struct Project {
    place: Workplace,
}

impl Project {
    /// Returns a project whose main branch is pushed, with the hook installed afterwards.
    fn new() -> Self {
        let project = Self::without_hook();
        let answer = project.mlgate(&["hook", "install"]);
        assert_eq!(answer.code, 0, "{}{}", answer.stdout, answer.stderr);
        project
    }

    fn without_hook() -> Self {
        let project = Self { place: Workplace::new() };
        fs::create_dir_all(project.top()).unwrap();
        project.git_in(project.place.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "remote.git"]);
        let remote = project.place.path().join("remote.git");
        project.git_in(&remote, &["config", "receive.denyDeleteCurrent", "ignore"]);
        project.git(&["init", "--quiet", "--initial-branch=main"]);
        project.git(&["remote", "add", "origin", "../../remote.git"]);
        project.write("mlgate.yml", CONFIG).write("d.csv", GOOD).commit();
        project.git(&["push", "--quiet", "origin", "main"]);
        project
    }

    fn top(&self) -> PathBuf {
        self.place.path().join("a b/it's")
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        self.place.write(&format!("a b/it's/{name}"), text);
        self
    }

    fn commit(&self) -> &Self {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
        self
    }

    /// Returns a command in an environment of its own, with mlgate on the path.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mlgate = PathBuf::from(env!("CARGO_BIN_EXE_mlgate"));
        let path = std::env::var_os("PATH").unwrap();
        let folders = mlgate.parent().into_iter().map(Path::to_owned).chain(std::env::split_paths(&path));
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear().env("PATH", std::env::join_paths(folders).unwrap());
        command.env("HOME", self.place.path()).env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "x").env(format!("GIT_{who}_EMAIL"), "x@example.com");
        }
        command
    }

    fn run(&self, program: &str, folder: &Path, arguments: &[&str]) -> Answer {
        let output = self.command(Path::new(program), folder).args(arguments).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Answer { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    fn git_in(&self, folder: &Path, arguments: &[&str]) -> String {
        let answer = self.run("git", folder, arguments);
        assert_eq!(answer.code, 0, "git {arguments:?}: {}{}", answer.stdout, answer.stderr);
        answer.stdout
    }

    fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.top(), arguments)
    }

    fn mlgate(&self, arguments: &[&str]) -> Answer {
        self.run(env!("CARGO_BIN_EXE_mlgate"), &self.top(), arguments)
    }

    fn push(&self, arguments: &[&str]) -> Answer {
        self.run("git", &self.top(), &[&["push"], arguments].concat())
    }

    /// Asserts that a push is blocked, and returns what is said.
    fn is_blocked(&self, arguments: &[&str]) -> String {
        let before = self.remote();
        let answer = self.push(arguments);
        assert_eq!(answer.code, 1, "{arguments:?}: {}{}", answer.stdout, answer.stderr);
        assert!(answer.stderr.contains("git push --no-verify"), "{}", answer.stderr);
        assert_eq!(self.remote(), before);
        answer.stderr
    }

    /// Asserts that a push arrives, and returns what mlgate says.
    fn arrives(&self, arguments: &[&str]) -> String {
        let before = self.remote();
        let answer = self.push(arguments);
        assert_eq!(answer.code, 0, "{arguments:?}: {}{}", answer.stdout, answer.stderr);
        assert_ne!(self.remote(), before, "{arguments:?}: {}", answer.stderr);
        let said = answer.stderr.split("To ../../remote.git").next().unwrap();
        said.lines().filter(|line| !line.starts_with("branch ")).map(|line| format!("{line}\n")).collect()
    }

    /// Asserts that a push arrives without a word of mlgate.
    fn arrives_silently(&self, arguments: &[&str]) {
        let said = self.arrives(arguments);
        assert!(!said.contains("mlgate"), "{said}");
    }

    /// Returns the references of the remote.
    fn remote(&self) -> String {
        let answer = self.run("git", &self.place.path().join("remote.git"), &["show-ref"]);
        answer.stdout
    }

    fn hook(&self) -> PathBuf {
        self.top().join(".git/hooks/pre-push")
    }
}

/// Writes a script that others may run.
fn script(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}
