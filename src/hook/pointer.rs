//! Pointers of Git LFS: small texts that stand for a file in a commit.

/// The largest pointer, in bytes; Git LFS says so.
pub(super) const MOST: u64 = 1024;

/// Returns the SHA-256, in hexadecimal digits, of the file that a pointer of Git LFS stands for.
pub(super) fn lfs(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let mut lines = text.lines();
    let first = lines.next()?;
    if !first.starts_with("version https://git-lfs.github.com/spec/") && !first.starts_with("version https://hawser.") {
        return None;
    }
    let digest = lines.find_map(|line| line.strip_prefix("oid sha256:"))?.trim();
    (digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| digest.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_told_from_data() {
        let digest = "ab".repeat(32);
        let text = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 12\n");
        assert_eq!(lfs(text.as_bytes()), Some(digest));
        for other in ["id,age\n1,2\n", "", "version https://git-lfs.github.com/spec/v1\noid sha256:../../etc\n"] {
            assert_eq!(lfs(other.as_bytes()), None, "{other}");
        }
    }
}
