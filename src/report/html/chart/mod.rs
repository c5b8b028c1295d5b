//! Charts as marks of SVG. Colours come from the page's style; where a policy forbids styles, attributes of the marks have
//! colours that are legible on light and on dark ground.

mod columns;
mod forest;
mod pen;
mod scores;

pub(super) use columns::columns;
pub(super) use forest::Forest;
pub(super) use scores::scores;

pub(super) use pen::{Pen, key};
