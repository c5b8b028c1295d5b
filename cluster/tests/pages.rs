//! The examples of all checks' pages print the pages' reports also when executors read their files.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::support::{TestCluster, root};

/// Examples run at a time.
const AT_A_TIME: usize = 4;

struct Example {
    title: String,
    files: Vec<(String, String)>,
    report: String,
}

/// Returns the examples of a page, without those that a schema alone stands for.
fn examples(page: &Path) -> Vec<Example> {
    let text = fs::read_to_string(page).unwrap();
    let inside = text.split_once("\n## Examples").map(|(_, rest)| rest).unwrap_or_default();
    let inside = inside.split("\n## ").next().unwrap_or_default();
    let mut found = Vec::new();
    for section in inside.split("\n### ").skip(1) {
        let title = format!("{}: {}", page.display(), section.lines().next().unwrap_or_default());
        let (mut files, mut report) = (Vec::new(), None);
        let mut open: Option<(String, String)> = None;
        for line in section.lines() {
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(info)) => open = Some((info.to_owned(), String::new())),
                (Some(_), Some("")) => {
                    let (info, text) = open.take().unwrap();
                    match info.split_once(' ') {
                        Some((_, "report")) => report = Some(text),
                        Some((language, name)) => files.push((format!("{language} {name}"), text)),
                        None => {}
                    }
                }
                (Some((_, text)), _) => {
                    text.push_str(line);
                    text.push('\n');
                }
                (None, None) => {}
            }
        }
        let is_schema = files.iter().any(|(name, _)| name.starts_with("parquet "));
        if let Some(report) = report.filter(|_| !is_schema) {
            found.push(Example { title, files, report });
        }
    }
    found
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => pages(&path, found),
            false if path.extension().is_some_and(|ending| ending == "md") => found.push(path),
            false => {}
        }
    }
}

#[test]
fn the_reports_of_the_pages() {
    let place = tempfile::tempdir().unwrap();
    let clusters = [TestCluster::new(1, place.path()), TestCluster::new(3, place.path())];
    let mut found = Vec::new();
    pages(&root().join("checks"), &mut found);
    let all: Vec<Example> = found.iter().flat_map(|page| examples(page)).collect();
    assert!(all.len() > 200, "{} examples", all.len());
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                while let Some(example) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let folder = tempfile::tempdir_in(place.path()).unwrap();
                    for (name, text) in &example.files {
                        let (_, name) = name.split_once(' ').unwrap();
                        let path = folder.path().join(name);
                        fs::create_dir_all(path.parent().unwrap()).unwrap();
                        fs::write(path, text).unwrap();
                    }
                    for cluster in &clusters {
                        let answer = cluster.run(folder.path(), &[]);
                        let shown = answer.stdout.split("\nconfig ").next().unwrap_or_default().trim_end();
                        // Standard error says where a part failed, as in an example of an unreadable column.
                        let notes = answer.stderr.lines().filter(|line| !line.starts_with("cluster: "));
                        let notes: String = notes.map(|line| format!("{line}\n")).collect();
                        let report = format!("{notes}{shown}\nexit code {}\n", answer.code);
                        if report != example.report {
                            let executors = cluster.executors.len();
                            wrong.lock().unwrap().push(format!("{}, {executors} executors:\n{report}", example.title));
                        }
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
    assert!(clusters.iter().all(|cluster| cluster.tasks() > all.len() / 2), "the executors did nothing");
}
