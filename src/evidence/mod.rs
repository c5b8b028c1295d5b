//! Evidence: signatures over statements, and the verification of reports, statements and envelopes.
//!
//! A report names its inputs by their digests, an in-toto statement says which of them were judged and with which result,
//! and a DSSE envelope carries the statement with signatures. Whatever is verified may be hostile: it is read with a limit,
//! it names no file outside of the folder unless the caller permits that, and it starts nothing.

mod envelope;
mod key;
mod look;
mod statement;
mod verification_state;
mod verify;

pub use envelope::seal;
pub use key::{PublicKey, SigningKey};
pub use look::Surroundings;
pub use statement::{of_report, read_statement};
pub use verification_state::VerificationState;
pub use verify::{Verification, VerificationItem, VerifyError, VerifyOptions, verify};
