//! Pattern matching on short texts, several texts at a time.
//!
//! Each step of an automaton waits for the previous one, which takes longer than the rest of the step. Interleaving
//! several texts fills that wait.

use std::collections::{HashMap, VecDeque};

use regex_automata::Input;
use regex_automata::dfa::{self, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::syntax;

/// The number of texts that are matched at a time; each has a bit in a byte, the lowest for the first.
pub(crate) const LANES: usize = 8;
/// The longest text, in bytes; longer ones gain little, and a regular search can skip parts of them.
pub(crate) const LONGEST: usize = 128;

/// A pattern over bytes as a table of states, without results for texts that contain a byte beyond ASCII.
///
/// A state is the offset of its row in the table.
#[derive(Debug)]
pub(crate) struct Automaton {
    /// The next state for each state and byte.
    next: Vec<u32>,
    /// The state after the end of a text, for each row.
    at_end: Vec<u32>,
    start: u32,
}

/// The number of entries in a row: one for each byte.
const ROW: u32 = 1 << 8;

/// Results for several texts, with one bit each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MatchedTexts {
    pub(crate) has_match: u8,
    /// Set if the regular expression has to decide.
    pub(crate) is_unknown: u8,
}

// States that are never left.
const NO_MATCH: u32 = 0;
const MATCH: u32 = ROW;
const UNKNOWN: u32 = 2 * ROW;

/// The most states; the table then fits into a core's own cache.
const MOST_STATES: usize = 1 << 8;
/// The most bytes spent on determining that a pattern has too many states.
const MOST_BYTES: usize = 1 << 20;

impl Automaton {
    /// Compiles a pattern; `None` if it needs too many states, or contains characters beyond ASCII.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        let limited = dense::Config::new()
            .accelerate(false)
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(MOST_BYTES))
            .determinize_size_limit(Some(MOST_BYTES));
        let config = (0x80..=u8::MAX).fold(limited, |config, byte| config.quit(byte, true));
        let dfa = dense::Builder::new()
            .configure(config)
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(thompson::Config::new().utf8(false))
            .build(pattern)
            .ok()?;
        Self::of(&dfa)
    }

    fn of(dfa: &impl dfa::Automaton) -> Option<Self> {
        let mut found = States { dfa, rows: HashMap::new(), open: VecDeque::new() };
        let start = found.row(dfa.start_state_forward(&Input::new("")).ok()?);
        let mut at_end = vec![NO_MATCH, MATCH, UNKNOWN];
        let mut next: Vec<u32> = at_end.iter().flat_map(|state| [*state; ROW as usize]).collect();
        while let Some(state) = found.open.pop_front() {
            if found.rows.len() > MOST_STATES {
                return None;
            }
            next.extend((0..=u8::MAX).map(|byte| found.row(dfa.next_state(state, byte))));
            at_end.push(found.row(dfa.next_eoi_state(state)));
        }
        Some(Self { next, at_end, start })
    }

    pub(crate) fn matches(&self, texts: [&[u8]; LANES]) -> MatchedTexts {
        let shortest = texts.iter().map(|text| text.len()).min().unwrap_or(0);
        let heads = texts.map(|text| &text[..shortest]);
        let mut states = [self.start; LANES];
        for at in 0..shortest {
            for (state, head) in states.iter_mut().zip(&heads) {
                *state = self.step(*state, head[at]);
            }
        }
        for (state, text) in states.iter_mut().zip(&texts) {
            *state = text[shortest..].iter().fold(*state, |state, byte| self.step(state, *byte));
        }
        let ends = states.map(|state| self.at_end[(state / ROW) as usize]);
        let bits = |wanted: u32| (0..LANES).fold(0, |bits, lane| bits | u8::from(ends[lane] == wanted) << lane);
        MatchedTexts { has_match: bits(MATCH), is_unknown: bits(UNKNOWN) }
    }

    fn step(&self, state: u32, byte: u8) -> u32 {
        self.next[state as usize + usize::from(byte)]
    }
}

/// States of an automaton, numbered in the order of discovery.
struct States<'a, D> {
    dfa: &'a D,
    rows: HashMap<StateID, u32>,
    /// The states whose rows are not written yet.
    open: VecDeque<StateID>,
}

impl<D: dfa::Automaton> States<'_, D> {
    fn row(&mut self, state: StateID) -> u32 {
        if self.dfa.is_match_state(state) {
            MATCH
        } else if self.dfa.is_dead_state(state) {
            NO_MATCH
        } else if self.dfa.is_quit_state(state) {
            UNKNOWN
        } else {
            let row = UNKNOWN + ROW * (1 + self.rows.len() as u32);
            *self.rows.entry(state).or_insert_with(|| {
                self.open.push_back(state);
                row
            })
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use proptest::prelude::*;

    use super::*;

    fn answers(pattern: &str, texts: &[String]) -> Option<Vec<Option<bool>>> {
        let automaton = Automaton::new(pattern)?;
        let groups = texts.chunks(LANES).flat_map(|texts| {
            let lane = |lane: usize| texts.get(lane).map_or(&b""[..], |text| text.as_bytes());
            let answers = automaton.matches(std::array::from_fn(lane));
            let has = |bits: u8, lane: usize| bits >> lane & 1 == 1;
            let answer = move |lane| (!has(answers.is_unknown, lane)).then_some(has(answers.has_match, lane));
            (0..texts.len()).map(answer)
        });
        Some(groups.collect())
    }

    #[test]
    fn a_text_ends_in_one_of_three_ways() {
        let texts = ["user12@example.com", "user@example.com", "", "usér1@example.com", "x é", "user1@example.com "];
        let found = answers(r"^user\d+@example\.com$", &texts.map(str::to_owned)).unwrap();
        // A text that fails before an unknown byte fails.
        assert_eq!(found, [Some(true), Some(false), Some(false), None, Some(false), Some(false)]);
    }

    #[test]
    fn what_matches_nothing_or_all_does_so() {
        let texts = ["", "a"].map(str::to_owned);
        assert_eq!(answers("[a&&b]", &texts).unwrap(), [Some(false), Some(false)]);
        assert_eq!(answers("", &texts).unwrap(), [Some(true), Some(true)]);
    }

    #[test]
    fn a_pattern_of_many_states_or_of_other_letters_has_none() {
        assert!(Automaton::new("(a|b)*a(a|b){12}").is_none());
        assert!(Automaton::new("[é]").is_none());
        assert!(Automaton::new(r"\pL").is_none());
    }

    /// Generates patterns of few letters, so that texts match them often.
    fn patterns() -> impl Strategy<Value = String> {
        let leaf = prop::sample::select(vec![
            "a",
            "b",
            "é",
            "k",
            "(?i)k",
            ".",
            r"\d",
            r"\w",
            r"\W",
            r"\s",
            r"\b",
            r"\B",
            "^",
            "$",
            "(?m)^",
            "(?m)$",
            "[^a]",
            "[^\\d\\s]",
            r"[[:alpha:]]",
            "(?s).",
            r"\z",
            r"(?R)$",
            r"\b{start}",
        ]);
        leaf.prop_map(str::to_owned).prop_recursive(4, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
                (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("(?:{left}|{right})")),
                (inner, prop::sample::select(vec!["*", "+", "?", "{2}", "*?"]))
                    .prop_map(|(part, times)| format!("(?:{part}){times}")),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_answers_as_the_crate_regex_or_not_at_all(
            pattern in patterns(),
            texts in prop::collection::vec("[abkK1 \n\ré\u{212a}٣]{0,8}", 1..20),
        ) {
            let regex = regex::Regex::new(&pattern).unwrap();
            for (text, found) in texts.iter().zip(answers(&pattern, &texts).unwrap()) {
                if let Some(found) = found {
                    prop_assert_eq!(found, regex.is_match(text), "{:?} in {:?}", pattern, text);
                } else {
                    prop_assert!(!text.is_ascii(), "{:?} in {:?}", pattern, text);
                }
            }
        }
    }
}
