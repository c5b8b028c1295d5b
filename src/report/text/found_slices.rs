//! Slices in which a model got worse, in text.

use super::layout::fit;
use super::paint::Ink;
use super::text_page::{INDENT, TextPage};
use crate::report::document::SliceSearchResult;
use crate::report::found_slices::{attribution, facts, nothing, rest, title};

impl TextPage<'_> {
    /// Writes the slices of each search.
    pub(super) fn found_slices(&mut self, searches: &[SliceSearchResult]) {
        for search in searches {
            self.lines.push(String::new());
            let head = if search.compares { "where it got worse" } else { "where it is worst" };
            self.lines.push(self.paint.of(Ink::Title, head));
            self.lines.push(format!("  · {}", fit(&title(search), self.width - INDENT)));
            for slice in &search.slices {
                self.ruled(&fit(&slice.slice, self.width - INDENT - 2));
                self.say(&facts(search, slice), "  ");
                self.say(&slice.watch, "  watch it: ");
            }
            if let Some(rest) = rest(search) {
                self.say(&rest, "");
            }
            for said in attribution(search) {
                self.say(&said, "");
            }
            if let Some(why) = nothing(search) {
                self.say(&why, "");
            }
            if self.options.evidence {
                for column in &search.left_out {
                    self.say(&format!("{}: {}", column.column, column.why), "left out: ");
                }
            }
        }
    }
}
