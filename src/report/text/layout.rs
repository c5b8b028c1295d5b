//! The layout of text in terminal columns: width, wrapping, shortening.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::report::safe;

/// Returns the number of columns of `text`.
pub(in crate::report) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Pads `text` on the right to `columns`.
pub(in crate::report) fn left(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Pads `text` on the left to `columns`.
pub(in crate::report) fn right(text: &str, columns: usize) -> String {
    format!("{}{text}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Returns untrusted text, made safe and shortened in the middle to at most `columns`.
pub(in crate::report) fn fit(text: &str, columns: usize) -> String {
    let text = safe::terminal(text);
    if width(&text) <= columns {
        return text;
    }
    let room = columns.saturating_sub(1);
    let tail_room = room * 2 / 3;
    let mut tail: Vec<char> = taken(text.chars().rev(), tail_room);
    tail.reverse();
    let head = taken(text.chars(), room - tail_room);
    head.into_iter().chain(['…']).chain(tail).collect()
}

/// Returns a gate's id in at most `columns`: whole steps of its path are left out if that is enough.
pub(in crate::report) fn fit_path(id: &str, columns: usize) -> String {
    let id = safe::terminal(id);
    if width(&id) <= columns {
        return id;
    }
    let steps: Vec<&str> = id.split('.').collect();
    // The first two steps name the dataset or model, the last ones the metric and the check.
    let cut = |head: usize| {
        let steps = &steps;
        let rest = head + 1..steps.len().saturating_sub(1);
        rest.map(move |from| format!("{}.….{}", steps[..head].join("."), steps[from..].join(".")))
    };
    cut(2).chain(cut(1)).find(|short| width(short) <= columns).unwrap_or_else(|| fit(&id, columns))
}

/// Breaks `text` into lines of at most `columns`: between words, and inside words that are longer than a line.
///
/// An interval such as `[−0.0271, +0.0173]` is one word, and so is `n = 812`.
pub(in crate::report) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last)
                if last.starts_with('[') && last.ends_with(',') && word.contains(']')
                    || last == "n" && word == "="
                    || last == "n =" =>
            {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    let words: Vec<String> = words.iter().flat_map(|word| split(word, columns)).collect();
    fill(words.iter().map(String::as_str), " ", columns)
}

/// Splits a word into parts of at most `columns`.
fn split(word: &str, columns: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in word.chars() {
        let needed = c.width().unwrap_or(0);
        match parts.last_mut() {
            Some(part) if width(part) + needed <= columns || part.is_empty() => part.push(c),
            _ => parts.push(c.to_string()),
        }
    }
    parts
}

/// Puts as many `parts` on each line as fit, separated by `between`.
pub(in crate::report) fn fill<'a>(
    parts: impl IntoIterator<Item = &'a str>,
    between: &str,
    columns: usize,
) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        match lines.last_mut() {
            Some(line) if width(line) + width(between) + width(part) <= columns => {
                line.push_str(between);
                line.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines
}

/// Returns the first characters that fit in `columns`.
fn taken(chars: impl Iterator<Item = char>, columns: usize) -> Vec<char> {
    let mut left = columns;
    chars
        .take_while(|c| {
            let needed = c.width().unwrap_or(0);
            let fits = needed <= left;
            left = left.saturating_sub(needed);
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_loses_whole_steps_first() {
        let id = "models.income.metrics.roc_auc.max_drop";
        assert_eq!(fit_path(id, 40), id);
        assert_eq!(fit_path(id, 36), "models.income.….roc_auc.max_drop");
        assert_eq!(fit_path(id, 30), "models.….roc_auc.max_drop");
        assert_eq!(fit_path(id, 12), "mode…ax_drop");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(width("収入"), 4);
        assert_eq!(left("収入", 6), "収入  ");
        assert_eq!(fit("収入の列の名前", 7), "収…名前");
        assert_eq!(wrap("収入 の 列", 5), ["収入", "の 列"]);
        assert_eq!(wrap("収入の列", 5), ["収入", "の列"]);
    }

    #[test]
    fn an_interval_stays_together() {
        assert_eq!(wrap("so n = 812 tells", 8), ["so", "n = 812", "tells"]);
        assert_eq!(wrap("a loss of 0.01 [−0.0271, +0.0173]; so", 24), ["a loss of 0.01", "[−0.0271, +0.0173]; so"]);
    }
}
