//! Sentences in Markdown: plain words are unchanged, and everything else becomes code.

use super::{code_span, sentence};

/// The punctuation that may precede a word.
const OPENING: [char; 7] = ['(', '[', '"', '“', '‘', '−', '+'];
/// The punctuation that may follow a word.
const CLOSING: [char; 11] = ['.', ',', ';', ':', '?', ')', ']', '"', '”', '’', '…'];

/// Returns a message or help as inline Markdown whose rendered text is exactly the input, names without their
/// backticks.
///
/// Escaping is not enough: forges look for mentions, references, links and emoji in the *rendered* text. So plain words
/// are allowed instead of special ones being escaped. A word of letters and digits with the punctuation of a sentence
/// is unchanged; every other word is a code span, as is everything between two backticks, which mark names in messages.
pub fn prose(text: &str, in_table: bool) -> String {
    let text = sentence(text);
    let ticks = text.matches('`').count();
    let mut pieces = Vec::new();
    for (index, part) in text.split('`').enumerate() {
        match (index % 2 == 1, index < ticks) {
            (false, _) => push_words(&mut pieces, part),
            (true, true) => push(&mut pieces, SentencePart::Code(part.to_owned())),
            // An unpaired backtick is a plain character.
            (true, false) => {
                push(&mut pieces, SentencePart::Code("`".to_owned()));
                push_words(&mut pieces, part);
            }
        }
    }
    pieces.iter().map(|piece| piece.markdown(in_table)).collect()
}

/// A part of a sentence.
enum SentencePart {
    Plain(String),
    Code(String),
}

impl SentencePart {
    fn markdown(&self, in_table: bool) -> String {
        match self {
            // Of the characters that `is_plain` accepts, Markdown interprets only brackets and angles.
            Self::Plain(text) => text.replace('[', "\\[").replace(']', "\\]").replace('<', "&lt;").replace('>', "&gt;"),
            Self::Code(text) => code_span(text, in_table),
        }
    }
}

/// Appends a piece; adjacent code spans would merge their fences, so they become one span.
fn push(pieces: &mut Vec<SentencePart>, piece: SentencePart) {
    match (pieces.last_mut(), piece) {
        (Some(SentencePart::Plain(last)), SentencePart::Plain(next))
        | (Some(SentencePart::Code(last)), SentencePart::Code(next)) => {
            last.push_str(&next);
        }
        // An empty piece would separate two code spans in the list but not on the page.
        (_, SentencePart::Plain(next) | SentencePart::Code(next)) if next.is_empty() => {}
        (_, piece) => pieces.push(piece),
    }
}

fn push_words(pieces: &mut Vec<SentencePart>, text: &str) {
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            push(pieces, SentencePart::Plain(" ".to_owned()));
        }
        if is_plain(word) {
            push(pieces, SentencePart::Plain(word.to_owned()));
        } else if !word.is_empty() {
            push_name(pieces, word);
        }
    }
}

/// Appends a name; a comma after it and brackets around it belong to the sentence.
fn push_name(pieces: &mut Vec<SentencePart>, word: &str) {
    let name = word.trim_end_matches([',', ';', ':']);
    let (name, stop) = word.split_at(if name.is_empty() { word.len() } else { name.len() });
    let inner = name.strip_prefix('(').and_then(|name| name.strip_suffix(')')).filter(|name| !name.is_empty());
    let (open, close) = if inner.is_some() { ("(", ")") } else { ("", "") };
    for piece in [
        SentencePart::Plain(open.to_owned()),
        SentencePart::Code(inner.unwrap_or(name).to_owned()),
        SentencePart::Plain(format!("{close}{stop}")),
    ] {
        push(pieces, piece);
    }
}

/// Returns true if no forge and no Markdown reader interprets `word` as more than a word.
fn is_plain(word: &str) -> bool {
    if matches!(word, "" | "=" | "<" | ">" | "<=" | ">=" | "≤" | "≥" | "→" | "−" | "+" | "-" | "–" | "—" | "·" | "…")
    {
        return true;
    }
    // Punctuation after a name between backticks: `age`; or `age`'s.
    if word.chars().all(|c| CLOSING.contains(&c)) || matches!(word, "'s" | "’s") {
        return true;
    }
    let core = word.trim_start_matches(OPENING);
    // More than two leading marks are not punctuation.
    let marks = word[..word.len() - core.len()].chars().count();
    let core = core.trim_end_matches(CLOSING).trim_end_matches('%');
    marks <= 2 && !core.is_empty() && is_plain_core(core)
}

/// Returns true for letters and digits, joined only so that they form no host name, ticket or commit.
fn is_plain_core(core: &str) -> bool {
    let chars: Vec<char> = core.chars().collect();
    let joined = chars.iter().enumerate().all(|(at, &c)| {
        let before = at.checked_sub(1).and_then(|at| chars.get(at)).copied();
        let after = chars.get(at + 1).copied();
        match (before, after) {
            _ if c.is_alphanumeric() => true,
            (Some(before), Some(after)) => match c {
                // 0.9266 and 16,281 are plain, example.com is not.
                '.' | ',' => before.is_ascii_digit() && after.is_ascii_digit(),
                // `GH-1` is not plain: GitHub links it.
                '-' | '–' => before.is_alphanumeric() && (after.is_alphabetic() || before.is_ascii_digit()),
                '\'' | '’' => before.is_alphabetic() && after.is_alphabetic(),
                _ => false,
            },
            _ => false,
        }
    });
    // Seven hexadecimal digits may be a commit, which forges link.
    let commit = core.split(|c: char| !c.is_ascii_hexdigit()).any(|run| run.len() >= 7);
    joined && !commit
}
