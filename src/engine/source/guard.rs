//! Contains panics of third-party readers: a malicious or corrupt file fails its own table, not the process.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use crate::engine::error::clipped;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Returns the result of `read`; a panic becomes an error, and is not printed to standard error.
///
/// # Errors
///
/// The errors of `read`, or one with the reason of its panic.
pub(in crate::engine) fn guarded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_GUARDED.get() {
                before(panic);
            }
        }));
    });
    let around = IS_GUARDED.replace(true);
    let found = catch_unwind(AssertUnwindSafe(read));
    IS_GUARDED.set(around);
    found.unwrap_or_else(|panic| Err(told(&reason(panic.as_ref()))))
}

/// Returns the message for a panic with this reason.
fn told(reason: &str) -> String {
    // The library reports types of other writers so, such as the 128-bit integers of Polars.
    let is_unknown = ["not supported", "unsupported", "not implemented", "not yet implemented"]
        .iter()
        .any(|words| reason.to_ascii_lowercase().contains(words));
    if is_unknown {
        format!("cannot be read: a column has an unsupported type ({reason}); cast the column and write the file again")
    } else {
        format!("cannot be read: it is broken ({reason}); write it again")
    }
}

fn reason(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    clipped(text.unwrap_or("for no reason given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_that_says_what_it_stopped_at() {
        let found: Result<(), String> = guarded(|| panic!("index {} is out of range\nat home", 7));
        let why = "cannot be read: it is broken (index 7 is out of range at home); write it again";
        assert_eq!(found, Err(why.to_owned()));
        assert_eq!(guarded(|| Ok(1)), Ok(1));
        let found: Result<(), String> = guarded(|| panic!("Int type with bit width of {} not supported", 128));
        let why = "cannot be read: a column has an unsupported type (Int type with bit width of 128 not supported); \
                   cast the column and write the file again";
        assert_eq!(found, Err(why.to_owned()));
        assert!(!IS_GUARDED.get());
    }
}
