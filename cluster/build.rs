//! The digest of everything that decides what a task means: the engine's sources and the versions of all crates.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = root.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut files = vec![root.join("cluster/Cargo.lock")];
    collect(&root.join("src"), &mut files);
    collect(&root.join("cluster/src"), &mut files);
    files.sort();
    let mut digest = Fnv(0xcbf2_9ce4_8422_2325);
    for file in &files {
        println!("cargo:rerun-if-changed={}", file.display());
        digest.add(file.strip_prefix(&root).unwrap_or(file).to_string_lossy().as_bytes());
        digest.add(&fs::read(file).unwrap_or_default());
    }
    println!("cargo:rustc-env=MLGATE_BUILD={:016x}", digest.0);
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo:rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// FNV-1a: it is to notice versions that differ by accident, and needs no crate.
struct Fnv(u64);

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().chain(&(bytes.len() as u64).to_le_bytes()) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
