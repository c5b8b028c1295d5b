//! The only ways by which a string of a report gets out.
//!
//! Column names, group values, paths and messages can be chosen by whoever opens a pull request. On a terminal they could
//! move the cursor; in Markdown they could mention people, load images, close a comment or run a forge's quick action.
//! [`terminal`] makes them inert for the one, [`code_span`] and [`prose`] for the other; the rest of this module is made of
//! these. Wherever they are used, a line never starts with their output.

mod words;

use std::fmt::Write as _;

pub use words::prose;

/// The most characters of a name that are shown; more of it says nothing to a reader and could push the rest away.
const NAME_LIMIT: usize = 160;
/// The most characters of a sentence that are shown.
const SENTENCE_LIMIT: usize = 1_000;
/// Stands for a character that would not be seen, so that two names that differ never look alike.
const INVISIBLE: char = '\u{fffd}';

/// The text on one line, without any character that steers or hides: for a terminal, a log or a check's title.
///
/// GitHub's and Azure's runners obey `##[…]` and `##vso[…]` anywhere in a line of a job's log, so two hashes are never
/// side by side. They obey `::…::` only at the start of a line, where nothing of a report ever stands.
pub fn terminal(text: &str) -> String {
    let mut after_hash = false;
    let mut clean = |c| {
        let c = if after_hash && c == '#' { INVISIBLE } else { visible(c) };
        after_hash = c == '#';
        c
    };
    text.chars().map(&mut clean).collect()
}

/// A line that starts with text from outside, behind blanks that a runner would trim: where it could be a command, our own mark
/// stands before it.
pub fn line(blanks: usize, text: &str) -> String {
    let text = terminal(text);
    let is_plain = text.trim_start().starts_with(|c: char| !matches!(c, ':' | '#' | '/' | '\u{fffd}'));
    let indent = " ".repeat(if is_plain { blanks } else { blanks.saturating_sub(2) });
    if is_plain { indent + &text } else { indent + "· " + &text }
}

/// A text of many lines without anything in it that a runner obeys, and else as it is: for all that is printed and is not a
/// report.
///
/// `##[…]` and `##vso[…]` are broken wherever they are, and `::` where a line starts with it, be it after blanks, which
/// runners trim.
pub fn log(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut is_start = true;
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let is_command =
            is_start && rest.starts_with("::") || shown.ends_with('#') && rest.starts_with('#') && opens(&rest[1..]);
        shown.push(if is_command { INVISIBLE } else { c });
        is_start = matches!(c, '\n' | '\r') || is_start && (c.is_whitespace() || c.is_control() || is_invisible(c));
    }
    shown
}

/// Returns whether what follows two hashes makes them a command of GitHub's or Azure's runner.
fn opens(rest: &str) -> bool {
    rest.starts_with('[') || rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("vso["))
}

/// The text of a JSON value without any character that a terminal or a runner obeys: they are written as escapes, which a reader
/// of JSON does not notice.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // None of these is ever outside of a string, and a backslash never stands before one.
    for c in text.chars() {
        if c == '#' && shown.ends_with('#') || is_invisible(c) || (c.is_control() && c != '\n') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(shown, "\\u{unit:04x}");
            }
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The same for a sentence, which somebody may have made so long that it hides the rest of the page.
pub fn sentence(text: &str) -> String {
    capped(&terminal(text), SENTENCE_LIMIT)
}

/// The text as an inline code span, in which Markdown, HTML, mentions, links and emoji mean nothing.
///
/// In a table a bar ends the cell, even inside code, unless it is escaped.
pub fn code_span(text: &str, in_table: bool) -> String {
    let text = capped(&terminal(text), NAME_LIMIT);
    let text = if text.is_empty() { "(empty)".to_owned() } else { text };
    // The fence is longer than any run of backticks inside, so that nothing inside can close it.
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // CommonMark takes one blank off each end when both have one; and a backtick must not touch the fence.
    let touches = text.starts_with('`') || text.ends_with('`');
    let stripped = text.starts_with(' ') && text.ends_with(' ') && text.trim() != "";
    let pad = if touches || stripped { " " } else { "" };
    let text = if in_table { text.replace('|', "\\|") } else { text };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The text as one word of a POSIX shell, on one line, so that a command can be copied and does what it shows.
pub fn shell_word(text: &str) -> String {
    let text = terminal(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-' | '+' | ':' | '@');
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text;
    }
    // A leading dash would be read as an option, quoted or not.
    let dash = if text.starts_with('-') { "./" } else { "" };
    format!("'{dash}{}'", text.replace('\'', "'\\''"))
}

/// A fenced code block; `info` is ours, `text` may hold anything.
pub fn code_block(info: &'static str, text: &str) -> String {
    let lines: Vec<String> = text.lines().map(terminal).collect();
    let text = lines.join("\n");
    let fence = "`".repeat((longest_run(&text, '`') + 1).max(3));
    format!("{fence}{info}\n{text}\n{fence}")
}

/// The text in at most `limit` characters; what is left out is in the middle, since names differ at their ends.
fn capped(text: &str, limit: usize) -> String {
    let length = text.chars().count();
    if length <= limit {
        return text.to_owned();
    }
    let tail = limit / 3;
    let head = limit - 1 - tail;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(length - tail)).collect()
}

/// What is shown for `c`: white space of any kind is a blank, and what would not be seen is.
fn visible(c: char) -> char {
    if c.is_whitespace() {
        ' '
    } else if c.is_control() || is_invisible(c) {
        INVISIBLE
    } else {
        c
    }
}

/// Characters without a picture of their own: marks of direction, zero widths, fillers, variation selectors and tags
/// (Unicode's `Default_Ignorable_Code_Point`, and the annotation marks).
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The length of the longest run of `c`.
fn longest_run(text: &str, c: char) -> usize {
    text.split(|other| other != c).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
