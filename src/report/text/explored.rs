//! Slices without a gate, in text.

use super::layout::{fit, left, right, width};
use super::paint::Ink;
use super::text_page::{INDENT, TextPage};
use crate::plural::counted;
use crate::report::document::ExploredMetricResult;
use crate::report::explored::{ExploredFigures, without_number};

/// Maximum number of slices of a metric without `--evidence`.
const FEW_SLICES: usize = 12;
/// Maximum and minimum width of a slice's name; below the minimum, a slice takes several lines.
const MOST_NAME: usize = 40;
const LEAST_NAME: usize = 20;

impl TextPage<'_> {
    /// Writes a table for each metric.
    pub(super) fn explored(&mut self, tables: &[ExploredMetricResult]) {
        for table in tables {
            self.lines.push(String::new());
            self.lines.push(self.paint.of(Ink::Title, "slices without a limit"));
            let title = format!("{}.{}", table.model, table.metric);
            self.lines.push(format!("  · {}", fit(&title, self.width - INDENT)));
            self.table(table);
            for why in &table.lost {
                self.say(why, "not looked at: ");
            }
        }
    }

    fn table(&mut self, table: &ExploredMetricResult) {
        let shown = if self.options.evidence { table.slices.len() } else { table.slices.len().min(FEW_SLICES) };
        if shown == 0 {
            return;
        }
        let slices = table.slices[..shown].iter().map(ExploredFigures::of);
        let rows: Vec<ExploredFigures> = std::iter::once(ExploredFigures::head(table)).chain(slices).collect();
        let widest = |cell: fn(&ExploredFigures) -> &str| rows.iter().map(|row| width(cell(row))).max().unwrap_or(0);
        let [n, levels, change, chance] =
            [widest(|row| &row.n), widest(|row| &row.levels), widest(|row| &row.short), widest(|row| &row.chance)];
        let numbers: usize = [n, levels, change, chance].into_iter().map(|columns| columns + 2).sum();
        let room = self.width.saturating_sub(INDENT + 2 + numbers);
        if room < LEAST_NAME {
            for row in rows.iter().skip(1) {
                self.ruled(&fit(&row.slice, self.width - INDENT - 2));
                let chance = if row.chance.is_empty() { String::new() } else { format!("p {}", row.chance) };
                if row.note.is_empty() {
                    self.say(&format!("n {} {} {} {chance}", row.n, row.levels, row.short), "  ");
                }
                self.say(&row.note, "  ");
            }
        } else {
            let names: Vec<String> = rows.iter().map(|row| fit(&row.slice, room.min(MOST_NAME))).collect();
            let name_columns = names.iter().map(|name| width(name)).max().unwrap_or(0);
            for (name, row) in names.iter().zip(&rows) {
                let cells = [
                    left(name, name_columns),
                    right(&row.n, n),
                    right(&row.levels, levels),
                    right(&row.short, change),
                    right(&row.chance, chance),
                ];
                self.ruled(cells.join("  ").trim_end());
                self.say(&row.note, "  ");
            }
        }
        if shown < table.slices.len() {
            self.ruled(&format!("… {}", counted((table.slices.len() - shown) as u64, "more slice")));
        }
        for words in without_number(table, shown) {
            self.say(&words, "");
        }
    }
}
