//! The plan of an asset's assignment to a customer; a rental is out, due, overdue, returned or booked.

use chrono::{DateTime, Utc};
use domain::value::Decimal;
use entity::customer_asset::Relationship;

use super::{calendar::HOUR, company::Equipment, customer, pick::Pick, scope::Scope};

/// The days of a lease: three years.
const LEASE_DAYS: i32 = 1_095;
/// The ages of equipment in days; the youngest is older than any lease or rental that is not over.
const AGES: [i32; 2] = [200, 2_000];
/// The rentals repeat after this many.
const RENTAL_CYCLE: u32 = 20;
/// The one of them that is not confirmed yet.
const RESERVED_SLOT: u32 = 5;

/// An assignment, as every row that depends on it sees it. Days count from today.
pub struct AssignmentPlan {
    /// The equipment of the asset.
    pub equipment: &'static Equipment,
    /// The age of the asset in days.
    pub age: i32,
    /// The index of the customer.
    pub customer: u32,
    /// The terms.
    pub relationship: Relationship,
    /// How hard the asset works, in percent of the average.
    work: i32,
    /// The beginning.
    pub begin: (i32, DateTime<Utc>),
    /// The agreed end.
    pub end: Option<(i32, DateTime<Utc>)>,
    /// The return, if it has happened.
    pub returned: Option<(i32, DateTime<Utc>)>,
    has_begun: bool,
}

impl AssignmentPlan {
    /// The assignment of the asset with this index.
    pub fn new(scope: &Scope, index: u32) -> Self {
        let calendar = &scope.calendar;
        let mut pick = Pick::for_row("assignment", index);
        let kinds = u32::try_from(scope.company.equipment.len()).unwrap_or(1);
        let (round, kind) = (index / kinds, index % kinds);
        let equipment = &scope.company.equipment[kind as usize];
        let terms = u32::try_from(equipment.relationships.len()).unwrap_or(1);
        let relationship = match equipment.relationships[(round % terms) as usize] {
            Relationship::Rented if round / terms % RENTAL_CYCLE == RESERVED_SLOT => Relationship::Reserved,
            relationship => relationship,
        };
        let customer = Pick::for_row("holder", index).below(scope.customers());
        let zone = customer::city(scope.company, customer).zone;
        let age = pick.number(AGES[0], AGES[1]);
        let (first, last, returned) = match relationship {
            Relationship::Owned => (-age, None, None),
            Relationship::UnderService => (calendar.working_day(-pick.number(5, 180)), None, None),
            Relationship::Leased => {
                let first = calendar.working_day(-pick.number(20, 190));
                (first, Some(calendar.working_day(first + LEASE_DAYS)), None)
            }
            Relationship::Rented | Relationship::Reserved => Self::rental(scope, &mut pick, round / terms),
        };
        let time = |day, quarter| (day, calendar.at(zone, day, quarter));
        let end = last.map(|day| time(day, 17 * HOUR));
        let returned = returned.map(|(day, quarter)| time(day, quarter));
        // What is due back today is back by the end of the day; what is returned this morning is still out before.
        let returned = returned.filter(|(_, at)| *at <= calendar.now);
        let begin = time(first, 7 * HOUR + pick.number(0, 2 * HOUR));
        let has_begun = begin.1 <= calendar.now;
        Self { equipment, age, customer, relationship, work: pick.number(60, 105), begin, end, returned, has_begun }
    }

    /// The first and last day of a rental, and the day and quarter of an hour of its return.
    fn rental(scope: &Scope, pick: &mut Pick, index: u32) -> (i32, Option<i32>, Option<(i32, i32)>) {
        let calendar = &scope.calendar;
        let (round, slot) = (index / RENTAL_CYCLE, index % RENTAL_CYCLE);
        let length = pick.number(3, 40);
        let half_hours = pick.number(0, 4) * 2;
        match slot {
            // Due today, and brought back in the afternoon.
            0 | 1 => (-length, Some(0), Some((0, 15 * HOUR + half_hours / 2))),
            // Brought back this morning, a day early.
            2 => (-length, Some(1), Some((0, 7 * HOUR + half_hours))),
            // Overdue.
            3 => (-length - 2, Some(if round.is_multiple_of(2) { -1 } else { -2 }), None),
            // Booked for next month, or reserved.
            4 | RESERVED_SLOT => {
                let first = calendar.working_day(calendar.days_to_next_month() + pick.number(0, 25));
                (first, Some(calendar.working_day(first + length)), None)
            }
            // Over.
            6..10 => {
                let last = calendar.working_day(-pick.number(2, 90));
                (last - length, Some(last), Some((last, 10 * HOUR + half_hours)))
            }
            // Out.
            _ => (calendar.working_day(-pick.number(2, 30)), Some(calendar.working_day(pick.number(1, 25))), None),
        }
    }

    /// Whether the customer has the asset on a day.
    pub fn covers(&self, day: i32) -> bool {
        self.begin.0 <= day && self.returned.or(self.end).is_none_or(|(end, _)| day <= end)
    }

    /// The reading of the meter on a day.
    pub fn reading(&self, day: i32) -> Decimal {
        let count = i64::from((day + self.age) * self.equipment.meter_per_day) * i64::from(self.work) / 100;
        Decimal(count * 1_000_000)
    }

    /// The day and time of the return, or of the beginning if that is after a day; nothing, where neither has happened.
    pub fn handover_after(&self, day: i32) -> Option<(i32, DateTime<Utc>)> {
        self.returned.or(Some(self.begin).filter(|(first, _)| self.has_begun && *first > day))
    }

    /// The meter reading at the beginning of a lease or rental that has begun.
    pub fn meter_out(&self) -> Option<Decimal> {
        (self.is_temporary() && self.has_begun).then(|| self.reading(self.begin.0))
    }

    /// Whether it is a lease or a rental.
    pub const fn is_temporary(&self) -> bool {
        matches!(self.relationship, Relationship::Rented | Relationship::Leased)
    }
}
