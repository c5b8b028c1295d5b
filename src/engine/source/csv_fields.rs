//! Fields of the complete records of a CSV file that [`super::records`] has checked.

/// Calls `take` with each field of these records, and the numbers of its record and its column.
pub(super) fn each(records: &[u8], delimiter: u8, mut take: impl FnMut(u64, usize, &[u8])) {
    let ends_line = |byte: u8| byte == b'\n' || byte == b'\r';
    let (mut at, mut record) = (0, 0);
    let mut unescaped = Vec::new();
    while let Some(first) = records.get(at) {
        if ends_line(*first) {
            // The second half of a line ending, or an empty line.
            at += 1;
            continue;
        }
        let mut column = 0;
        loop {
            if records.get(at) == Some(&b'"') {
                unescaped.clear();
                at += 1;
                while let Some(byte) = records.get(at) {
                    at += 1;
                    if *byte == b'"' {
                        if records.get(at) != Some(&b'"') {
                            break;
                        }
                        at += 1;
                    }
                    unescaped.push(*byte);
                }
                take(record, column, &unescaped);
            } else {
                let rest = &records[at..];
                let length = rest.iter().position(|byte| *byte == delimiter || ends_line(*byte)).unwrap_or(rest.len());
                take(record, column, &rest[..length]);
                at += length;
            }
            column += 1;
            match records.get(at) {
                Some(byte) if *byte == delimiter => at += 1,
                _ => break,
            }
        }
        record += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_where_they_are() {
        let text = "\n1,a b,\r\n\"x, \"\"y\"\"\nz\",,\"\"\r\r3,\"\",5";
        let mut found = Vec::new();
        each(text.as_bytes(), b',', |record, column, field| {
            found.push((record, column, String::from_utf8_lossy(field).into_owned()));
        });
        let wanted = [
            (0, 0, "1"),
            (0, 1, "a b"),
            (0, 2, ""),
            (1, 0, "x, \"y\"\nz"),
            (1, 1, ""),
            (1, 2, ""),
            (2, 0, "3"),
            (2, 1, ""),
            (2, 2, "5"),
        ];
        assert_eq!(found, wanted.map(|(record, column, field)| (record, column, field.to_owned())));
    }
}
