//! `mlgate init` without files: finds them, and asks.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::path::Path;

use crate::cli::arguments::InitArguments;
use crate::cli::output;
use crate::config::visible;
use crate::init::survey::{FoundFile, FoundKind, Proposal, Proposals, proposals, survey};
use crate::pipeline::failure::Failure;
use crate::plural::counted;

/// The most files of a first config.
const MOST: usize = 12;
/// The most characters of an answer.
const LONGEST_ANSWER: u64 = 1_000;

/// Returns the files for the config, which the user has accepted on a terminal or by `--yes`.
///
/// # Errors
///
/// Nothing is found, or nobody accepts it.
pub(super) fn find(arguments: &InitArguments) -> Result<Vec<Proposal>, Failure> {
    let found = survey(Path::new("."));
    let mut proposed = proposals(&found.files);
    if proposed.files.is_empty() {
        let more = if found.is_cut { ", among the first thousands that were looked at" } else { "" };
        return Err(Failure::Usage(format!(
            "no file of data, predictions or metrics is below this folder{more}; name files: `mlgate init FILE…`. Known are \
             .csv, .tsv, .jsonl, .parquet and .arrow, and metrics.json or the like"
        )));
    }
    proposed.files.sort_by_key(|proposal| proposal.file.kind != FoundKind::Predictions);
    let left = proposed.files.split_off(proposed.files.len().min(MOST));
    output::print(&listed(&proposed, left.len(), found.is_cut))?;
    if arguments.yes {
        return Ok(proposed.files);
    }
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Failure::Usage(
            "nothing was written, because there is no terminal to ask on: `mlgate init --yes` takes these files, and \
             `mlgate init FILE… --baseline FILE…` those that you name"
                .to_owned(),
        ));
    }
    asked(proposed.files)
}

/// Asks which of the files are taken.
fn asked(files: Vec<Proposal>) -> Result<Vec<Proposal>, Failure> {
    output::print("write a config for these? [Y/n, or the numbers to leave out] ")?;
    let _ = io::stdout().flush();
    let mut answer = String::new();
    let read = io::BufRead::read_line(&mut io::Read::take(io::stdin().lock(), LONGEST_ANSWER), &mut answer);
    read.map_err(|error| Failure::Environment(format!("the answer cannot be read: {error}")))?;
    let answer = answer.trim().to_ascii_lowercase();
    match answer.as_str() {
        "" | "y" | "yes" => return Ok(files),
        "n" | "no" | "q" => return Err(Failure::Usage("nothing was written".to_owned())),
        _ => {}
    }
    let words = answer.split(|letter: char| !letter.is_ascii_digit()).filter(|word| !word.is_empty());
    let numbers: Option<Vec<usize>> = words.map(|word| word.parse().ok()).collect();
    let numbers = numbers
        .filter(|numbers| !numbers.is_empty() && numbers.iter().all(|number| (1..=files.len()).contains(number)));
    let numbers = numbers.ok_or_else(|| {
        Failure::Usage(format!("`{}` is neither y, n nor numbers of the list; nothing was written", visible(&answer)))
    })?;
    let kept = files.into_iter().enumerate().filter(|(index, _)| !numbers.contains(&(index + 1)));
    let kept: Vec<Proposal> = kept.map(|(_, file)| file).collect();
    if kept.is_empty() { Err(Failure::Usage("nothing was written".to_owned())) } else { Ok(kept) }
}

fn listed(proposed: &Proposals, left: usize, is_cut: bool) -> String {
    let mut text = "found below this folder:\n".to_owned();
    for (index, Proposal { file, baseline }) in proposed.files.iter().enumerate() {
        let kind = match file.kind {
            FoundKind::Data => "data",
            FoundKind::Predictions => "predictions",
            FoundKind::Metrics => "metrics",
        };
        let _ = writeln!(text, "{:>3}  {kind:<11}  {}", index + 1, visible(&file.path));
        let _ = writeln!(text, "     {}", described(file));
        if let Some(baseline) = baseline {
            let _ = writeln!(text, "     compared with {}", visible(baseline));
        }
    }
    if left > 0 {
        let _ = writeln!(text, "  not listed: {}; name the files that you mean", counted(left as u64, "other file"));
    }
    for file in &proposed.unpaired {
        let _ =
            writeln!(text, "  left out: {}, named as another side, but not of one table alone", visible(&file.path));
    }
    if is_cut {
        text.push_str("  there is more than was looked at\n");
    }
    text
}

fn described(file: &FoundFile) -> String {
    let what = if file.kind == FoundKind::Metrics { "number" } else { "column" };
    let parts = if file.parts > 1 { format!(", {}", counted(file.parts as u64, "file")) } else { String::new() };
    let mut names: Vec<String> =
        file.columns.iter().take(4).map(|name| visible(name).chars().take(24).collect()).collect();
    if file.columns.len() > 4 {
        names.push("…".to_owned());
    }
    format!("{}{parts}, {}: {}", size(file.bytes), counted(file.columns.len() as u64, what), names.join(", "))
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..1_000_000_000 => format!("{} MB", bytes.div_ceil(1_000_000)),
        _ => format!("{} GB", bytes.div_ceil(1_000_000_000)),
    }
}
