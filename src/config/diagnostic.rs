//! A problem in a text, and its rendering: message, place, snippet, help.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::span::Span;
use crate::plural::counted;

/// Maximum number of problems that are rendered for one file.
const MOST_SHOWN: usize = 100;
/// Maximum bytes of source that are rendered: a single line may be as long as the whole text.
const MOST_SOURCE: usize = 1 << 20;
/// Maximum characters of a message.
const MOST_MESSAGE: usize = 2_000;

/// A problem in a config or in a check's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The problem: lower case, no full stop.
    pub message: String,
    /// The problem's place.
    pub span: Span,
    /// The way to solve the problem.
    pub help: Option<String>,
    /// Related places, each with the reason it matters.
    pub also: Vec<(Span, String)>,
}

impl Diagnostic {
    /// Returns a problem at a place.
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span, help: None, also: Vec::new() }
    }

    /// Adds a help text.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Renders all problems of one file for a terminal, in the order of their places.
pub fn render(name: &str, text: &str, problems: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut problems: Vec<&Diagnostic> = problems.iter().collect();
    problems.sort_by_key(|problem| problem.span);
    let (name, text) = (visible(name), ShownSource::new(text));
    let mut out = String::new();
    let (mut shown, mut bytes) = (0, 0);
    for problem in problems.iter().take(MOST_SHOWN) {
        if bytes >= MOST_SOURCE {
            break;
        }
        let primary = text.range(problem.span);
        let also: Vec<_> = problem.also.iter().map(|(span, why)| (text.range(*span), why)).collect();
        // The renderer goes through the whole source for each problem, so it gets only the lines that matter.
        let ranges = || also.iter().map(|(range, _)| range).chain([&primary]);
        let from = ranges().map(|range| range.start).min().unwrap_or(0);
        let to = ranges().map(|range| range.end).max().unwrap_or(0);
        let (from, to, line) = text.lines(from, to);
        (shown, bytes) = (shown + 1, bytes + to - from);
        let within = |range: &Range<usize>| range.start - from..range.end - from;
        let mut snippet = Snippet::source(&text.text[from..to])
            .line_start(line)
            .path(name.as_str())
            .annotation(AnnotationKind::Primary.span(within(&primary)));
        for (range, why) in &also {
            snippet = snippet.annotation(AnnotationKind::Context.span(within(range)).label(clipped(why)));
        }
        let mut group: Group<'_> = Level::ERROR.primary_title(clipped(&problem.message)).element(snippet);
        if let Some(help) = &problem.help {
            group = group.element(Level::HELP.message(clipped(help)));
        }
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    let count = match problems.len() {
        many if many > shown => format!("{many} problems, of which the first {shown} are shown,"),
        many => counted(many as u64, "problem"),
    };
    out + &count + " in " + &name + "\n"
}

/// Returns untrusted text made safe for a terminal and cut to [`MOST_MESSAGE`] characters.
fn clipped(text: &str) -> String {
    let mut shown: String = visible(text).chars().take(MOST_MESSAGE + 1).collect();
    if shown.chars().count() > MOST_MESSAGE {
        shown.pop();
        shown.push('…');
    }
    shown
}

/// Returns the line and column of a byte offset, both from 1, the column in characters.
pub fn line_column(text: &str, offset: usize) -> (u64, u64) {
    LineStarts::of(text).line_column(offset)
}

/// The lines of a text, for places in a text of thousands of lines.
pub struct LineStarts<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> LineStarts<'a> {
    /// Finds the beginning of each line.
    pub fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1));
        Self { text, starts: starts.collect() }
    }

    /// Returns line and column of a byte offset, both starting from 1; the end of the text for an offset outside of it.
    pub fn line_column(&self, offset: usize) -> (u64, u64) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = self.starts.partition_point(|start| *start <= before.len());
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or_default();
        (line as u64, before[start..].chars().count() as u64 + 1)
    }
}

/// Returns untrusted text without terminal control: control characters, escape sequences and bidirectional overrides.
pub fn visible(text: &str) -> String {
    text.chars().map(|character| if obeyed(character) { '\u{FFFD}' } else { character }).collect()
}

fn obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

/// The source with terminal control characters replaced, and byte offsets moved accordingly.
struct ShownSource {
    text: String,
    places: Vec<usize>,
}

impl ShownSource {
    fn new(text: &str) -> Self {
        let mut shown = String::with_capacity(text.len() + 1);
        let mut places = vec![0; text.len() + 1];
        for (at, character) in text.char_indices() {
            for place in &mut places[at..at + character.len_utf8()] {
                *place = shown.len();
            }
            match character {
                '\n' => shown.push('\n'),
                '\r' => {}
                '\t' => shown.push(' '),
                other if obeyed(other) => shown.push('\u{FFFD}'),
                other => shown.push(other),
            }
        }
        places[text.len()] = shown.len();
        // A problem at the very end still needs a place to point at.
        shown.push(' ');
        Self { text: shown, places }
    }

    /// Returns the whole lines around a range, and the number of the first.
    fn lines(&self, from: usize, to: usize) -> (usize, usize, usize) {
        let start = self.text[..from].rfind('\n').map_or(0, |newline| newline + 1);
        let end = self.text[to..].find('\n').map_or(self.text.len(), |newline| to + newline);
        (start, end, self.text[..start].matches('\n').count() + 1)
    }

    fn range(&self, span: Span) -> Range<usize> {
        let last = self.places.len() - 1;
        let start = self.places[span.start.min(last)];
        let mut end = self.places[span.end.min(last)].max(start);
        // The first line of a multi-line value is enough.
        if let Some(newline) = self.text[start..end].find('\n') {
            end = start + newline;
        }
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let text = "ab\nçd: 1\n";
        assert_eq!(line_column(text, 0), (1, 1));
        assert_eq!(line_column(text, 3), (2, 1));
        assert_eq!(line_column(text, text.find('d').unwrap_or_default()), (2, 2));
        assert_eq!(line_column(text, 999), (3, 1));
    }

    #[test]
    fn nothing_of_the_source_is_obeyed_by_a_terminal() {
        let text = "a: \x1b[31mred\u{202E}\n";
        let problem = Diagnostic::new("bad \x1b[2J name", Span { start: 3, end: 8 });
        let shown = render("evil\x07.yml", text, &[problem], false);
        assert!(!shown.contains(['\x1b', '\x07', '\u{202E}']), "{shown}");
    }
}
