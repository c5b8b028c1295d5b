//! Every relative link of the documents leads to a file that is there, and to a heading of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["README.md", "CONTRIBUTING.md", "SECURITY.md"].iter().map(|name| root().join(name)).collect();
    let mut open = vec![root().join("docs"), root().join("checks"), root().join("fixtures")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Returns the anchors that GitHub gives the headings, and the targets of all links.
fn anchors_and_links(text: &str) -> (BTreeSet<String>, Vec<String>) {
    let (mut anchors, mut links) = (BTreeSet::new(), Vec::new());
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap_or_default().to_lowercase();
                let kept = text.chars().filter(|letter| letter.is_alphanumeric() || "-_ ".contains(*letter));
                anchors.insert(kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect());
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.into_string())
            }
            _ => {}
        }
    }
    (anchors, links)
}

#[test]
fn every_link_leads_somewhere() {
    let read = |path: &Path| anchors_and_links(&fs::read_to_string(path).unwrap());
    let pages: BTreeMap<PathBuf, _> = documents().into_iter().map(|path| (path.clone(), read(&path))).collect();
    let mut lost = Vec::new();
    for (page, (_, links)) in &pages {
        for link in links.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().unwrap().join(path) };
            let is_there = fs::canonicalize(&target).is_ok_and(|target| {
                anchor.is_empty() || pages.get(&target).is_some_and(|(anchors, _)| anchors.contains(anchor))
            });
            if !is_there {
                lost.push(format!("{}: {link}", page.strip_prefix(root()).unwrap().display()));
            }
        }
    }
    assert!(lost.is_empty(), "these links lead nowhere:\n{}", lost.join("\n"));
}
