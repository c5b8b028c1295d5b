"""The dataclasses of a report. Written by `python/generate` from `docs/report.schema.json`: change that and run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Optional

__all__ = [
    "At",
    "AttributedPart",
    "Change",
    "ColumnBins",
    "ColumnBinsBin",
    "Counts",
    "Digest",
    "EqualityTest",
    "Estimate",
    "Explored",
    "ExploredSlice",
    "FlippedRows",
    "Flips",
    "FoundSlice",
    "FoundSliceWhere",
    "Gate",
    "GateBrokenValue",
    "GateNoise",
    "GatePolicy",
    "GateTest",
    "GateWhere",
    "Group",
    "GroupAgainst",
    "Guard",
    "GuardChange",
    "Inputs",
    "Measurement",
    "Note",
    "Plots",
    "Power",
    "Provenance",
    "ProvenanceTried",
    "ReportFields",
    "Run",
    "RunJob",
    "ScoreBin",
    "Scores",
    "SliceSearch",
    "SliceSearchAttribution",
    "SliceSearchAttributionColumn",
    "SliceSearchLeftOut",
    "SliceSearchRest",
    "Tool",
    "Waiver",
]


@dataclass(frozen=True)
class Tool:
    """The program that wrote the report."""

    name: Literal['mlgate']
    """Its name."""
    version: str
    """Its version."""


@dataclass(frozen=True)
class Counts:
    """The number of gates by verdict; a gate that is broken and waived counts as waived, and not under its verdict."""

    pass_: int
    """Gates whose bound holds."""
    fail: int
    """Gates whose bound is broken."""
    inconclusive: int
    """Gates that the rows are too few to decide."""
    not_applicable: int
    """Gates without a meaning here."""
    no_baseline: int
    """Gates that compare with a baseline where there is none, and none is required."""
    error: int
    """Gates that could not be evaluated."""
    waived: int
    """Gates whose failure somebody has accepted until a date."""


@dataclass(frozen=True)
class Digest:
    """A file and its content's digest."""

    path: str
    """The path, as the config gives it."""
    digest: str
    """`sha256:` and 64 hexadecimal digits; empty when the file could not be read."""
    used_by: Optional[tuple[str, ...]] = None
    """The datasets and models that are read from the file: `data.train`, `models.income`."""


@dataclass(frozen=True)
class Inputs:
    """The inputs of one side."""

    git: Optional[str]
    """The commit that was checked out, where there is one."""
    files: tuple[Digest, ...]
    """Every file that was read."""
    time: Optional[str] = None
    """When that was committed, in RFC 3339."""
    merges: Optional[tuple[str, ...]] = None
    """The commits that it merges, where it is a merge commit, such as the one that GitHub tests."""
    uncommitted_changes: Optional[bool] = None
    """True: files of the commit were changed and not committed, so it does not have what was measured."""
    notes: Optional[tuple[str, ...]] = None
    """What has to be known of them, such as that they do not quite fit to the other side."""


@dataclass(frozen=True)
class ProvenanceTried:
    source: str
    """The place, as the config names it, without what may be secret."""
    why: str
    """Why nothing was there."""


@dataclass(frozen=True)
class Provenance:
    """Where the inputs came from, enough to repeat the run."""

    candidate: Inputs
    """The side that is judged."""
    baseline: Inputs
    """What it is compared with."""
    config: Digest
    """The config."""
    seed: int
    """The seed of every resampling."""
    tried: Optional[tuple[ProvenanceTried, ...]] = None
    """Where a stored baseline was looked for before it was found, or in vain."""
    reference: Optional[Inputs] = None
    """The frozen baseline, where the config names one."""
    policies: Optional[tuple[Digest, ...]] = None
    """The policies that the config is held to."""
    checks: Optional[tuple[Digest, ...]] = None
    """The pages of the user's own checks, with paths from the folder of the run."""
    self_digest: Optional[str] = None
    """The SHA-256 of the report's own bytes with the digits of this field as zeros; `mlgate verify` compares it."""


@dataclass(frozen=True)
class RunJob:
    """The job of a CI."""

    run: str
    """The number of the workflow run or pipeline."""
    attempt: int
    """The attempt of the run, from 1; in GitLab the id of the job, of which each attempt has its own."""
    name: Optional[str] = None
    """The job's id in the workflow."""
    workflow: Optional[str] = None
    """The workflow of the job: jobs of two workflows may have one id."""
    step: Optional[str] = None
    """The step's id in the job."""
    runner: Optional[str] = None
    """A digest of the runner's name, which tells the legs of a matrix apart."""
    commit: Optional[str] = None
    """The head of the change that the job judges; the checked-out commit may be a merge of it."""


@dataclass(frozen=True)
class Run:
    """The arguments of the run that decide its verdict, and its job. Absent where there is nothing to say."""

    gates: int
    """The number of gates of the config, selected or not."""
    only: Optional[tuple[str, ...]] = None
    """The globs of `--only`."""
    baseline: Optional[str] = None
    """The stored baseline that the command line names, without credentials."""
    config_from: Optional[str] = None
    """The commit whose config judged, and the config's path there if it was named."""
    policies: Optional[tuple[str, ...]] = None
    """The policies that the command line or the environment names, without credentials; with digests for those of the
    web.
    """
    key: Optional[str] = None
    """The key that the config or the command line gives to the report."""
    job: Optional[RunJob] = None
    """The job of a CI."""


@dataclass(frozen=True)
class At:
    """A place in a text file; lines and columns count from 1."""

    file: str
    """The path, as it was given."""
    line: int
    """The line."""
    column: int
    """The column, in characters."""


@dataclass(frozen=True)
class Note:
    id: str
    """What it is about: `baseline.age`, `baseline.none`."""
    effect: Literal['warns', 'none']
    """What it does to the merge: it warns, or is said and no more."""
    message: str
    """What was found, in one sentence."""
    help: str
    """What to do about it."""
    at: At
    """Where the config speaks of it."""


@dataclass(frozen=True)
class GuardChange:
    gate: str
    """The gate's id, or the key of a setting or note that concerns several gates."""
    kind: Literal['added', 'removed', 'tightened', 'loosened', 'waived', 'changed']
    """`changed`: the meaning is another, such as another label; `waived`: a failure is accepted until a day."""
    from_: Optional[str]
    """The other side's demand."""
    to: Optional[str]
    """The change's demand."""
    at: At
    """The place in the change's config; of what was removed, in the other side's."""
    why: str
    """The reason for the kind."""
    effect: Literal['blocks', 'warns', 'none']
    """The effect on the merge."""


@dataclass(frozen=True)
class Guard:
    """The demands of the change beside those of the other side, if the two were compared."""

    against: Optional[str]
    """The other side, such as `commit 0123456789ab`; null if nothing was compared."""
    on_loosened: Literal['off', 'note', 'warn', 'fail']
    """The effect of a loosened demand, by the other side's config."""
    effect: Literal['blocks', 'warns', 'none']
    """The effect on the merge."""
    changes: tuple[GuardChange, ...]
    """The differences, settings first."""
    notes: Optional[tuple[str, ...]] = None
    """The reason nothing was compared, or what else has to be known."""


@dataclass(frozen=True)
class GatePolicy:
    """The policy that demands it, with the place there."""

    name: str
    """The policy's path or address."""
    at: At
    """The place in the policy."""


@dataclass(frozen=True)
class Waiver:
    """A failure that somebody accepts until a date."""

    owner: str
    """Who answers for it."""
    reason: str
    """Why."""
    until: str
    """The last day on which it counts, in UTC: `2026-12-31`."""
    has_ended: bool
    """Whether that day is over; then the gate fails."""
    at: At
    """Where the config says so."""


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty."""

    value: Optional[float]
    """The number; `null` when it is undefined or not shown."""
    interval: Optional[tuple[float, float]]
    """An interval at the gate's confidence, or `null` when the number is exact."""
    n: Optional[int]
    """The rows behind it: the denominator of the number itself; `null` where they are not known or not shown."""
    undefined: Optional[str] = None
    """Why there is no value."""


@dataclass(frozen=True)
class EqualityTest:
    """A test of equality of both sides, or an interval of the change, by its name in textbooks."""

    name: str
    """The name: `McNemar, exact`, `McNemar, mid-p`, `Tango`, `DeLong, paired`, `paired t` or `paired t, of the
    squares`.
    """
    p_value: Optional[float] = None
    """The two-sided p-value."""
    interval: Optional[tuple[float, float]] = None
    """The interval of the change at the gate's confidence."""


@dataclass(frozen=True)
class Change:
    """The candidate's number minus the baseline's."""

    value: float
    """The difference, in the gate's unit."""
    interval: Optional[tuple[float, float]]
    """An interval at the gate's confidence, or `null` when the number is exact."""
    method: str
    """How the interval was made."""
    detectable: Optional[float]
    """The smallest difference that so many rows would show four times out of five."""
    rows_to_decide: Optional[int] = None
    """About how many rows would decide; only where the verdict is inconclusive and rows do not belong to clusters."""
    clusters_to_decide: Optional[int] = None
    """About how many clusters would decide; only where the verdict is inconclusive and rows belong to clusters."""
    tests: Optional[tuple[EqualityTest, ...]] = None
    """Textbook tests of the change on the same rows, beside the interval that decides: McNemar and Tango for
    proportions of rows, DeLong for an area, the paired t for a mean. None of weighted rows, of clusters and of other
    metrics.
    """


@dataclass(frozen=True)
class GateTest:
    """The statistical test that the gate's number is the p-value of: as it came out, and not adjusted with other gates."""

    name: Literal['chi-square']
    """The test."""
    statistic: float
    """Its statistic."""
    degrees: int
    """Its degrees of freedom."""
    p: float
    """The p-value of this test alone."""
    gates: int
    """The number of gates whose p-values are adjusted together."""
    strength: float
    """The strength of what was found: Cramér's V."""


@dataclass(frozen=True)
class GateNoise:
    """The noise of a distance between the two sides' distributions: how far apart two samples of one distribution are."""

    p: float
    """The p-value of this gate alone: the probability that two samples of one distribution are at least as far apart."""
    adjusted_p: float
    """The p-value, adjusted for all drift gates of the run."""
    gates: int
    """The number of gates whose p-values are adjusted together."""
    floor: float
    """The distance that two samples of one distribution exceed once in 20 times."""


@dataclass(frozen=True)
class GateWhere:
    """The rows of the candidate that the check looks at, where its line names a condition."""

    condition: str
    """The condition on a row, in SQL."""
    rows: int
    """The number of rows that it selects."""
    null: int
    """The number of rows for which it is null, and which are not looked at."""
    of: int
    """The number of all rows."""


@dataclass(frozen=True)
class GateBrokenValue:
    value: str
    """The value as text; longer ones are cut."""
    rows: int
    """The number of rows that have it."""


@dataclass(frozen=True)
class GroupAgainst:
    """How the group compares with the group, or the rows, that it is compared with."""

    value: float
    """group − reference; where the gate is about a ratio, group / reference."""
    interval: tuple[Optional[float], ...]
    """Its interval, of this pair by itself; null where there is no end."""
    z: Optional[float] = None
    """By how many pooled standard errors the rates differ."""
    p_value: Optional[float] = None
    """How often chance alone makes them differ as much, adjusted for all pairs of groups."""
    shortfall: Optional[int] = None
    """How many more selections would bring the group to the limit."""


@dataclass(frozen=True)
class Group:
    """The number of one group."""

    group: tuple[str, ...]
    """The group's values, in the order of the columns; `(missing)` stands for null."""
    candidate: Estimate
    """The candidate's rate; `n` is its denominator."""
    baseline: Optional[Estimate]
    """The baseline's rate, where there is one."""
    measure: Optional[str] = None
    """Which of several rates it is, where the gate is about more than one."""
    against: Optional[GroupAgainst] = None
    """How the group compares with the group, or the rows, that it is compared with."""
    left_out: Optional[str] = None
    """Why the group was left out of the verdict; absent when it took part."""


@dataclass(frozen=True)
class Gate:
    """One gate, judged."""

    id: str
    """The path of the gate in the config: `models.income.metrics.roc_auc.max_drop`."""
    check: str
    """The id of its check; `mlgate explain <check>` describes it. `measured`: a number without a limit could not be
    measured.
    """
    family: Literal['dataset', 'column', 'metric', 'fairness']
    """The family of its check."""
    subject: dict[str, str]
    """What is judged or measured, by role: `{"model": "income", "metric": "roc_auc"}`."""
    severity: Literal['error', 'warning', 'note']
    """How much a broken bound matters."""
    verdict: Literal['pass', 'fail', 'inconclusive', 'not_applicable', 'no_baseline', 'error']
    """The conclusion. Only `pass` says that the evidence shows the bound to hold; `error` says that the gate could not
    be evaluated.
    """
    effect: Literal['blocks', 'warns', 'waived', 'none']
    """What the conclusion does to the merge; `waived`: it would block or warn, and somebody has accepted that until a
    day.
    """
    candidate: Optional[Estimate]
    """The number on the candidate's side."""
    baseline: Optional[Estimate]
    """The number on the baseline's side."""
    change: Optional[Change]
    """The difference, where the gate compares both sides."""
    bound: str
    """The limit, in the words of the config: `max_drop 0.005`."""
    definition: str
    """What the number means and how it is computed."""
    unit: Literal['rows', 'columns', 'share', 'metric', 'ratio', 'number', 'seconds']
    """The unit of all numbers of this gate; proportions (`share`) run from 0 to 1."""
    message: str
    """What was found, in one sentence; names from outside stand between backticks."""
    help: str
    """What to do about it."""
    at: At
    """The place in the config."""
    policy: Optional[GatePolicy] = None
    """The policy that demands it, with the place there."""
    waiver: Optional[Waiver] = None
    """Who accepts that it is broken, until when and why; whether or not it is."""
    counts: Optional[str] = None
    """What the number counts, to stand behind it: `outside` in `2% outside`."""
    test: Optional[GateTest] = None
    """The statistical test that the gate's number is the p-value of: as it came out, and not adjusted with other gates."""
    noise: Optional[GateNoise] = None
    """The noise of a distance between the two sides' distributions: how far apart two samples of one distribution are."""
    where: Optional[GateWhere] = None
    """The rows of the candidate that the check looks at, where its line names a condition."""
    broken_keys: Optional[tuple[tuple[str, ...], ...]] = None
    """The keys of the rows that must be right and are wrong, up to as many as `--list-flips` asks for."""
    broken_values: Optional[tuple[GateBrokenValue, ...]] = None
    """Values of the candidate that fail the check and that at least `min_cell` rows have: of numbers and times the
    smallest and the largest first, then those of most rows.
    """
    first_rows: Optional[tuple[int, ...]] = None
    """The first rows of the candidate that break the limit, counted from 1 in the order of its files."""
    group_unit: Optional[Literal['rows', 'columns', 'share', 'metric', 'ratio', 'number', 'seconds']] = None
    """The unit of the groups' numbers, where it is not the gate's."""
    groups: Optional[tuple[Group, ...]] = None
    """The numbers by group, where the gate compares groups."""


@dataclass(frozen=True)
class Measurement:
    """One measured number, with or without a limit."""

    subject: dict[str, str]
    """What is judged or measured, by role: `{"model": "income", "metric": "roc_auc"}`."""
    side: Literal['candidate', 'baseline']
    """Whose number it is."""
    measure: str
    """The name of the measure."""
    value: Optional[float]
    """The number; `null` when it is undefined or not shown."""
    interval: Optional[tuple[float, float]]
    """An interval at the gate's confidence, or `null` when the number is exact."""
    n: Optional[int]
    """The rows behind it; `null` where they are not known or not shown."""
    undefined: Optional[str] = None
    """Why there is no value."""


@dataclass(frozen=True)
class ExploredSlice:
    """A metric in one slice."""

    slice: str
    """The slice: `sex=Female,race=Black`."""
    candidate: Estimate
    """The candidate's number."""
    baseline: Optional[Estimate]
    """The baseline's."""
    change: Optional[Change]
    """Candidate − baseline."""
    adjusted_p: Optional[float]
    """The chance to see so large a change without any, adjusted for all slices of the table (Benjamini and Hochberg);
    `null` where there is no change to speak of, or the slice is small.
    """


@dataclass(frozen=True)
class Explored:
    """A metric in slices without a limit."""

    model: str
    """The model."""
    metric: str
    """The metric."""
    slices: tuple[ExploredSlice, ...]
    """The slices, the worst first."""
    lost: Optional[tuple[str, ...]] = None
    """What could not be looked at, and why."""


@dataclass(frozen=True)
class FoundSliceWhere:
    column: str
    value: str
    """The category, or `low to high` of a bin."""


@dataclass(frozen=True)
class FoundSlice:
    """A slice in which a model got worse."""

    slice: str
    """The slice's name: education=Bachelors, hours=45 to 60."""
    where: tuple[FoundSliceWhere, ...]
    """The values that describe it."""
    rows: int
    """The number of rows."""
    candidate: Estimate
    """A number with its uncertainty."""
    baseline: Optional[Estimate]
    """The baseline's number."""
    change: Optional[Change]
    """Candidate − baseline."""
    p_adjusted: float
    """The p-value, adjusted for the search."""
    score: float
    """The score among all rows."""
    watch: str
    """A line of config that watches the slice from now on."""


@dataclass(frozen=True)
class SliceSearchRest:
    """The rows in none of the slices."""

    rows: int
    """The number of rows."""
    candidate: Estimate
    """A number with its uncertainty."""
    change: Optional[Change]
    """Candidate − baseline."""


@dataclass(frozen=True)
class AttributedPart:
    """Rows with their contribution to a change, in the metric's own unit. Few rows are merged with others."""

    part: str
    """The slice, or the value of the column."""
    rows: int
    """The number of rows."""
    contribution: float
    """The contribution."""


@dataclass(frozen=True)
class SliceSearchAttributionColumn:
    column: str
    values: tuple[AttributedPart, ...]


@dataclass(frozen=True)
class SliceSearchAttribution:
    """The change of the metric by what it comes from; absent if it is no mean over rows that both sides have. after −
    before = of_rows + of_model, and the slices' contributions add up to of_model.
    """

    before: float
    """The baseline's metric."""
    after: float
    """The candidate's metric."""
    new_rows: int
    """The number of rows that only the candidate has."""
    of_rows: float
    """The part of the rows: the candidate's metric on all of its rows, less that on the rows of both sides."""
    of_model: float
    """The part of the model: candidate − baseline on the rows of both sides."""
    slices: tuple[AttributedPart, ...]
    """The contribution of each slice, and of the rest."""
    columns: Optional[tuple[SliceSearchAttributionColumn, ...]] = None
    """The contribution of each value of the columns that `mlgate slices --by` named."""


@dataclass(frozen=True)
class SliceSearchLeftOut:
    column: str
    why: str


@dataclass(frozen=True)
class SliceSearch:
    """The result of a search for slices in one model."""

    model: str
    """The model."""
    metric: Optional[str]
    """The metric whose loss was compared row by row; null if the search could not start."""
    compares: bool
    """True if both sides were compared; false if the slices have a higher loss than the rest."""
    slices: tuple[FoundSlice, ...]
    """The slices, the most certain first."""
    rest: Optional[SliceSearchRest]
    """The rows in none of the slices."""
    rows: int
    """The number of all rows."""
    searched: int
    """The number of slices that were looked at, on both halves of the rows."""
    attribution: Optional[SliceSearchAttribution] = None
    """The change of the metric by what it comes from; absent if it is no mean over rows that both sides have. after −
    before = of_rows + of_model, and the slices' contributions add up to of_model.
    """
    left_out: Optional[tuple[SliceSearchLeftOut, ...]] = None
    """The columns that took no part."""
    undefined: Optional[str] = None
    """The reason there was no search."""


@dataclass(frozen=True)
class FlippedRows:
    """Flipped rows of one kind."""

    rows: Optional[int]
    """How many there are; `null` where that is not known."""
    keys: tuple[tuple[str, ...], ...]
    """The first of their keys, each with its parts in the order of the key's columns."""


@dataclass(frozen=True)
class Flips:
    """The flipped rows of one model."""

    model: str
    """The model."""
    key: tuple[str, ...]
    """The names of the columns of its key."""
    broken: FlippedRows
    """Right before, wrong now."""
    fixed: FlippedRows
    """Wrong before, right now."""
    changed: FlippedRows
    """Wrong before and now, in another way."""
    undefined: Optional[str] = None
    """Why there are none to list."""


@dataclass(frozen=True)
class ScoreBin:
    """The rows whose scores are at least `from` and below `to`; the last bin includes its end."""

    from_: float
    """The lower end."""
    to: float
    """The upper end."""
    rows: int
    """The number of rows."""
    mean: float
    """The mean score."""
    positives: Optional[int] = None
    """The number of rows of the class; absent for numbers."""
    weights: Optional[tuple[float, ...]] = None
    """The weights of all rows and of those of the class; absent if every row counts once."""


@dataclass(frozen=True)
class Scores:
    """The rows of a model by the score of one class. Each bin has no row or at least `min_cell` rows of each class;
    there are no bins where the rows are too few for that.
    """

    model: str
    """The model."""
    scale: Literal['probability', 'score', 'number']
    """The kind of scores: probabilities of a class, other scores of a class, or predicted numbers."""
    independent: bool
    """True: counts of rows have binomial intervals, because rows have no weights and belong to no clusters."""
    candidate: tuple[ScoreBin, ...]
    """The candidate's rows."""
    baseline: Optional[tuple[ScoreBin, ...]]
    """The baseline's rows; null if its scores are not known."""
    class_: Optional[str] = None
    """The class or label; absent for a binary task, and for predicted numbers."""
    labels: Optional[tuple[ScoreBin, ...]] = None
    """The labels, if they are numbers."""
    undefined: Optional[str] = None
    """The reason there are no counts, or not all."""


@dataclass(frozen=True)
class ColumnBinsBin:
    name: str
    """The interval or the value."""
    baseline: int
    """The baseline's rows."""
    candidate: int
    """The candidate's rows."""


@dataclass(frozen=True)
class ColumnBins:
    """The rows of both sides in the bins of a column. Each bin has no row or at least `min_cell` rows of each side."""

    dataset: str
    """The dataset."""
    column: str
    """The column."""
    ordered: bool
    """True: bins are intervals of numbers, in ascending order; false: they are values."""
    bins: tuple[ColumnBinsBin, ...]
    """The bins."""


@dataclass(frozen=True)
class Plots:
    """The counts behind the charts of the HTML report, where `--plots` or `html` asked for them."""

    confidence: float
    """The confidence of the charts' intervals."""
    scores: tuple[Scores, ...]
    """The rows of each model by score, with an entry for each class or label."""
    columns: tuple[ColumnBins, ...]
    """The rows of both sides in the bins of columns that a gate compares."""


@dataclass(frozen=True)
class Power:
    """What a gate can tell, over samples of its rows between which nothing has changed."""

    id: str
    """The gate's id."""
    samples: int
    """How many samples there were."""
    n: int
    """The rows behind the gate's number."""
    fails: float
    """The proportion of the samples in which it fails."""
    inconclusive: float
    """The proportion in which it is inconclusive."""
    passes: float
    """The proportion in which it passes."""
    catches: Optional[float]
    """The smallest worsening, in the number's own unit, on which it fails in 4 of 5 samples."""
    rows: Optional[int]
    """The rows with which it would pass in 4 of 5 samples; `null` where rows belong to clusters."""
    clusters: Optional[int] = None
    """The clusters behind the gate's number, where rows belong to clusters."""
    clusters_needed: Optional[int] = None
    """The clusters with which it would pass in 4 of 5 samples."""


@dataclass(frozen=True)
class ReportFields:
    """What one run of mlgate found out. Strings may hold anything that stands in the data or in the config: escape them
    before you show them.
    """

    version: Literal[1]
    """The version of this form; raised on every change that a reader could notice as a loss."""
    tool: Tool
    """The program that wrote the report."""
    verdict: Literal['pass', 'warn', 'fail', 'error']
    """The verdict over all gates. `error`: none failed, but one could not be evaluated, or none was checked."""
    exit_code: Literal[0, 1, 3, 4]
    """The exit code of the run: 0 passed, 1 failed, 3 warnings where they were asked to count, 4 could not be
    evaluated.
    """
    counts: Counts
    """The number of gates by verdict; a gate that is broken and waived counts as waived, and not under its verdict."""
    provenance: Provenance
    """Where the inputs came from, enough to repeat the run."""
    gates: tuple[Gate, ...]
    """One entry for each gate, in the order of the config."""
    measurements: tuple[Measurement, ...]
    """All numbers that were measured."""
    run: Optional[Run] = None
    """The arguments of the run that decide its verdict, and its job. Absent where there is nothing to say."""
    notes: Optional[tuple[Note, ...]] = None
    """What a reader should know besides the gates."""
    guard: Optional[Guard] = None
    """The demands of the change beside those of the other side, if the two were compared."""
    explored: Optional[tuple[Explored, ...]] = None
    """Metrics in slices without a limit."""
    found_slices: Optional[tuple[SliceSearch, ...]] = None
    """The slices in which a model got worse, of every model that was searched."""
    flips: Optional[tuple[Flips, ...]] = None
    """The rows on which both sides of a model predict different classes, where `--list-flips` asked for them. Keys may
    name persons.
    """
    plots: Optional[Plots] = None
    """The counts behind the charts of the HTML report, where `--plots` or `html` asked for them."""
    power: Optional[tuple[Power, ...]] = None
    """What the gates can tell from so many rows; only from `mlgate power`."""
    states: Optional[dict[str, Any]] = None
    """What `mlgate bless --from` makes a baseline of, in its stored form; only from `mlgate run --states`."""
