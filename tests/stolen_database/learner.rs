//! A learner: it learns on one half of some rows which value goes with which feature, and guesses the values of the other.

use std::collections::HashMap;

/// A row as the learner sees it: one feature, and the number of its value.
pub type Example = (String, usize);

/// How many values of the second half the learner guesses, of how many.
///
/// For each feature it guesses the value that is most frequent with it in the first half; for a feature that is new, the
/// value that is most frequent at all.
pub fn guess(examples: &[Example]) -> (usize, usize) {
    let (first, second) = examples.split_at(examples.len() / 2);
    let mut by_feature: HashMap<&str, HashMap<usize, usize>> = HashMap::new();
    let mut overall = HashMap::new();
    for (feature, value) in first {
        *by_feature.entry(feature).or_default().entry(*value).or_insert(0) += 1;
        *overall.entry(*value).or_insert(0) += 1;
    }
    let guess_for = |feature: &str| most_frequent(by_feature.get(feature).unwrap_or(&overall));
    (second.iter().filter(|(feature, value)| guess_for(feature) == *value).count(), second.len())
}

/// The most frequent value; of several, the smallest.
fn most_frequent(counts: &HashMap<usize, usize>) -> usize {
    counts.iter().max_by_key(|(value, count)| (**count, std::cmp::Reverse(**value))).map_or(0, |(value, _)| *value)
}

/// The probability that somebody who knows nothing guesses at least `right` of `total` values, each one of `values` with
/// the same probability: the upper tail of the binomial distribution.
pub fn chance_of(right: usize, total: usize, values: usize) -> f64 {
    let share = 1.0 / float(values);
    // The logarithm of the probability of exactly `count`, from one count to the next.
    let mut log = float(total) * (1.0 - share).ln();
    let mut tail = 0.0;
    for count in 0..=total {
        if count >= right {
            tail += log.exp();
        }
        log += (float(total - count) / float(count + 1)).ln() + (share / (1.0 - share)).ln();
    }
    tail
}

/// A small count as a number of this type, exactly.
fn float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

#[test]
fn the_chance_of_a_guess_is_the_tail_of_the_binomial_distribution() {
    let near = |chance: f64, exact: f64| assert!((chance - exact).abs() < 1e-12, "{chance} is not {exact}");
    near(chance_of(0, 10, 2), 1.0);
    near(chance_of(10, 10, 2), 1.0 / 1024.0);
    near(chance_of(9, 10, 2), 11.0 / 1024.0);
    near(chance_of(2, 3, 3), 7.0 / 27.0);
}

#[test]
fn a_learner_guesses_what_a_feature_tells_and_nothing_else() {
    let told: Vec<_> = (0..40).map(|index| (format!("length {}", index % 4), index % 4)).collect();
    assert_eq!(guess(&told), (20, 20));
    let unrelated: Vec<_> = (0..40).map(|index| ("the same".to_owned(), index % 4)).collect();
    assert_eq!(guess(&unrelated), (5, 20));
}
