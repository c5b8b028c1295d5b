//! Text in other encodings than UTF-8.

use std::io::{self, BufRead, Read};

use super::DialectError;

/// Text in an encoding, decoded.
pub(in crate::engine::source) struct Decoded<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    name: &'static str,
    /// The number of bytes before the next one.
    offset: u64,
    is_done: bool,
    ready: Vec<u8>,
    at: usize,
}

impl<R: BufRead> Decoded<R> {
    /// Decodes a text whose encoding has this label; unknown labels are UTF-8.
    pub(in crate::engine::source) fn new(inner: R, label: &str) -> Self {
        let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { inner, decoder, name: encoding.name(), offset: 0, is_done: false, ready: Vec::new(), at: 0 }
    }

    fn more(&mut self) -> io::Result<()> {
        let chunk = self.inner.fill_buf()?;
        let is_last = chunk.is_empty();
        let mut decoded = String::new();
        let room = self.decoder.max_utf8_buffer_length_without_replacement(chunk.len()).unwrap_or(chunk.len() * 4 + 16);
        decoded.reserve(room);
        let (result, read) = self.decoder.decode_to_string_without_replacement(chunk, &mut decoded, is_last);
        if let encoding_rs::DecoderResult::Malformed(length, after) = result {
            let at = self.offset + read as u64 + 1 - u64::from(length) - u64::from(after);
            let what = format!("it is not {}: byte {at} is not a character", self.name);
            return Err(io::Error::other(DialectError(what)));
        }
        self.inner.consume(read);
        self.offset += read as u64;
        self.is_done = is_last;
        (self.ready, self.at) = (decoded.into_bytes(), 0);
        Ok(())
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.ready.len() && !self.is_done {
            self.more()?;
        }
        let size = into.len().min(self.ready.len() - self.at);
        into[..size].copy_from_slice(&self.ready[self.at..self.at + size]);
        self.at += size;
        Ok(size)
    }
}
