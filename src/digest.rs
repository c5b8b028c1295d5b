//! SHA-256 digests of inputs, as reports write them.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// `sha256:` and the 64 hexadecimal digits of everything that `input` holds.
///
/// # Errors
///
/// The input cannot be read.
pub(crate) fn sha256(mut input: impl Read) -> io::Result<String> {
    let mut digest = Running::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    Ok(digest.finish())
}

/// The digest of bytes that arrive in pieces.
#[derive(Default)]
pub(crate) struct Running(Sha256);

impl Running {
    /// Takes the next bytes.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// `sha256:` and the 64 hexadecimal digits of all of them.
    pub(crate) fn finish(self) -> String {
        let digits: String = self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("sha256:{digits}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_abc() {
        // FIPS 180-2, appendix B.1
        let wanted = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(&b"abc"[..]).ok().as_deref(), Some(wanted));
    }
}
