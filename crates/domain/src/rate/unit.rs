//! The units of rates: which types price the same quantities.

use entity::rate::RateType;

/// Whether a type is a unit of a rental.
pub fn is_rental(rate_type: RateType) -> bool {
    matches!(rate_type, RateType::PerDay | RateType::PerWeek | RateType::PerMonth)
}

/// The types that price the same quantities as a type, itself included: of two rates of them, one may hold for the same work.
pub fn same_unit(rate_type: RateType) -> Vec<RateType> {
    if is_rental(rate_type) { vec![RateType::PerDay, RateType::PerWeek, RateType::PerMonth] } else { vec![rate_type] }
}
