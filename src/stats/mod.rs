//! Sufficient statistics, and everything that is computed from them.
//!
//! Pure: it knows nothing of files, engines, configs or reports.
