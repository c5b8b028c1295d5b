//! Declared types of text formats: each must name a column of one of the tables.

use super::{Binder, has_column};
use crate::config::{Diagnostic, ReadAs, did_you_mean};
use crate::measurement::{TableId, TableKind};
use crate::stats::Side;

impl Binder<'_> {
    /// Reports the columns under `types` that none of these tables contains.
    ///
    /// A candidate's table that could not be opened reports its own problem, and its columns are unknown.
    pub(super) fn declared_types(&mut self, read_as: &ReadAs, name: &str, kinds: &[TableKind]) {
        let of_name = || self.tables.iter().filter(|(id, _)| id.name == name && kinds.contains(&id.kind));
        // No table is known while a config is read whose files were not opened.
        let is_unknown = |(id, info): (&TableId, &Result<_, _>)| id.side == Side::Candidate && info.is_err();
        if of_name().next().is_none() || of_name().any(is_unknown) {
            return;
        }
        let tables: Vec<_> = of_name().filter_map(|(_, info)| info.as_ref().ok()).collect();
        for declared in &read_as.types {
            let column = &declared.column;
            if tables.iter().any(|info| has_column(info, &column.value)) {
                continue;
            }
            let message = format!("`types` declares `{}`, but no file of `{name}` has this column", column.value);
            let mut problem = Diagnostic::new(message, column.span);
            let names = tables.iter().flat_map(|info| &info.columns).map(|column| column.name.as_str());
            problem.help = did_you_mean(&column.value, names).map(|near| format!("did you mean `{near}`?"));
            self.problems.push(problem);
        }
    }
}
