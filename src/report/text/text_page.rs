//! The page that is written: its width, its columns and its depth.

use std::collections::BTreeMap;

use super::super::document::GateResult;
use super::super::figures::{Figures, label};
use super::super::group_tables::GroupTable;
use super::super::{RenderOptions, in_ascii, safe};
use super::layout::{fit, width};
use super::paint::Paint;
use crate::gate::verdict::Verdict;

/// The width before a gate's id: two blanks, the mark, a blank.
pub(super) const INDENT: usize = 4;

/// The page under construction.
pub(super) struct TextPage<'a> {
    pub(super) options: RenderOptions,
    pub(super) width: usize,
    pub(super) paint: Paint,
    pub(super) columns: TextColumns,
    pub(super) lines: Vec<String>,
    /// The tables of groups that are on the page, with the gate that shows each.
    pub(super) tables: Vec<GroupTable<'a>>,
    /// The table of each gate that shows one.
    pub(super) table_of: BTreeMap<*const GateResult, usize>,
    /// The tables that stand on the page already, with the gates under which they do.
    pub(super) shown: BTreeMap<usize, String>,
}

/// The widths of all gates' columns, the same in every section, so that numbers are aligned.
#[derive(Debug, Clone, Copy)]
pub(super) struct TextColumns {
    /// The width of ids; `None` if the terminal is too narrow, so that every gate takes two lines.
    pub(super) id: Option<usize>,
    pub(super) levels: usize,
}

impl TextColumns {
    pub(super) fn of<'a>(gates: impl Iterator<Item = &'a GateResult>, page: usize, ascii: bool) -> Self {
        let (mut id, mut levels, mut last) = (0, 0, 0);
        for gate in gates {
            let row = Row::of(gate, ascii);
            id = id.max(width(&safe::terminal(&label(gate))));
            let needed = width(&row.levels);
            levels = levels.max(if needed <= MOST_LEVELS { needed } else { 0 });
            last = last.max(width(&row.last));
        }
        let room = page.saturating_sub(INDENT + 2 + levels + 2 + last);
        Self { id: (room >= LEAST_ID).then_some(id.min(room)), levels }
    }
}

/// Maximum number of groups without `--evidence`.
pub(super) const FEW_GROUPS: usize = 12;

/// The smallest width of an id beside its figures; below this, the id gets a line of its own.
const LEAST_ID: usize = 20;

/// Maximum width of a bound beside a gate; the whole bound is in the message if it matters.
const MOST_BOUND: usize = 16;

/// Maximum width of both sides' levels; a gate that needs more takes two lines.
const MOST_LEVELS: usize = 26;

/// The cells after a gate's id.
pub(super) struct Row {
    pub(super) levels: String,
    pub(super) last: String,
}

impl Row {
    pub(super) fn of(gate: &GateResult, ascii: bool) -> Self {
        let figures = Figures::of(gate);
        // A gate that compares shows the change, any other its limit.
        let levels = figures.levels();
        let last = match figures.change() {
            Some(change) => change,
            // Without a number there is nothing to compare with the bound, unless the gate passes without one, as for a
            // type.
            None if levels.is_empty() && gate.verdict != Verdict::Pass => String::new(),
            // `0` alone would look like one more number.
            None if gate.bound.starts_with(|c: char| c.is_ascii_digit()) => {
                fit(&format!("= {}", gate.bound), MOST_BOUND)
            }
            None => fit(&gate.bound, MOST_BOUND),
        };
        if ascii { Self { levels: in_ascii(&levels), last: in_ascii(&last) } } else { Self { levels, last } }
    }
}
