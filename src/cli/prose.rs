//! Pages on a terminal: prose is wrapped between words, and text with a layout of its own is unchanged.

use std::io::{self, IsTerminal};

use clap::CommandFactory;
use unicode_width::UnicodeWidthStr;

use super::arguments::Arguments;

/// Maximum width, also on wider terminals: longer lines are hard to read.
const WIDEST: usize = 80;

/// Returns the page for this process' output.
///
/// A pipe receives the page's own lines: it may feed a pager that wraps by itself, a search for a sentence, or a
/// Markdown file.
pub(super) fn for_output(page: &str) -> String {
    if io::stdout().is_terminal() { wrapped(page, terminal_columns()) } else { page.to_owned() }
}

/// Returns the width of the terminal, at most [`WIDEST`], which is also the default.
///
/// clap determines the width to wrap the help, but does not expose it; so it wraps a ruler in place of the help.
fn terminal_columns() -> usize {
    let marks = "- ".repeat(WIDEST);
    // A wrapped line of single-column marks and blanks has an odd length, and behind a mark of two columns an even one.
    let ruler = Arguments::command().about(format!("{marks}\n-{marks}")).help_template("{about}");
    let ruler = ruler.max_term_width(WIDEST).render_help().to_string();
    ruler.lines().map(|line| line.trim_end().len()).max().unwrap_or(WIDEST)
}

/// Wraps prose to this width. Code, tables and headings are unchanged.
fn wrapped(page: &str, columns: usize) -> String {
    let mut text = String::with_capacity(page.len() + page.len() / 16);
    let mut fence: Option<&str> = None;
    for line in page.lines() {
        let mark = fence_of(line);
        let is_prose =
            fence.is_none() && mark.is_none() && !line.starts_with(['|', '#', '\t']) && !line.starts_with("    ");
        match (fence, mark) {
            // A longer fence may contain shorter ones, and only an opening fence may be followed by a word.
            (Some(open), Some(mark)) if mark.starts_with(open) && line.trim() == mark => fence = None,
            (None, Some(mark)) => fence = Some(mark),
            _ => {}
        }
        if is_prose {
            fill(line, columns, &mut text);
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

/// Returns the run of at least three backticks or tildes with which a line starts.
fn fence_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let sign = line.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let run = &line[..line.len() - line.trim_start_matches(sign).len()];
    (run.len() >= 3).then_some(run)
}

fn fill(line: &str, columns: usize, text: &mut String) {
    let lead = lead_of(line);
    // A quotation has its mark on every line; an item has its mark once.
    let hang = if lead.contains('>') { lead.to_owned() } else { " ".repeat(lead.width()) };
    text.push_str(lead);
    let (mut at, start) = (lead.width(), lead.width());
    for word in words(&line[lead.len()..]) {
        if at > start && at + 1 + word.width() > columns {
            text.push('\n');
            text.push_str(&hang);
            at = start;
        }
        if at > start {
            text.push(' ');
            at += 1;
        }
        text.push_str(word);
        at += word.width();
    }
    text.push('\n');
}

/// Returns the leading blanks, and the mark of an item or a quotation.
fn lead_of(line: &str) -> &str {
    let rest = line.trim_start_matches(' ');
    let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    let mark = if rest.starts_with(['-', '*', '+', '>']) {
        &rest[1..]
    } else if digits.len() < rest.len() && digits.starts_with(['.', ')']) {
        &digits[1..]
    } else {
        rest
    };
    let behind = mark.strip_prefix(' ').unwrap_or(rest);
    &line[..line.len() - behind.len()]
}

/// Returns the words of a line. Code between backticks is one word, so that a command stays on one line.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    let parts = line.split(move |c: char| {
        is_code ^= c == '`';
        c == ' ' && !is_code
    });
    parts.filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_is_broken_between_words() {
        assert_eq!(wrapped("one two three\n\nfour\n", 9), "one two\nthree\n\nfour\n");
        assert_eq!(wrapped("a incomprehensibilities b\n", 9), "a\nincomprehensibilities\nb\n", "no word is broken");
        assert_eq!(wrapped("ÄÖÜ ÄÖÜ 表表 表\n", 9), "ÄÖÜ ÄÖÜ\n表表 表\n", "columns are counted, not bytes");
    }

    #[test]
    fn items_and_quotations_hang() {
        assert_eq!(wrapped("- one two three\n", 9), "- one two\n  three\n");
        assert_eq!(wrapped("12. one two\n", 9), "12. one\n    two\n");
        assert_eq!(wrapped("  - one two\n", 9), "  - one\n    two\n");
        assert_eq!(wrapped("> one two three\n", 9), "> one two\n> three\n");
        assert_eq!(wrapped("-one two three\n1.5 of them\n", 9), "-one two\nthree\n1.5 of\nthem\n", "these are none");
    }

    #[test]
    fn code_is_one_word() {
        assert_eq!(wrapped("set `a: [1, 2]` here\n", 9), "set\n`a: [1, 2]`\nhere\n");
        // An unclosed backtick starts a word that ends with its line.
        assert_eq!(wrapped("a ` b c d e f g h\none two three\n", 9), "a\n` b c d e f g h\none two\nthree\n");
    }

    #[test]
    fn what_has_a_form_keeps_it() {
        let kept = "# a heading that is long\n| a | table of | columns |\n```yaml mlgate.yml\nkey: a long value\n```\n    indented code block\n";
        assert_eq!(wrapped(kept, 9), kept);
        let nested = "````markdown\n```yaml\na long line of code\n```\nstill a line of code\n````\n";
        assert_eq!(wrapped(nested, 9), nested);
        assert_eq!(
            wrapped("~~~\na long line\n```\nof code\n~~~\nand of prose\n", 9),
            "~~~\na long line\n```\nof code\n~~~\nand of\nprose\n"
        );
    }

    #[test]
    fn a_terminal_has_columns() {
        assert!((1..=WIDEST).contains(&terminal_columns()));
    }
}
