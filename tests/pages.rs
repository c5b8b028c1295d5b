//! Every example of every check's page is executed and prints the page's report.
//!
//! `MLGATE_UPDATE=1 cargo test` updates the reports; read the difference before you commit it.

use std::{env, fs, path::Path};

use crate::support::Workplace;

include!(concat!(env!("OUT_DIR"), "/page_tests.rs"));

/// An example: its heading and its fenced blocks, each named by the word behind the language.
struct Example {
    heading: String,
    blocks: Vec<Block>,
}

struct Block {
    language: String,
    name: String,
    text: String,
    /// The lines of the page that contain the text.
    lines: std::ops::Range<usize>,
}

fn examples(page: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut inside = false;
    let mut open: Option<(&str, &str, usize)> = None;
    let lines: Vec<&str> = page.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        match (&open, line.strip_prefix("```")) {
            (None, Some(info)) if inside => {
                let (language, name) = info.split_once(' ').unwrap_or((info, ""));
                open = Some((language, name, number + 1));
            }
            (Some((language, name, start)), Some("")) => {
                let text = lines[*start..number].iter().map(|line| format!("{line}\n")).collect();
                let (language, name) = ((*language).to_owned(), (*name).to_owned());
                let block = Block { language, name, text, lines: *start..number };
                examples.last_mut().expect("a block stands under a heading").blocks.push(block);
                open = None;
            }
            (None, None) if line.starts_with("## ") => inside = *line == "## Examples",
            (None, None) if inside && line.starts_with("### ") => {
                examples.push(Example { heading: line[4..].to_owned(), blocks: Vec::new() });
            }
            _ => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    examples
}

fn run_page(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let page = fs::read_to_string(&path).unwrap();
    let examples = examples(&page);
    assert!(!examples.is_empty(), "{name} has no examples");
    let mut lines: Vec<String> = page.lines().map(str::to_owned).collect();
    let mut wrong = Vec::new();
    for example in examples.iter().rev() {
        let place = Workplace::new();
        for block in example.blocks.iter().filter(|block| block.name != "report") {
            match block.language.as_str() {
                "parquet" => place.parquet(&block.name, &block.text),
                _ => place.write(&block.name, &block.text),
            };
        }
        let report = example.blocks.iter().find(|block| block.name == "report").expect("an example ends in its report");
        let answer = place.run(&["run"]);
        // The output after the gates is about files, and the same for every page.
        let shown = answer.stdout.split("\nconfig ").next().unwrap_or_default().trim_end();
        let found = format!("{}{shown}\nexit code {}\n", answer.stderr, answer.code);
        if found != report.text {
            wrong.push(format!("{name}, {}:\n{found}", example.heading));
            lines.splice(report.lines.clone(), found.lines().map(str::to_owned));
        }
    }
    if wrong.is_empty() {
        return;
    }
    if env::var_os("MLGATE_UPDATE").is_some() {
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        return;
    }
    panic!("the page says something else:\n\n{}", wrong.join("\n"));
}
