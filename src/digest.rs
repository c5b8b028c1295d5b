//! SHA-256 digests of inputs, as reports write them.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// `sha256:` and the 64 hexadecimal digits of everything that `input` holds.
///
/// # Errors
///
/// The input cannot be read.
pub(crate) fn sha256(mut input: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let read = input.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(&buffer[..read]);
    }
    let digits: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("sha256:{digits}"))
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
