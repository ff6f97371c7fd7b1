//! Meters: what is read of an asset's meter readings, and the arithmetic over them.

pub mod meter_use;
pub mod running_total;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use entity::meter_reading::{Column, Entity, Model};
use error::Result;
use sea_orm::prelude::Uuid;
use store::{Filter, Predicate, RowQuery, SortTerm, Tx};

use self::{
    meter_use::{MeterUse, TotalAt, USE_DAYS},
    running_total::{Exchange, Reading},
};

/// The reading of a row.
pub fn reading(row: &Model) -> Reading {
    let exchange = row.exchange_old_value.zip(row.exchange_new_value);
    Reading {
        value: row.value,
        total: row.total,
        rollback: row.rollback,
        exchange: exchange.map(|(old_value, new_value)| Exchange { old_value, new_value }),
    }
}

/// The newest reading of an asset that passes a predicate of its time, or the oldest one. Of two readings of one time, the one
/// that was entered last counts.
pub async fn nearest(tx: &Tx, asset: Uuid, at: Predicate, newest: bool) -> Result<Option<Model>> {
    let mut find = of_asset(tx, asset).filter(Filter::Column("at", at));
    find.order = vec![SortTerm::column::<Entity>(Column::At, newest), SortTerm::id(true)];
    find.size = 1;
    tx.one(&find).await
}

/// The use of an asset's meter up to its newest reading. None if it has no reading.
pub async fn load_use(tx: &Tx, asset: Uuid) -> Result<Option<MeterUse>> {
    let Some(last) = nearest(tx, asset, Predicate::IsNull(false), true).await? else { return Ok(None) };
    let since = last.at - TimeDelta::days(USE_DAYS);
    let mut base = nearest(tx, asset, Predicate::Lte(since.into()), true).await?;
    if base.is_none() {
        base = nearest(tx, asset, Predicate::Gt(since.into()), false).await?;
    }
    let base = base.as_ref().filter(|base| base.id != last.id).map(total_at);
    Ok(Some(MeterUse { last: total_at(&last), offset: reading(&last).offset(), base }))
}

/// The readings of an asset from which the totals at some times can be told, the oldest first: its neighbours of one time, all
/// readings for several.
pub async fn totals_for(tx: &Tx, asset: Uuid, times: &[DateTime<Utc>]) -> Result<Vec<TotalAt>> {
    match times {
        [] => Ok(Vec::new()),
        [at] => {
            let before = nearest(tx, asset, Predicate::Lte((*at).into()), true).await?;
            let after = nearest(tx, asset, Predicate::Gt((*at).into()), false).await?;
            Ok([before, after].iter().flatten().map(total_at).collect())
        }
        _ => {
            let mut find = of_asset(tx, asset).columns(vec![Column::Id, Column::At, Column::Total]);
            find.order = vec![SortTerm::column::<Entity>(Column::At, false), SortTerm::id(false)];
            Ok(tx.all(&find).await?.iter().map(total_at).collect())
        }
    }
}

/// The running total at a time, by readings in the order of time: that of the last reading before it, if it is of the same day;
/// else that of the first one after it, if it is of the same day; else of the last one before, else of the first one after.
pub fn total_when(totals: &[TotalAt], at: DateTime<Utc>, zone: Tz) -> Option<i64> {
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let count = totals.partition_point(|reading| reading.at <= at);
    let (before, after) = (count.checked_sub(1).and_then(|index| totals.get(index)), totals.get(count));
    let is_of_day = |reading: &&TotalAt| day(reading.at) == day(at);
    let found = before.filter(is_of_day).or_else(|| after.filter(is_of_day)).or(before).or(after);
    found.map(|reading| reading.total)
}

fn total_at(row: &Model) -> TotalAt {
    TotalAt { at: row.at, total: row.total }
}

fn of_asset(tx: &Tx, asset: Uuid) -> RowQuery<Entity> {
    tx.find_unrestricted::<Entity>().filter(Filter::Column("asset_id", Predicate::Eq(asset.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_of_the_same_day_tells_the_total_of_a_time() {
        let reading = |at: &str, total| TotalAt { at: at.parse().unwrap(), total };
        let totals = [
            reading("2024-06-01T10:00:00Z", 1),
            reading("2024-06-05T12:00:00Z", 2),
            reading("2024-06-05T18:00:00Z", 3),
            reading("2024-06-09T10:00:00Z", 4),
        ];
        let at = |at: &str| total_when(&totals, at.parse().unwrap(), Tz::UTC);
        assert_eq!(at("2024-05-01T00:00:00Z"), Some(1), "the first one, where there is none before");
        assert_eq!(at("2024-06-01T10:00:00Z"), Some(1));
        assert_eq!(at("2024-06-05T11:00:00Z"), Some(2), "entered after the work, on its day");
        assert_eq!(at("2024-06-05T13:00:00Z"), Some(2));
        assert_eq!(at("2024-06-07T13:00:00Z"), Some(3));
        assert_eq!(at("2024-07-07T13:00:00Z"), Some(4));
        assert_eq!(total_when(&[], "2024-07-07T13:00:00Z".parse().unwrap(), Tz::UTC), None);
    }
}
