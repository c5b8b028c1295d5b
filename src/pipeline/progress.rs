//! Progress of long work, for whoever shows it.

/// An event of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The work has this many steps, each about one of these.
    Started(usize, &'static str),
    /// One step is done, on whichever thread.
    Done,
    /// The work has ended.
    Ended,
}

/// A listener to the progress.
pub(crate) type OnStep<'a> = &'a (dyn Fn(Step) + Sync);
