//! Utilization: for how much of a time assets are out on rent or lease.
//!
//! The claims of an asset are united, so that it is never out twice, and clipped to the asset's life. Every figure of a month
//! or of a whole period asks the same united claims.

use chrono::{DateTime, Utc};
use sea_orm::prelude::Uuid;

use super::statistics::percentage;

/// A rental or lease of an asset, moved into the time that is read: one before it is empty at its beginning, one after it is
/// empty at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The asset.
    pub asset: Uuid,
    /// When the life of the asset begins. None: before the time that is read.
    pub life_begins: Option<DateTime<Utc>>,
    /// Whether the life of the asset ends with its last claim.
    pub is_retired: bool,
    /// When the asset is handed over.
    pub from: DateTime<Utc>,
    /// When it is returned.
    pub until: DateTime<Utc>,
}

/// Which assets count at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Those with a claim that begins before the end of the time: the fleet of the tenant.
    ClaimedBefore,
    /// Those that are out in the time.
    Out,
}

/// What is out of what could be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Utilization {
    /// How many assets count: they live at the time.
    pub assets: i64,
    /// How long they are out, in microseconds.
    pub used: i128,
    /// How long they could be, in microseconds.
    pub available: i128,
}

impl Utilization {
    /// What is out of what could be, in percent, in millionths. None if nothing could be.
    pub fn rate(&self) -> Option<i128> {
        percentage(self.used, self.available)
    }
}

/// The assets with their united claims.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fleet(Vec<ClaimedAsset>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct ClaimedAsset {
    life_begins: Option<DateTime<Utc>>,
    life_ends: Option<DateTime<Utc>>,
    first_claim: DateTime<Utc>,
    /// The times for which it is out, in order and apart.
    out: Vec<[DateTime<Utc>; 2]>,
}

impl FromIterator<Claim> for Fleet {
    fn from_iter<I: IntoIterator<Item = Claim>>(claims: I) -> Self {
        let mut claims: Vec<_> = claims.into_iter().collect();
        claims.sort_unstable_by_key(|claim| (claim.asset, claim.from, claim.until));
        Self(claims.chunk_by(|first, second| first.asset == second.asset).map(ClaimedAsset::of).collect())
    }
}

impl Fleet {
    /// The number of united claims, which a figure reads.
    pub fn size(&self) -> usize {
        self.0.iter().map(|asset| asset.out.len() + 1).sum()
    }

    /// The utilization between two instants.
    pub fn utilization(&self, time: [DateTime<Utc>; 2], counted: Counted) -> Utilization {
        let mut sum = Utilization::default();
        for asset in &self.0 {
            let life = clip(time, [asset.life_begins.unwrap_or(time[0]), asset.life_ends.unwrap_or(time[1])]);
            let used: i128 = asset.out.iter().map(|out| length(clip(life, *out))).sum();
            let counts = match counted {
                Counted::ClaimedBefore => asset.first_claim < time[1],
                Counted::Out => used > 0,
            };
            if counts && length(life) > 0 {
                sum.assets += 1;
                sum.used += used;
                sum.available += length(life);
            }
        }
        sum
    }
}

impl ClaimedAsset {
    /// The asset of its claims, which are in the order of their beginnings. There is at least one.
    fn of(claims: &[Claim]) -> Self {
        let first = &claims[0];
        let mut out: Vec<[_; 2]> = Vec::new();
        for claim in claims.iter().filter(|claim| claim.from < claim.until) {
            match out.last_mut() {
                Some([_, until]) if claim.from <= *until => *until = claim.until.max(*until),
                _ => out.push([claim.from, claim.until]),
            }
        }
        let last = claims.iter().map(|claim| claim.until).max();
        Self {
            life_begins: first.life_begins,
            life_ends: last.filter(|_| first.is_retired),
            first_claim: first.from,
            out,
        }
    }
}

/// The part of a time that is in another one; empty if there is none.
fn clip(time: [DateTime<Utc>; 2], within: [DateTime<Utc>; 2]) -> [DateTime<Utc>; 2] {
    [time[0].max(within[0]), time[1].min(within[1])]
}

/// The length of a time in microseconds; 0 if it ends before it begins.
fn length([from, until]: [DateTime<Utc>; 2]) -> i128 {
    i128::from((until - from).num_microseconds().unwrap_or(i64::MAX)).max(0)
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, TimeDelta};

    use super::*;

    /// The beginning of a day of 2024.
    fn day(month: u32, day: u32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(2024, month, day).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc()
    }

    fn claim(asset: u128, from: DateTime<Utc>, until: DateTime<Utc>) -> Claim {
        Claim { asset: Uuid::from_u128(asset), life_begins: None, is_retired: false, from, until }
    }

    fn percent(fleet: &Fleet, time: [DateTime<Utc>; 2]) -> Option<i128> {
        fleet.utilization(time, Counted::ClaimedBefore).rate()
    }

    #[test]
    fn an_asset_is_out_for_the_part_of_its_claims_in_the_time() {
        let june = [day(6, 1), day(7, 1)];
        let claims = || [claim(1, day(5, 28), day(6, 3)), claim(1, day(6, 20), day(7, 9))];
        let fleet: Fleet = claims().into_iter().collect();
        assert_eq!(percent(&fleet, june), Some(43_330_000));
        // Read on 25 June.
        assert_eq!(percent(&fleet, [day(6, 1), day(6, 25)]), Some(29_170_000));
        // Overlapping claims are out once.
        let overlapping =
            claims().into_iter().chain([claim(1, day(6, 1), day(6, 2)), claim(1, day(6, 25), day(6, 28))]);
        assert_eq!(percent(&overlapping.collect(), june), Some(43_330_000));
        let bought = Claim { life_begins: Some(day(6, 16)), ..claim(2, day(6, 20), day(7, 1)) };
        assert_eq!(percent(&[bought].into_iter().collect(), june), Some(73_330_000));
    }

    #[test]
    fn an_asset_counts_from_its_first_claim_on_and_while_it_lives() {
        let time = [day(6, 1), day(7, 1)];
        let used =
            |claims: Vec<Claim>, counted| claims.into_iter().collect::<Fleet>().utilization(time, counted).assets;
        let [earlier, later] = [claim(1, day(6, 1), day(6, 1)), claim(2, day(7, 1), day(7, 1))];
        assert_eq!(used(vec![earlier.clone(), later.clone()], Counted::ClaimedBefore), 1);
        assert_eq!(used(vec![earlier.clone(), later.clone()], Counted::Out), 0);
        // What is retired lives until its last claim, which may be a later one.
        let retired = |claim: &Claim| Claim { is_retired: true, ..claim.clone() };
        assert_eq!(used(vec![retired(&earlier)], Counted::ClaimedBefore), 0);
        let both = [earlier, Claim { asset: Uuid::from_u128(1), ..later }];
        assert_eq!(used(both.iter().map(retired).collect(), Counted::ClaimedBefore), 1);
        let bought_later = Claim { life_begins: Some(day(8, 1)), ..claim(3, day(6, 1), day(6, 5)) };
        assert_eq!(used(vec![bought_later], Counted::ClaimedBefore), 0);
    }

    #[test]
    fn a_utilization_is_that_of_every_hour_counted_by_itself() {
        let begin = day(6, 1);
        let hour = |hours: u64| begin + TimeDelta::hours(i64::try_from(hours).unwrap());
        let mut seed = 7_u64;
        let mut below = |bound: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % bound
        };
        for _ in 0..300 {
            let [life_begins, from, until] = [below(60), below(100), 100 + below(100)];
            let claims: Vec<[u64; 2]> = (0..below(6)).map(|_| [below(200), below(200)]).collect();
            let with_life = |[from, until]: [u64; 2]| Claim {
                life_begins: Some(hour(life_begins)),
                ..claim(1, hour(from), hour(until))
            };
            let fleet: Fleet = claims.iter().copied().map(with_life).collect();
            let found = fleet.utilization([hour(from), hour(until)], Counted::ClaimedBefore);
            let is_out = |at: u64| claims.iter().any(|[from, until]| (*from..*until).contains(&at));
            let alive = || (from.max(life_begins)..until).filter(|_| claims.iter().any(|[begin, _]| *begin < until));
            let hours = |count: usize| i128::try_from(count).unwrap() * 3_600_000_000;
            assert_eq!(found.available, hours(alive().count()));
            assert_eq!(found.used, hours(alive().filter(|at| is_out(*at)).count()));
        }
    }
}
