//! The property of the fuzz target, for its corpus and for a few thousand mutations of it, the same in every run.

use std::path::PathBuf;

use fieldgate::graphql::{SchemaTypes, limit::Limits, operation::DocumentValidator, sdl};

use super::property::passes;
use crate::world::random::Random;

/// The pieces that a mutation inserts: punctuation and words of the language.
const PIECES: [&str; 30] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "$",
    "@",
    "...",
    "\"",
    "\"\"\"",
    "\\",
    "#",
    "\n",
    "é",
    "\u{0}",
    "-1",
    "99999999999999999999",
    "1e999",
    "null",
    "a: ",
    "...F ",
    "fragment F on Query ",
    "query ",
    "mutation ",
    "(first: 100) ",
    "customers ",
    "@skip(if: true) ",
];

fn corpus() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/document");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect()
}

/// A text with one to four pieces removed, inserted, repeated, or taken from another text.
fn mutate(random: &mut Random, corpus: &[String]) -> String {
    let mut text: Vec<char> = random.choose(corpus).chars().collect();
    for _ in 0..=random.below(4) {
        let begin = random.below(text.len() + 1);
        let end = (begin + random.below(40)).min(text.len());
        let cut: Vec<char> = match random.below(4) {
            0 => Vec::new(),
            1 => random.choose(&PIECES).chars().collect(),
            2 => text[begin..end].repeat(2 + random.below(20)),
            _ => {
                let other: Vec<char> = random.choose(corpus).chars().collect();
                let from = random.below(other.len());
                other[from..].iter().take(random.below(80)).copied().collect()
            }
        };
        // Half of the pieces are inserted, the others replace something.
        let end = if random.chance(50) { begin } else { end };
        text.splice(begin..end, cut);
    }
    text.into_iter().collect()
}

#[test]
fn document_checks_agree_for_the_corpus_and_its_mutations() {
    let (types, corpus) = (SchemaTypes::parse(&sdl()), corpus());
    let validator = DocumentValidator::new(&sdl(), Limits::default());
    let passed = corpus.iter().filter(|text| passes(&validator, &types, text)).count();
    assert!((6..corpus.len() - 6).contains(&passed), "{passed} of {} pass", corpus.len());
    let mut random = Random::from_seed(23);
    let (mut passed, all) = (0, 4_000);
    for _ in 0..all {
        let text = mutate(&mut random, &corpus);
        let held = std::panic::catch_unwind(|| passes(&validator, &types, &text));
        passed += usize::from(held.unwrap_or_else(|_| panic!("the property does not hold for {text:?}")));
    }
    assert!((all / 100..all / 2).contains(&passed), "{passed} of {all} pass");
}
