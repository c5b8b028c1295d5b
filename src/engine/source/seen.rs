//! What is seen of a column of text while its file is read for the first time.

use datafusion::arrow::datatypes::DataType;

use super::text_form::{Forms, is_padded};
use crate::config::TextType;
use crate::engine::error::clipped;
use crate::engine::types::type_name;

/// Rows that decide the type of a column, where none is declared.
///
/// A later value may widen numbers, days and times. What would turn them into text is an error that names the row.
pub(super) const TYPED_BY: u64 = 100_000;

/// The values of a column so far. Merging two of them does not depend on their order.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// The forms in the first rows.
    early: Forms,
    late: Forms,
    /// Of each form the first later value, with its row.
    firsts: [Option<(u64, String)>; Forms::COUNT],
    /// The first whole number with zeros before it.
    padded: Option<(u64, String)>,
}

impl Seen {
    /// Takes a value that is not empty, of a row counted from 1. With a declared type, no row is early.
    pub(super) fn take(&mut self, row: u64, value: &[u8], declared: Option<TextType>) {
        let is_early = declared.is_none() && row <= TYPED_BY;
        if is_early && self.early.are_text() || declared == Some(TextType::Text) {
            return;
        }
        let forms = Forms::of(value);
        let text = || clipped(&String::from_utf8_lossy(value));
        if forms.are_whole() && self.padded.is_none() && is_padded(value) {
            self.padded = Some((row, text()));
        }
        if is_early {
            self.early = self.early.with(forms);
            return;
        }
        let new = forms.without(self.late);
        if !new.is_empty() {
            self.late = self.late.with(forms);
            new.each().for_each(|(place, _)| self.firsts[place] = Some((row, text())));
        }
    }

    /// Takes what was seen of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.early = self.early.with(other.early);
        self.late = self.late.with(other.late);
        for (first, theirs) in self.firsts.iter_mut().zip(other.firsts) {
            earlier(first, theirs);
        }
        earlier(&mut self.padded, other.padded);
    }

    /// A whole number with zeros before it, if the column is one of whole numbers.
    pub(super) fn padded(&self) -> Option<&str> {
        let are_whole = self.early.with(self.late).are_whole();
        self.padded.as_ref().filter(|_| are_whole).map(|(_, value)| value.as_str())
    }

    /// Returns the forms of all values; the unit that messages count by is a row or a line.
    ///
    /// # Errors
    ///
    /// A value does not fit the declared type, or the type of the first rows.
    pub(super) fn forms(&self, column: &str, declared: Option<TextType>, unit: &str) -> Result<Forms, String> {
        let all = self.early.with(self.late);
        if let Some(declared) = declared {
            let strangers = self.late.without(Forms::held_by(declared));
            if !strangers.is_empty() {
                return Err(self.told((unit, column), strangers, &format!("but `types` declares {declared}")));
            }
            let has_unit = declared != TextType::Timestamp || !all.have_no_unit();
            return if has_unit { Ok(all) } else { Err(self.without_unit(unit, column)) };
        }
        let early = self.early.data_type();
        if early == DataType::Null || self.early.are_text() || !all.are_text() {
            return Ok(all);
        }
        if all.have_no_unit() {
            return Err(self.without_unit(unit, column));
        }
        let before = format!("but its first {TYPED_BY} rows are {}", type_name(&early));
        Err(format!(
            "{}; if it is text, declare `types: {{{column}: string}}`",
            self.told((unit, column), self.early.strangers(all), &before)
        ))
    }

    fn told(&self, (unit, column): (&str, &str), strangers: Forms, why: &str) -> String {
        let firsts = strangers.each().filter_map(|(place, _)| self.firsts[place].as_ref());
        match firsts.min() {
            Some((row, value)) => format!("{unit} {row}: `{column}` holds `{value}`, {why}"),
            None => format!("`{column}` holds a value that does not fit, {why}"),
        }
    }

    /// Each of these times fits a unit by itself.
    fn without_unit(&self, unit: &str, column: &str) -> String {
        let why = "and no unit holds both days outside 1677 to 2262 and more than six digits of a second";
        self.told((unit, column), Forms::NANOS.with(Forms::FAR), why)
    }
}

fn earlier(ours: &mut Option<(u64, String)>, theirs: Option<(u64, String)>) {
    if let Some(theirs) = theirs
        && ours.as_ref().is_none_or(|ours| theirs < *ours)
    {
        *ours = Some(theirs);
    }
}
