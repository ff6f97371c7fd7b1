//! The running total of an asset's meters: what a reading adds to it, and which readings cannot be.
//!
//! The total goes on where a meter is exchanged. It is the reading plus an offset, and only an exchange moves the offset, so
//! that a late reading between two others leaves the totals of both as they are.

/// A reading that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The value, in millionths.
    pub value: i64,
    /// The running total, in millionths.
    pub total: i64,
    /// Whether it may be below the one before it.
    pub rollback: bool,
    /// The exchange of the meter before it was read.
    pub exchange: Option<Exchange>,
}

/// An exchange of a meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The last value of the old meter, in millionths.
    pub old_value: i64,
    /// The first value of the new meter, in millionths.
    pub new_value: i64,
}

/// A reading that is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value, in millionths.
    pub value: i64,
    /// Whether it may be below the one before it.
    pub rollback: bool,
    /// The exchange of the meter before it was read.
    pub exchange: Option<Exchange>,
}

/// Why a reading cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is below this value of the reading before it.
    BelowPrevious(i64),
    /// It is above this value of the reading after it.
    AbovePast(i64),
    /// The last value of the old meter is below this value of the reading before it.
    OldBelowPrevious(i64),
    /// It is below the first value of the new meter.
    BelowNew(i64),
    /// An exchange before readings that are known already would change their totals.
    LateExchange,
    /// The totals exceed what can be stored.
    TooLarge,
}

impl Reading {
    /// What the total is above the value.
    pub const fn offset(&self) -> i64 {
        self.total.saturating_sub(self.value)
    }

    /// What the total was above the value before the exchange of this reading.
    fn offset_before(&self) -> Option<i64> {
        match self.exchange {
            None => self.total.checked_sub(self.value),
            Some(exchange) => {
                let since = self.value.checked_sub(exchange.new_value)?;
                self.total.checked_sub(since)?.checked_sub(exchange.old_value)
            }
        }
    }

    /// The highest value that a reading just before this one can have; none if it can have any.
    fn ceiling(&self) -> Option<i64> {
        match self.exchange {
            Some(exchange) => Some(exchange.old_value),
            None if self.rollback => None,
            None => Some(self.value),
        }
    }
}

/// The running total at a reading between its neighbours in time.
pub fn total(previous: Option<&Reading>, next: Option<&Reading>, entry: &Entry) -> Result<i64, Refusal> {
    if let Some(exchange) = entry.exchange {
        return total_after_exchange(previous, next, entry, exchange);
    }
    if let Some(previous) = previous.filter(|previous| entry.value < previous.value && !entry.rollback) {
        return Err(Refusal::BelowPrevious(previous.value));
    }
    if let Some(ceiling) = next.and_then(Reading::ceiling).filter(|ceiling| entry.value > *ceiling) {
        return Err(Refusal::AbovePast(ceiling));
    }
    let offset = match (previous, next) {
        (Some(previous), _) => previous.offset(),
        (None, Some(next)) => next.offset_before().ok_or(Refusal::TooLarge)?,
        (None, None) => 0,
    };
    entry.value.checked_add(offset).ok_or(Refusal::TooLarge)
}

fn total_after_exchange(
    previous: Option<&Reading>,
    next: Option<&Reading>,
    entry: &Entry,
    exchange: Exchange,
) -> Result<i64, Refusal> {
    if next.is_some() {
        return Err(Refusal::LateExchange);
    }
    if entry.value < exchange.new_value {
        return Err(Refusal::BelowNew(exchange.new_value));
    }
    if let Some(previous) = previous.filter(|previous| exchange.old_value < previous.value && !entry.rollback) {
        return Err(Refusal::OldBelowPrevious(previous.value));
    }
    let offset = previous.map_or(0, Reading::offset);
    let at_exchange = exchange.old_value.checked_add(offset).ok_or(Refusal::TooLarge)?;
    at_exchange.checked_add(entry.value - exchange.new_value).ok_or(Refusal::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(value: i64) -> Entry {
        Entry { value, rollback: false, exchange: None }
    }

    /// Enters a reading after the last one of a list.
    fn append(readings: &mut Vec<Reading>, entry: Entry) -> i64 {
        let total = total(readings.last(), None, &entry).unwrap();
        readings.push(Reading { value: entry.value, total, rollback: entry.rollback, exchange: entry.exchange });
        total
    }

    #[test]
    fn a_reading_is_held_against_both_neighbours() {
        let known = Reading { value: 10_500, total: 10_500, rollback: false, exchange: None };
        assert_eq!(total(None, Some(&known), &entry(10_300)), Ok(10_300));
        assert_eq!(total(None, Some(&known), &entry(10_600)), Err(Refusal::AbovePast(10_500)));
        assert_eq!(total(Some(&known), None, &entry(10_499)), Err(Refusal::BelowPrevious(10_500)));
        assert_eq!(total(Some(&known), None, &Entry { rollback: true, ..entry(10_499) }), Ok(10_499));
        let rolled_back = Reading { value: 10, total: 10, rollback: true, exchange: None };
        assert_eq!(total(Some(&known), Some(&rolled_back), &entry(10_600)), Ok(10_600));
    }

    #[test]
    fn the_total_goes_on_over_an_exchange() {
        let mut readings = Vec::new();
        let exchange = Some(Exchange { old_value: 8_100, new_value: 20 });
        assert_eq!(append(&mut readings, entry(8_000)), 8_000);
        assert_eq!(append(&mut readings, Entry { exchange, ..entry(20) }), 8_100);
        assert_eq!(append(&mut readings, entry(120)), 8_200);
        // A late reading of the old meter, and a late one of the new meter.
        assert_eq!(total(Some(&readings[0]), Some(&readings[1]), &entry(8_050)), Ok(8_050));
        assert_eq!(total(Some(&readings[0]), Some(&readings[1]), &entry(8_101)), Err(Refusal::AbovePast(8_100)));
        assert_eq!(total(Some(&readings[1]), Some(&readings[2]), &entry(60)), Ok(8_140));
        // Before the first one that is known.
        assert_eq!(total(None, Some(&readings[1]), &entry(7_900)), Ok(7_900));
    }

    #[test]
    fn an_exchange_states_values_that_can_be() {
        let known = Reading { value: 100, total: 100, rollback: false, exchange: None };
        let exchange =
            |old_value, new_value, value| Entry { exchange: Some(Exchange { old_value, new_value }), ..entry(value) };
        assert_eq!(total(Some(&known), None, &exchange(99, 0, 0)), Err(Refusal::OldBelowPrevious(100)));
        assert_eq!(total(Some(&known), None, &exchange(101, 5, 4)), Err(Refusal::BelowNew(5)));
        assert_eq!(total(None, Some(&known), &exchange(101, 5, 5)), Err(Refusal::LateExchange));
        assert_eq!(total(Some(&known), None, &exchange(i64::MAX, 0, i64::MAX)), Err(Refusal::TooLarge));
        assert_eq!(total(None, None, &exchange(500, 0, 10)), Ok(510));
    }

    #[test]
    fn a_late_reading_moves_no_total() {
        // Whatever the order of entry, the same readings have the same totals.
        let values = [(10, None), (25, None), (3, Some(Exchange { old_value: 30, new_value: 1 })), (8, None)];
        let mut readings = Vec::new();
        for (value, exchange) in values {
            append(&mut readings, Entry { exchange, ..entry(value) });
        }
        for (index, reading) in readings.iter().enumerate().filter(|(_, reading)| reading.exchange.is_none()) {
            let previous = index.checked_sub(1).and_then(|index| readings.get(index));
            assert_eq!(total(previous, readings.get(index + 1), &entry(reading.value)), Ok(reading.total), "{index}");
        }
    }
}
