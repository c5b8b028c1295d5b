//! Text of a report in XML, where it never ends the text or attribute that it stands in.

/// Returns the text as character data and as the value of a quoted attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            // XML has no form of these, escaped or not.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                shown.push('\u{fffd}');
            }
            c => shown.push(c),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_what_it_stands_in() {
        assert_eq!(escaped("<a href=\"x\" y='z'>&]]>"), "&lt;a href=&quot;x&quot; y=&#39;z&#39;&gt;&amp;]]&gt;");
        assert_eq!(escaped("a\u{0}b\u{1b}[1mc\u{ffff}"), "a\u{fffd}b\u{fffd}[1mc\u{fffd}");
    }
}
