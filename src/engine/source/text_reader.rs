//! The reader of a text file.

use std::io::{BufReader, Read};

/// A reader of a file's text, decompressed.
pub(in crate::engine) type TextReader = BufReader<Box<dyn Read + Send>>;
