//! The only functions through which a string of a report is written.
//!
//! Column names, group values, paths and messages can be chosen by the author of a pull request. On a terminal they
//! could move the cursor; in Markdown they could mention people, load images, close a comment or run a forge's quick
//! action. [`terminal`] makes them inert for a terminal, [`code_span`] and [`prose`] for Markdown, [`markup`] for HTML; the
//! rest of this module is built on these. No line may start with their output.

mod words;

use std::fmt::Write as _;

use super::xml::escaped;
pub use words::prose;

/// Maximum characters of a name: a longer one could push the rest out of sight.
const NAME_LIMIT: usize = 160;
/// Maximum characters of a sentence.
const SENTENCE_LIMIT: usize = 1_000;
/// The replacement of an invisible character, so that two different names never look alike.
const INVISIBLE: char = '\u{fffd}';

/// Returns the text on one line, without any character that steers or hides: for a terminal, a log or a check's title.
///
/// GitHub's and Azure's runners execute `##[…]` and `##vso[…]` anywhere in a line of a job's log, so two hashes are
/// never adjacent. They execute `::…::` only at the start of a line, where no text of a report ever stands.
pub fn terminal(text: &str) -> String {
    let mut after_hash = false;
    let mut clean = |c| {
        let c = if after_hash && c == '#' { INVISIBLE } else { visible(c) };
        after_hash = c == '#';
        c
    };
    text.chars().map(&mut clean).collect()
}

/// Returns a line that starts with untrusted text behind blanks, which a runner trims: if the text could be a command,
/// mlgate's own mark precedes it.
pub fn line(blanks: usize, text: &str) -> String {
    let text = terminal(text);
    let is_plain = text.trim_start().starts_with(|c: char| !matches!(c, ':' | '#' | '/' | '\u{fffd}'));
    let indent = " ".repeat(if is_plain { blanks } else { blanks.saturating_sub(2) });
    if is_plain { indent + &text } else { indent + "· " + &text }
}

/// Returns a text of many lines in which every command of a runner is broken and all else is unchanged: for all output
/// other than a report.
///
/// `##[…]`, `##vso[…]` and `##teamcity[…]` are broken everywhere, `::` at the start of a line, including after blanks, which runners
/// trim.
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

/// Returns true if the text after two hashes makes them a command of GitHub's, Azure's or TeamCity's runner.
fn opens(rest: &str) -> bool {
    let starts = |word: &str| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    starts("[") || starts("vso[") || starts("teamcity[")
}

/// Returns the text of a JSON value in which all characters that steer a terminal or a runner are JSON escapes, which
/// every reader decodes.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // These characters occur only inside strings, and never directly behind a backslash.
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

/// Like [`terminal`], for a sentence, which could be so long that it hides the rest of the page.
pub fn sentence(text: &str) -> String {
    capped(&terminal(text), SENTENCE_LIMIT)
}

/// Returns the text as character data of HTML and XML and as the value of a quoted attribute, on one line and without
/// any character that steers or hides.
pub fn markup(text: &str) -> String {
    escaped(&terminal(text))
}

/// Returns the text as an inline code span, in which Markdown, HTML, mentions, links and emoji have no meaning.
///
/// In a table a bar ends the cell, even inside code, unless it is escaped.
pub fn code_span(text: &str, in_table: bool) -> String {
    let text = capped(&terminal(text), NAME_LIMIT);
    let text = if text.is_empty() { "(empty)".to_owned() } else { text };
    // The fence is longer than any run of backticks inside, so that nothing inside can close it.
    let fence = "`".repeat(longest_run(&text, '`') + 1);
    // CommonMark removes one blank at each end if both ends have one; and a backtick must not touch the fence.
    let touches = text.starts_with('`') || text.ends_with('`');
    let stripped = text.starts_with(' ') && text.ends_with(' ') && text.trim() != "";
    let pad = if touches || stripped { " " } else { "" };
    let text = if in_table { text.replace('|', "\\|") } else { text };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Returns the text as one word of a POSIX shell, on one line, so that a copied command does what it shows.
pub fn shell_word(text: &str) -> String {
    let text = terminal(text);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-' | '+' | ':' | '@');
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text;
    }
    // An option starts with a dash, quoted or not.
    let dash = if text.starts_with('-') { "./" } else { "" };
    format!("'{dash}{}'", text.replace('\'', "'\\''"))
}

/// Returns a fenced code block; `info` is mlgate's own, `text` may be anything.
pub fn code_block(info: &'static str, text: &str) -> String {
    let lines: Vec<String> = text.lines().map(terminal).collect();
    let text = lines.join("\n");
    let fence = "`".repeat((longest_run(&text, '`') + 1).max(3));
    format!("{fence}{info}\n{text}\n{fence}")
}

/// Returns the text in at most `limit` characters; the middle is left out, because names differ at their ends.
fn capped(text: &str, limit: usize) -> String {
    let length = text.chars().count();
    if length <= limit {
        return text.to_owned();
    }
    let tail = limit / 3;
    let head = limit - 1 - tail;
    text.chars().take(head).chain(['…']).chain(text.chars().skip(length - tail)).collect()
}

/// Returns the visible form of `c`: white space of any kind becomes a blank, an invisible character its replacement.
fn visible(c: char) -> char {
    if c.is_whitespace() {
        ' '
    } else if c.is_control() || is_invisible(c) {
        INVISIBLE
    } else {
        c
    }
}

/// Returns true for characters without a glyph: direction marks, zero widths, fillers, variation selectors and tags
/// (Unicode's `Default_Ignorable_Code_Point`, and the annotation marks).
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns the length of the longest run of `c`.
fn longest_run(text: &str, c: char) -> usize {
    text.split(|other| other != c).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests;
