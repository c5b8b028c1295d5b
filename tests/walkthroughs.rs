//! Pages that are walked through: their blocks are written as files, and each command prints what the page shows.
//! `MLGATE_UPDATE=1` writes what is printed; read the difference before you commit it.
//!
//! A page's `<!-- files: loans/bad/applications.parquet as applications.parquet, … -->` copies fixtures. A block whose first line
//! names a file, such as `yaml mlgate.yml`, is written to it. In a block `console`, a line that begins with `$ ` is typed:
//! `mlgate …`, `cat FILE` or `echo $?`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Answer, Workplace, copy, fixtures};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the pages: those about other tools, and others that are walked through.
fn pages() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(root().join("docs/from")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.push(root().join("docs/noise.md"));
    found.sort();
    found
}

/// Splits a command into words; quotes keep spaces together.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for letter in command.chars() {
        match quote {
            Some(open) if letter == open => quote = None,
            None if letter == '\'' || letter == '"' => quote = Some(letter),
            None if letter == ' ' => words.push(String::new()),
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    assert!(quote.is_none(), "a quote is open in `{command}`");
    words
}

/// Types a command, and returns what is printed.
fn typed(place: &Workplace, command: &str, last: &mut Answer) -> String {
    let words = words(command);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["mlgate", ref arguments @ ..] => {
            *last = place.run(arguments);
            format!("{}{}", last.stdout, last.stderr)
        }
        ["cat", name] => place.read(name),
        ["echo", "$?"] => format!("{}\n", last.code),
        _ => panic!("`{command}` is none that a page may type"),
    }
}

/// Returns the page with what is printed, and the number of commands.
fn walked(page: &str) -> (String, usize) {
    let place = Workplace::new();
    let mut last = Answer { code: 0, stdout: String::new(), stderr: String::new() };
    let (mut real, mut commands) = (String::new(), 0);
    // The words behind an open fence, and the text of its block.
    let mut open: Option<(String, String)> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.to_owned(), String::new())),
            (Some((info, text)), Some("")) => {
                if info == "console" {
                    for command in text.lines().filter_map(|line| line.strip_prefix("$ ")) {
                        let printed = typed(&place, command, &mut last);
                        for part in ["$ ", command, "\n", &printed] {
                            real.push_str(part);
                        }
                        commands += 1;
                    }
                } else if let Some((_, name)) = info.split_once(' ') {
                    place.write(name, text);
                }
                open = None;
            }
            (Some((info, text)), None) => {
                text.push_str(line);
                text.push('\n');
                if info == "console" {
                    continue;
                }
            }
            (None, None) => {
                if let Some(files) = line.strip_prefix("<!-- files: ") {
                    for file in files.trim_end_matches(" -->").split(", ") {
                        let (from, to) = file.split_once(" as ").unwrap();
                        let to = place.path().join(to);
                        fs::create_dir_all(to.parent().unwrap()).unwrap();
                        copy(&fixtures().join(from), &to);
                    }
                }
            }
            (Some(_), Some(_)) => panic!("a fence is open before `{line}`"),
        }
        real.push_str(line);
        real.push('\n');
    }
    assert!(open.is_none(), "the last block is not closed");
    (real, commands)
}

#[test]
fn every_command_of_a_page_prints_what_the_page_shows() {
    let mut wrong = Vec::new();
    for path in pages() {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        let page = fs::read_to_string(&path).unwrap();
        let (real, commands) = walked(&page);
        assert!(commands > 0 || name.ends_with("README.md"), "{name} types nothing");
        if page != real && std::env::var_os("MLGATE_UPDATE").is_some() {
            fs::write(&path, &real).unwrap();
        } else if page != real {
            wrong.push(format!("{name}:\n{}", pretty_difference(&page, &real)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\nMLGATE_UPDATE=1 cargo test --locked walkthroughs writes what is printed",
        wrong.join("\n")
    );
}

/// Returns the lines that only one of both texts has.
fn pretty_difference(page: &str, real: &str) -> String {
    let lines = |of: &str, without: &str, sign: &str| {
        let known: std::collections::BTreeSet<&str> = without.lines().collect();
        of.lines().filter(|line| !known.contains(line)).map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    lines(page, real, "-") + &lines(real, page, "+")
}

/// A page whose shown output is another one is noticed, and so is a command that prints nothing of the kind.
#[test]
fn another_output_is_noticed() {
    let page = "```csv d.csv\na\n1\n```\n\n```yaml mlgate.yml\nversion: 1\ndata: {d: {path: d.csv, rows: 1}}\n```\n\n\
                ```console\n$ mlgate run --quiet\nmlgate  FAIL\n$ echo $?\n1\n```\n";
    let (real, commands) = walked(page);
    assert_eq!(commands, 2);
    assert!(real.contains("$ mlgate run --quiet\nmlgate  PASS  1 of 1 gate passed\n$ echo $?\n0\n```\n"), "{real}");
}
