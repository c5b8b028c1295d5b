//! The exit codes of commands that judge nothing, as printed in their help.

pub(super) const GUARD_CODES: &str = "\
Exit codes:
  0  nothing is loosened that the guard blocks
  1  the change loosens its own gates
  2  the command line or a config is wrong
  4  the other side cannot be found or read";

pub(super) const PUBLISH_CODES: &str = "\
Exit codes:
  0  the report was posted, or what could not be posted is in the log
  1  a report of --expect failed
  2  the command line or the config is wrong
  4  a report cannot be read, or one of --expect has no verdict
  5  something could not be posted, only with --require-post";

pub(super) const RENDER_CODES: &str = "\
Exit codes:
  0  the report was rendered, whatever its verdict
  2  the command line is wrong
  4  the report cannot be read, or a file cannot be written";

pub(super) const VERIFY_CODES: &str = "\
Exit codes:
  0  everything that it names is unchanged
  1  something was changed, or a signature is not valid
  2  the command line is wrong
  4  no change was found, but a file is missing or elsewhere";

pub(super) const BLESS_CODES: &str = "\
Exit codes:
  0  the baseline was written, or would be with --dry-run
  1  a gate fails that --despite does not name
  2  the command line or the config is wrong
  4  something could not be measured or written";

pub(super) const DIFF_CODES: &str = "\
Exit codes:
  0  both baselines were read, whether they differ or not
  2  the command line or the config is wrong
  4  a baseline cannot be found or read";

pub(super) const POWER_CODES: &str = "\
Exit codes:
  0  the power of the gates is known
  2  the command line or the config is wrong
  4  no gate can be rehearsed, or a file cannot be read";

pub(super) const DRILL_CODES: &str = "\
Exit codes:
  0  the drill was made, whatever it found
  1  fewer faults were caught than --min-caught
  2  the command line or the config is wrong
  4  the config cannot be judged, or a file cannot be written";

pub(super) const SLICES_CODES: &str = "\
Exit codes:
  0  all models were searched, whatever was found
  2  the command line or the config is wrong
  4  a model could not be searched, or a file cannot be read";

pub(super) const READ_CODES: &str = "\
Exit codes:
  0  the source was read, whatever the state of its run
  2  the command line is wrong
  4  the source cannot be read";
