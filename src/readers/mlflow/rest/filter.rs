//! Filters of a search, in MLflow's language.

/// Writes the condition that a tag has a value.
///
/// # Errors
///
/// No quotes fit around the tag or the value.
pub(super) fn condition(key: &str, value: &str) -> Result<String, String> {
    if key.contains('`') && key.contains('"') {
        return Err(format!("the tag `{key}` cannot be searched for: it has both kinds of quotes"));
    }
    let key = if key.contains('`') { format!("\"{key}\"") } else { format!("`{key}`") };
    Ok(format!("tags.{key} = {}", quoted(value)?))
}

/// Quotes a text for a filter, which has no escapes.
///
/// # Errors
///
/// The text has both kinds of quotes.
pub(super) fn quoted(text: &str) -> Result<String, String> {
    match (text.contains('\''), text.contains('"')) {
        (false, _) => Ok(format!("'{text}'")),
        (true, false) => Ok(format!("\"{text}\"")),
        (true, true) => Err(format!("`{text}` cannot be searched for: it has both kinds of quotes")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn filters_cannot_be_left() {
        assert_eq!(condition("team", "a' OR 'b").unwrap(), "tags.`team` = \"a' OR 'b\"");
        assert_eq!(condition("a`b", "x").unwrap(), "tags.\"a`b\" = 'x'");
        assert!(condition("a`b\"", "x").is_err());
        assert!(condition("a", "'\"").is_err());
    }
}
