//! The identity of a build. Processes of different builds do not work together: a state that both can read may still mean
//! something else.

/// The version, and the digest of the engine's sources and of the versions of all crates.
pub const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), "-", env!("MLGATE_BUILD"));

/// The words with which a message about different builds begins.
pub const DIFFER: &str = "versions differ";

/// Returns the build of this process. Tests of debug builds pretend to be another one.
pub fn build() -> String {
    #[cfg(debug_assertions)]
    if let Ok(build) = std::env::var("MLGATE_TEST_BUILD") {
        return build;
    }
    BUILD.to_owned()
}

/// Waits before a part is computed, in tests of debug builds.
pub(crate) async fn delay() {
    #[cfg(debug_assertions)]
    if let Some(time) = std::env::var("MLGATE_TEST_PART_DELAY").ok().and_then(|time| time.parse().ok()) {
        tokio::time::sleep(std::time::Duration::from_millis(time)).await;
    }
}

/// Refuses another build.
///
/// # Errors
///
/// The builds differ.
pub fn check(role: &str, other: &str) -> Result<(), String> {
    let own = build();
    if own == other {
        return Ok(());
    }
    Err(format!("{DIFFER}: the run is {other}, the {role} is {own}; use one build of mlgate-cluster everywhere"))
}
