//! Findings about a text column during the first pass over its file.

use datafusion::arrow::datatypes::DataType;

use super::text_form::{Forms, is_padded};
use crate::config::TextType;
use crate::engine::error::clipped;
use crate::engine::types::type_name;

/// The number of rows that determine the type of a column without a declared type.
///
/// A later value may widen numbers, dates and times. A later value that would turn them into text is an error that
/// names the row.
pub(super) const TYPED_BY: u64 = 100_000;

/// Forms of the values of a column so far. Merging is independent of order.
#[derive(Debug, Clone, Default)]
pub(super) struct SeenForms {
    /// The forms in the first rows.
    early: Forms,
    late: Forms,
    /// The first later value of each form, with its row.
    firsts: [Option<(u64, String)>; Forms::COUNT],
    /// The first whole number with leading zeros.
    padded: Option<(u64, String)>,
}

impl SeenForms {
    /// Adds a value that is not empty; rows are counted from 1. With a declared type, no row is early.
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

    /// Adds the findings of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        self.early = self.early.with(other.early);
        self.late = self.late.with(other.late);
        for (first, theirs) in self.firsts.iter_mut().zip(other.firsts) {
            earlier(first, theirs);
        }
        earlier(&mut self.padded, other.padded);
    }

    /// Returns a whole number with leading zeros, if all values are whole numbers.
    pub(super) fn padded(&self) -> Option<&str> {
        let are_whole = self.early.with(self.late).are_whole();
        self.padded.as_ref().filter(|_| are_whole).map(|(_, value)| value.as_str())
    }

    /// Returns the forms of all values; `unit` is the unit that messages count by, row or line.
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

    /// Each of these times has a unit, but they have none in common.
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
