//! A change of a metric, split into the rows and the model that it comes from.

/// A change of a metric that is a mean over rows, divided between other rows and the other model, and by slice.
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeAttribution {
    /// The baseline's metric, on its rows.
    pub before: f64,
    /// The candidate's metric, on all of its rows.
    pub after: f64,
    /// The number of rows that only the candidate has.
    pub new_rows: u64,
    /// The candidate's metric on all of its rows, less that on the rows of both sides.
    pub of_rows: f64,
    /// The candidate's metric less the baseline's, on the rows of both sides.
    pub of_model: f64,
    /// The contribution of each found slice to `of_model`, and last that of the rest. A row of two slices counts to the first.
    pub slices: Vec<AttributedPart>,
    /// The contribution of each value of each column to `of_model`.
    pub columns: Vec<(String, Vec<AttributedPart>)>,
}

/// Rows with their contribution to a change.
#[derive(Debug, Clone, PartialEq)]
pub struct AttributedPart {
    /// The slice or the value.
    pub name: String,
    /// The number of rows.
    pub rows: u64,
    /// The contribution, in the metric's own unit.
    pub contribution: f64,
}

impl ChangeAttribution {
    /// Merges parts of fewer rows than this, together with as many larger ones as it takes, so that none can be inferred from the
    /// others. Nothing is left where so few rows are new that they would show.
    pub fn without_small(mut self, least: u64) -> Option<Self> {
        if (1..least).contains(&self.new_rows) {
            return None;
        }
        self.slices = merged(self.slices, least);
        for (_, parts) in &mut self.columns {
            *parts = merged(std::mem::take(parts), least);
        }
        Some(self)
    }
}

fn merged(mut parts: Vec<AttributedPart>, least: u64) -> Vec<AttributedPart> {
    parts.retain(|part| part.rows > 0);
    if parts.iter().all(|part| part.rows >= least) {
        return parts;
    }
    let mut by_size: Vec<usize> = (0..parts.len()).collect();
    by_size.sort_by_key(|place| parts[*place].rows);
    let mut other = AttributedPart { name: "(others)".to_owned(), rows: 0, contribution: 0.0 };
    let mut taken = vec![false; parts.len()];
    for (at, place) in by_size.into_iter().enumerate() {
        // One alone would be what is left of the sum.
        if parts[place].rows >= least && other.rows >= least && at > 1 {
            break;
        }
        other.rows += parts[place].rows;
        other.contribution += parts[place].contribution;
        taken[place] = true;
    }
    let mut kept: Vec<AttributedPart> =
        parts.into_iter().zip(taken).filter(|(_, taken)| !taken).map(|(part, _)| part).collect();
    kept.push(other);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(of: &[(u64, f64)]) -> Vec<AttributedPart> {
        (0..)
            .zip(of)
            .map(|(at, (rows, contribution))| AttributedPart {
                name: format!("{at}"),
                rows: *rows,
                contribution: *contribution,
            })
            .collect()
    }

    #[test]
    fn small_parts_are_merged_with_larger_ones() {
        let rows = |of: &[(u64, f64)]| merged(parts(of), 10).iter().map(|part| part.rows).collect::<Vec<_>>();
        assert_eq!(rows(&[(20, 1.0), (30, 1.0)]), [20, 30]);
        assert_eq!(rows(&[(20, 1.0), (3, 1.0), (30, 1.0)]), [30, 23]);
        assert_eq!(rows(&[(20, 1.0), (6, 1.0), (30, 1.0), (7, 1.0)]), [20, 30, 13]);
        assert_eq!(rows(&[(20, 1.0), (0, 0.0), (9, 1.0)]), [29]);
        let sum: f64 =
            merged(parts(&[(20, 0.5), (3, -0.25), (30, 1.0)]), 10).iter().map(|part| part.contribution).sum();
        assert!((sum - 1.25).abs() < 1e-12);
    }

    #[test]
    fn few_new_rows_show_nothing() {
        let whole = |new_rows| ChangeAttribution {
            before: 0.0,
            after: 0.0,
            new_rows,
            of_rows: 0.0,
            of_model: 0.0,
            slices: Vec::new(),
            columns: Vec::new(),
        };
        assert_eq!(whole(4).without_small(10), None);
        assert!(whole(0).without_small(10).is_some() && whole(10).without_small(10).is_some());
    }
}
