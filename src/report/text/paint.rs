//! The colours of the text format; the text is the same without them.

use anstyle::{AnsiColor, Style};

/// The role of a stretch of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Bad,
    Doubtful,
    Good,
    Title,
    Faint,
}

/// A painter that applies colours or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) color: bool,
}

impl Paint {
    /// Returns `text` in the colour of `ink`. Pad the text before painting: escapes have no width, but count as
    /// characters.
    pub(super) fn of(self, ink: Ink, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let style = match ink {
            Ink::Bad => AnsiColor::Red.on_default().bold(),
            Ink::Doubtful => AnsiColor::Yellow.on_default().bold(),
            Ink::Good => AnsiColor::Green.on_default().bold(),
            Ink::Title => Style::new().bold(),
            Ink::Faint => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }
}
