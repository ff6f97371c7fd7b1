//! Claims: the periods for which rentals, leases and reservations hold an asset. No two of one asset overlap, and the same rule
//! guards every write and answers what is free.

use chrono::{DateTime, SecondsFormat, Utc};
use entity::{
    asset,
    customer_asset::{Entity, Model, Relationship},
};
use error::{Code, Result};
use store::{Filter, Predicate, TenantTable, Tx, table::enum_text};

use crate::validator::Validator;

/// A period, its start included and its end excluded; without an end, it is open.
pub type Period = (DateTime<Utc>, Option<DateTime<Utc>>);

/// The claims among which [`conflict`] finds those that touch a period: those that begin before its end, except those that are
/// known to be over at its start. A rental that is not back is not known to be over.
pub fn touching((start, end): Period) -> Filter {
    let is_of = |relationships: &[Relationship]| {
        Filter::Column("relationship", Predicate::In(relationships.iter().map(|one| enum_text(one).into()).collect()))
    };
    let unless = |predicate| Predicate::Any(vec![Predicate::IsNull(true), predicate]);
    let lasts = |column| Filter::Column(column, unless(Predicate::Gt(start.into())));
    let mut filters = vec![
        Filter::Any(vec![
            is_of(&[Relationship::Rented, Relationship::Leased]),
            Filter::All(vec![is_of(&[Relationship::Reserved]), lasts("until")]),
        ]),
        lasts("returned_at"),
    ];
    filters.extend(end.map(|end| Filter::Column("starts_at", Predicate::Lt(end.into()))));
    Filter::All(filters)
}

/// Whether a reservation holds its asset no more, by the clock alone.
pub fn is_expired(row: &Model, now: DateTime<Utc>) -> bool {
    row.relationship == Relationship::Reserved && row.reserved_until.is_some_and(|until| until <= now)
}

/// The period for which a rental, a lease or a reservation holds its asset. Nothing for other relationships, an expired
/// reservation and an empty period.
pub fn period(row: &Model, now: DateTime<Utc>) -> Option<Period> {
    let holds = matches!(row.relationship, Relationship::Rented | Relationship::Leased | Relationship::Reserved);
    let holds = holds && !is_expired(row, now);
    let (start, end) = (row.starts_at.filter(|_| holds)?, row.returned_at.or(row.until));
    end.is_none_or(|end| start < end).then_some((start, end))
}

/// Whether an asset is not back from a rental or lease whose agreed end has passed.
fn is_overdue(row: &Model, now: DateTime<Utc>) -> bool {
    matches!(row.relationship, Relationship::Rented | Relationship::Leased)
        && row.returned_at.is_none()
        && row.starts_at.is_some_and(|start| start <= now)
        && row.until.is_some_and(|until| until <= now)
}

/// The first claim of an asset that touches a period. One that is overdue touches every period that is not over: nobody knows
/// when the asset comes back.
pub fn conflict(wanted: Period, claims: &[Model], now: DateTime<Utc>) -> Option<&Model> {
    let (start, end) = wanted;
    let is_over = end.is_some_and(|end| end <= now);
    let touches = |claim: &&Model| {
        let Some((from, until)) = period(claim, now) else { return false };
        let overlaps = end.is_none_or(|end| from < end) && until.is_none_or(|until| start < until);
        overlaps || !is_over && is_overdue(claim, now)
    };
    claims.iter().filter(touches).min_by_key(|claim| (claim.starts_at, claim.id))
}

/// The first moment, not before the start of a period, from which an asset is free for as long as the period. Nothing if a claim
/// without an end, or one that is overdue, is in the way.
pub fn next_free((start, end): Period, claims: &[Model], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let length = end.map(|end| end - start);
    let mut from = start;
    // Each step passes one claim at least.
    for _ in 0..=claims.len() {
        let until = match length {
            Some(length) => Some(from.checked_add_signed(length)?),
            None => None,
        };
        let Some(claim) = conflict((from, until), claims, now) else { return Some(from) };
        if is_overdue(claim, now) {
            return None;
        }
        from = period(claim, now)?.1?;
    }
    None
}

/// Refuses a claim on an asset that is not in service, unless it is over or `was_held` says that it held the asset already.
/// Refuses one whose period another claim of the same asset touches. The asset is locked until the transaction ends, so that
/// the second of two concurrent writers sees the row of the first.
pub async fn ensure_available(tx: &Tx, validator: &mut Validator, row: &Model, was_held: bool) -> Result<()> {
    let now = tx.at();
    let Some(wanted) = period(row, now) else { return Ok(()) };
    let Some(asset) = tx.lock(&tx.find::<asset::Entity>()?.ids([row.asset_id])).await?.into_iter().next() else {
        validator.fail(Code::NotFound, "asset", "There is no such asset any more.");
        return Ok(());
    };
    let is_over = wanted.1.is_some_and(|end| end <= now);
    if !was_held && !is_over && asset.status != asset::Status::Active {
        let (id, status) = (asset::Entity::TABLE.encode_id(asset.id), enum_text(&asset.status));
        let message = format!("The asset {id} is {status}; only an ACTIVE asset can be rented, leased or reserved.");
        validator.fail(Code::State, "asset", message);
    }
    let of_asset = Filter::Column("asset_id", Predicate::Eq(row.asset_id.into()));
    let mut others = tx.all(&tx.find::<Entity>()?.filter(touching(wanted)).filter(of_asset)).await?;
    others.retain(|other| other.id != row.id);
    if let Some(other) = conflict(wanted, &others, now) {
        let from = other.starts_at.map(rfc3339).unwrap_or_default();
        let until = other.returned_at.or(other.until);
        let in_words = match until {
            Some(until) if until > wanted.0 => format!("from {from} to {}", rfc3339(until)),
            Some(until) => {
                format!("from {from} and not back, though it was due by {}; return it first", rfc3339(until))
            }
            None => format!("from {from}, without an end"),
        };
        let (id, relationship) = (Entity::TABLE.encode_id(other.id), enum_text(&other.relationship));
        validator.fail(Code::Overlap, "from", format!("The asset is {relationship} as {id} {in_words}."));
    }
    Ok(())
}

/// An instant as it stands in messages.
pub fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn day(day: u32) -> DateTime<Utc> {
        at(&format!("2026-06-{day:02}T00:00:00Z"))
    }

    fn rented(from: u32, until: Option<u32>) -> Model {
        Model {
            relationship: Relationship::Rented,
            starts_at: Some(day(from)),
            until: until.map(day),
            ..Model::default()
        }
    }

    #[test]
    fn an_asset_is_free_where_no_claim_touches_the_whole_period() {
        let now = at("2026-05-01T00:00:00Z");
        let claims = [rented(1, Some(5)), rented(7, Some(10))];
        let is_free = |from, until| conflict((day(from), Some(day(until))), &claims, now).is_none();
        assert!(is_free(5, 7) && is_free(10, 12));
        assert!(!is_free(4, 6) && !is_free(1, 10) && !is_free(6, 8));
        assert_eq!(next_free((day(1), Some(day(3))), &claims, now), Some(day(5)));
        assert_eq!(next_free((day(1), Some(day(4))), &claims, now), Some(day(10)));
        assert_eq!(next_free((day(5), None), &claims, now), Some(day(10)));
        assert_eq!(next_free((day(1), Some(day(2))), &[rented(1, None)], now), None);
    }

    #[test]
    fn an_overdue_asset_is_not_free_and_has_no_next_free_date() {
        let claims = [rented(1, Some(5))];
        assert!(conflict((day(20), Some(day(21))), &claims, day(6)).is_some());
        assert_eq!(next_free((day(20), Some(day(21))), &claims, day(6)), None);
        assert!(conflict((at("2026-05-01T00:00:00Z"), Some(day(1))), &claims, day(6)).is_none(), "a matter of record");
        let returned = Model { returned_at: Some(day(6)), ..rented(1, Some(5)) };
        assert_eq!(next_free((day(4), Some(day(7))), &[returned], day(7)), Some(day(6)));
    }

    #[test]
    fn a_reservation_ends_by_the_clock() {
        let noon = at("2026-06-01T12:00:00Z");
        let reserved =
            Model { relationship: Relationship::Reserved, reserved_until: Some(noon), ..rented(10, Some(12)) };
        let wanted = (day(11), Some(day(12)));
        let claims = [reserved];
        assert!(conflict(wanted, &claims, noon - chrono::Duration::microseconds(1)).is_some());
        assert!(conflict(wanted, &claims, noon).is_none());
    }
}
