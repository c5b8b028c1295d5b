//! The colours of the text form; without them it says the same.

use anstyle::{AnsiColor, Style};

/// What a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Bad,
    Doubtful,
    Good,
    Title,
    Faint,
}

/// Paints, or does not.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) color: bool,
}

impl Paint {
    /// `text` in `ink`. Pad before painting: escapes have no width, but take room in a string.
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
