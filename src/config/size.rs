//! Sizes in bytes, such as `512MB`.

/// The smallest valid size: less memory holds no batch of rows.
const LEAST: u64 = 1_000_000;

/// Parses a size such as `512MB` or `2GiB` and returns bytes.
///
/// # Errors
///
/// The text is not a size, or the size is below 1 MB.
pub fn bytes(text: &str) -> Result<u64, String> {
    const UNITS: [(&str, u64); 6] =
        [("KIB", 1 << 10), ("MIB", 1 << 20), ("GIB", 1 << 30), ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000)];
    let upper = text.trim().to_ascii_uppercase();
    let found = UNITS.iter().find_map(|(unit, size)| {
        let number = upper.strip_suffix(unit)?.trim().parse::<u64>().ok()?;
        number.checked_mul(*size)
    });
    match found {
        Some(bytes) if bytes >= LEAST => Ok(bytes),
        Some(_) => Err(format!("`{text}` is too small; limit: at least 1MB")),
        None => Err(format!("`{text}` is not a size; write a whole number and KB, MB or GB, as in 512MB")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_needed() {
        assert_eq!(bytes("512MB"), Ok(512_000_000));
        assert_eq!(bytes(" 2 gib "), Ok(2 << 30));
        for wrong in ["512", "MB", "-1GB", "1.5GB", "1PB", "0MB", "999KB", "99999999999999GB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
