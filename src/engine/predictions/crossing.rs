//! Rows by their combination of values in several columns.

use std::collections::HashMap;

use super::decode::Groups;

/// The most combinations that have a place in a table; more are looked up by their hash.
const MOST_PLACES: usize = 1 << 20;

/// The combinations of codes that rows have, and the combination of each row.
pub(crate) struct Crossing {
    /// The codes of each combination, column by column, in the order of their first rows.
    pub(crate) codes: Vec<Vec<u32>>,
    /// The combination of each row, as an index.
    pub(crate) of_rows: Vec<u32>,
}

impl Crossing {
    /// Crosses columns of codes; without columns, all rows share one combination.
    pub(crate) fn of(columns: &[&Groups], rows: usize) -> Self {
        let mut found = Self { codes: vec![Vec::new()], of_rows: vec![0; rows] };
        if rows == 0 {
            found.codes.clear();
        }
        for column in columns {
            found.cross(column);
        }
        found
    }

    fn cross(&mut self, column: &Groups) {
        let width = column.names.len().max(1);
        let is_small = self.codes.len().checked_mul(width).is_some_and(|places| places <= MOST_PLACES);
        let mut places = vec![u32::MAX; if is_small { self.codes.len() * width } else { 0 }];
        let mut known: HashMap<(u32, u32), u32> = HashMap::new();
        let mut codes: Vec<Vec<u32>> = Vec::new();
        for (combination, code) in self.of_rows.iter_mut().zip(&column.codes) {
            let before = *combination;
            let mut add = || {
                codes.push([self.codes[before as usize].as_slice(), &[*code]].concat());
                u32::try_from(codes.len() - 1).unwrap_or(u32::MAX)
            };
            *combination = match places.get_mut(before as usize * width + *code as usize) {
                Some(place) if *place == u32::MAX => {
                    *place = add();
                    *place
                }
                Some(place) => *place,
                None => *known.entry((before, *code)).or_insert_with(add),
            };
        }
        self.codes = codes;
    }

    /// Returns the rows of each combination, in ascending order, with its codes.
    pub(crate) fn rows(self) -> impl Iterator<Item = (Vec<u32>, Vec<u32>)> {
        let mut sizes = vec![0_usize; self.codes.len()];
        self.of_rows.iter().for_each(|combination| sizes[*combination as usize] += 1);
        let mut rows: Vec<Vec<u32>> = sizes.into_iter().map(Vec::with_capacity).collect();
        for (row, combination) in (0..).zip(&self.of_rows) {
            rows[*combination as usize].push(row);
        }
        self.codes.into_iter().zip(rows)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_of_a_combination_have_its_codes(
            rows in prop::collection::vec((0..3_u32, 0..4_u32, 0..2_000_000_u32), 0..60),
            few: bool,
        ) {
            let column = |code: &dyn Fn(&(u32, u32, u32)) -> u32, names: usize| Groups {
                names: vec![String::new(); names],
                codes: rows.iter().map(code).collect(),
            };
            let mut columns = vec![column(&|row| row.0, 3), column(&|row| row.1, 4)];
            if !few {
                columns.push(column(&|row| row.2, 2_000_000));
            }
            let mut wanted: BTreeMap<Vec<u32>, Vec<u32>> = BTreeMap::new();
            for row in 0..rows.len() {
                let codes = columns.iter().map(|column| column.codes[row]).collect();
                wanted.entry(codes).or_default().push(u32::try_from(row).unwrap_or(u32::MAX));
            }
            let crossing = Crossing::of(&columns.iter().collect::<Vec<_>>(), rows.len());
            prop_assert_eq!(crossing.rows().collect::<BTreeMap<_, _>>(), wanted);
        }
    }
}
