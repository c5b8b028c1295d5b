//! Elements of a page. Only names of elements and attributes are written as they are; text and values are escaped, so
//! no string of a report can become markup.
//!
//! The page is well-formed XML, too: every element is closed and every value quoted.

use crate::report::safe;

/// Attributes of an element; values may be text of the report.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// A page under construction.
#[derive(Debug, Default)]
pub(super) struct Markup {
    text: String,
}

impl Markup {
    /// Writes mlgate's own markup.
    pub(super) fn own(&mut self, markup: &'static str) {
        self.text.push_str(markup);
    }

    /// Writes an element with the content that `inside` writes.
    pub(super) fn tag(&mut self, name: &'static str, attributes: Attributes<'_>, inside: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        self.text.push('>');
        inside(self);
        self.text.extend(["</", name, ">"]);
        if !is_inline(name) {
            self.text.push('\n');
        }
    }

    /// Writes an element without content.
    pub(super) fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        self.text.push_str("/>");
    }

    /// Writes an element with text.
    pub(super) fn told(&mut self, name: &'static str, class: &'static str, text: &str) {
        let attributes = [("class", class)];
        let attributes = if class.is_empty() { &[] } else { attributes.as_slice() };
        self.tag(name, attributes, |element| element.text(text));
    }

    /// Writes text.
    pub(super) fn text(&mut self, text: &str) {
        self.text.push_str(&safe::markup(text));
    }

    /// Writes a name, a path or a value, whose direction of writing does not reach the text around it.
    pub(super) fn name(&mut self, name: &str) {
        let name = if name.is_empty() { "(empty)" } else { name };
        self.tag("code", &[("dir", "auto")], |code| code.text(&safe::sentence(name)));
    }

    /// Writes a sentence; what is between two backticks is a name.
    pub(super) fn prose(&mut self, sentence: &str) {
        let sentence = safe::sentence(sentence);
        let ticks = sentence.matches('`').count();
        for (at, part) in sentence.split('`').enumerate() {
            match (at % 2 == 1, at < ticks) {
                (false, _) => self.text(part),
                (true, true) => self.name(part),
                // An unpaired backtick is a plain character.
                (true, false) => self.text(&format!("`{part}")),
            }
        }
    }

    /// Returns the page.
    pub(super) fn finish(self) -> String {
        self.text
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.text.extend(["<", name]);
        for (name, value) in attributes {
            self.text.extend([" ", name, "=\""]);
            self.text.push_str(&safe::markup(value));
            self.text.push('"');
        }
    }
}

/// Returns true for elements within a line, behind which a line break would be a blank.
fn is_inline(name: &str) -> bool {
    matches!(name, "a" | "b" | "code" | "small" | "span" | "svg" | "g" | "text" | "tspan" | "summary" | "th" | "td")
}

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct TableColumn<'a> {
    title: &'a str,
    is_number: bool,
}

/// Returns a column of text.
pub(super) fn words(title: &str) -> TableColumn<'_> {
    TableColumn { title, is_number: false }
}

/// Returns a column of numbers.
pub(super) fn numbers(title: &str) -> TableColumn<'_> {
    TableColumn { title, is_number: true }
}

impl Markup {
    /// Writes a table that scrolls sideways where it does not fit.
    pub(super) fn table(&mut self, caption: &str, columns: &[TableColumn<'_>], rows: impl FnOnce(&mut Self)) {
        let region = [("class", "scroll"), ("role", "region"), ("aria-label", caption), ("tabindex", "0")];
        self.tag("div", &region, |region| {
            region.tag("table", &[], |table| {
                table.told("caption", "", caption);
                table.tag("thead", &[], |head| head.tag("tr", &[], |row| row.heads(columns)));
                table.tag("tbody", &[], rows);
            });
        });
    }

    fn heads(&mut self, columns: &[TableColumn<'_>]) {
        for column in columns {
            let class = if column.is_number { "n" } else { "t" };
            self.tag("th", &[("scope", "col"), ("class", class)], |head| head.text(column.title));
        }
    }

    /// Writes the first cell of a row: a name.
    pub(super) fn row_name(&mut self, name: &str) {
        self.tag("th", &[("scope", "row")], |cell| cell.name(name));
    }

    /// Writes a cell of a number.
    pub(super) fn number(&mut self, number: &str) {
        self.told("td", "n", number);
    }

    /// Writes a cell of words.
    pub(super) fn cell(&mut self, words: &str) {
        self.tag("td", &[], |cell| cell.prose(words));
    }

    /// Writes a fold, closed.
    pub(super) fn fold(&mut self, title: &str, inside: impl FnOnce(&mut Self)) {
        self.tag("details", &[], |details| {
            details.told("summary", "", title);
            inside(details);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_values_never_become_markup() {
        let mut page = Markup::default();
        page.tag("p", &[("title", "\"><script>")], |p| {
            p.text("<b>&\u{202e}");
            p.prose("the column `a<b` and ` alone");
            p.name("");
        });
        assert_eq!(
            page.finish(),
            "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;\u{fffd}the column <code dir=\"auto\">a&lt;b</code> and ` \
             alone<code dir=\"auto\">(empty)</code></p>\n"
        );
    }
}
