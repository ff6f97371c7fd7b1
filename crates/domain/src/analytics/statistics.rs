//! Statistics of integers: averages, percentiles, rates and changes, each rounded once, half away from zero.

/// One, in millionths.
const ONE: i128 = 1_000_000;

/// The digits after the point of a quotient, as millionths of its last digit.
const LAST_DIGIT: i128 = 10_000;

/// The quotient of two integers, rounded half away from zero. The divisor is positive.
pub fn round_quotient(dividend: i128, divisor: i128) -> i128 {
    (dividend + divisor / 2 * dividend.signum()) / divisor
}

/// The quotient of two integers in millionths, with two digits after the point. None without a positive divisor.
pub fn quotient(dividend: i128, divisor: i128) -> Option<i128> {
    (divisor > 0).then(|| round_quotient(dividend * (ONE / LAST_DIGIT), divisor) * LAST_DIGIT)
}

/// A part of a whole in percent, in millionths, with two digits after the point. None without a whole.
pub fn percentage(part: i128, whole: i128) -> Option<i128> {
    quotient(part * 100, whole)
}

/// The change from a previous value to a current one, in percent of the previous value without its sign. None if one of them
/// is absent, or the previous one is 0.
pub fn change(previous: Option<i128>, current: Option<i128>) -> Option<i128> {
    let (previous, current) = previous.zip(current)?;
    percentage(current - previous, previous.abs())
}

/// Integers, each as often as it occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// The values, ascending, each with how many integers are at most as large.
    cumulative: Vec<(i64, i64)>,
    sum: i128,
}

impl FromIterator<(i64, i64)> for Distribution {
    /// The distribution of values, each with how often it occurs.
    fn from_iter<I: IntoIterator<Item = (i64, i64)>>(values: I) -> Self {
        let mut cumulative: Vec<_> = values.into_iter().collect();
        cumulative.sort_unstable();
        let sum = cumulative.iter().map(|(value, count)| i128::from(*value) * i128::from(*count)).sum();
        let mut total = 0;
        for (_, count) in &mut cumulative {
            total += *count;
            *count = total;
        }
        Self { cumulative, sum }
    }
}

impl Distribution {
    /// How many integers there are.
    pub fn count(&self) -> i64 {
        self.cumulative.last().map_or(0, |(_, count)| *count)
    }

    /// Their average in a unit of so many. None if there are none.
    pub fn average(&self, unit: i64) -> Option<i128> {
        let count = i128::from(self.count());
        (count > 0).then(|| round_quotient(self.sum, count * i128::from(unit)))
    }

    /// A percentile in a unit of so many, interpolated linearly between the two closest ranks: the value at the position
    /// `percent` / 100 × (count − 1) of the ordered integers, counted from 0. The 50th is the median. None if there are none.
    pub fn percentile(&self, percent: u8, unit: i64) -> Option<i128> {
        let steps = i128::from(percent) * i128::from(self.count() - 1);
        let (rank, rest) = (steps.div_euclid(100), steps.rem_euclid(100));
        let lower = self.at(rank)?;
        let upper = self.at(rank + 1).unwrap_or(lower);
        Some(round_quotient(lower * 100 + rest * (upper - lower), 100 * i128::from(unit)))
    }

    /// The integer of a rank, counted from 0.
    fn at(&self, rank: i128) -> Option<i128> {
        let index = self.cumulative.partition_point(|(_, count)| i128::from(*count) <= rank);
        self.cumulative.get(index).map(|(value, _)| i128::from(*value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    fn seconds(values: &[i64]) -> Distribution {
        values.iter().map(|value| (value * SECOND, 1)).collect()
    }

    #[test]
    fn percentiles_are_interpolated() {
        let times = seconds(&[600, 60, 180, 120]);
        assert_eq!(times.percentile(50, SECOND), Some(150));
        assert_eq!(times.percentile(90, SECOND), Some(474));
        assert_eq!(times.average(SECOND), Some(240));
        let one = seconds(&[7]);
        assert_eq!([0, 50, 90, 100].map(|percent| one.percentile(percent, SECOND)), [Some(7); 4]);
        let none = seconds(&[]);
        assert_eq!((none.count(), none.average(SECOND), none.percentile(50, SECOND)), (0, None, None));
    }

    #[test]
    fn equal_values_count_each() {
        let grouped: Distribution = [(10 * SECOND, 3), (20 * SECOND, 1), (5 * SECOND, 1)].into_iter().collect();
        let apart = seconds(&[10, 20, 10, 5, 10]);
        assert_eq!(grouped.count(), apart.count());
        for percent in 0..=100 {
            assert_eq!(grouped.percentile(percent, SECOND), apart.percentile(percent, SECOND), "{percent}");
        }
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        let rounded = [(5, 2), (-5, 2), (7, 3), (-7, 3), (8, 3), (-8, 3), (1, 3), (0, 5), (4, 5)];
        let rounded = rounded.map(|(dividend, divisor)| round_quotient(dividend, divisor));
        assert_eq!(rounded, [3, -3, 2, -2, 3, -3, 0, 0, 1]);
        assert_eq!(quotient(9, 2), Some(4_500_000));
        assert_eq!(percentage(13, 30), Some(43_330_000));
        assert_eq!(percentage(1, 0), None);
    }

    #[test]
    fn a_change_from_nothing_is_unknown() {
        assert_eq!(change(Some(8), Some(6)), Some(-25_000_000));
        assert_eq!(change(Some(-8), Some(6)), Some(175_000_000));
        assert_eq!([change(Some(0), Some(6)), change(None, Some(6)), change(Some(6), None)], [None; 3]);
    }
}
