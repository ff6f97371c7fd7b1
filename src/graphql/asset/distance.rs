//! Distances of assets: how far from a position each was last known to be.

use std::{collections::HashMap, sync::Arc};

use access::Action;
use async_graphql::Context;
use domain::{
    address::is_on_earth,
    asset::{current_assignment, returned_assignment},
};
use entity::{address, customer_asset};
use error::{Error, Result};
use futures_util::future::try_join_all;
use sea_orm::prelude::Uuid;
use store::{Deleted, Edge, Filter, SortTerm, edge};

use super::foremost;
use crate::graphql::{context::ContextExt, row_size::RowSize, scalar::Coordinates, unit::DistanceUnit};

/// The mean radius of Earth in kilometres: R1 of the Geodetic Reference System 1980.
const EARTH_RADIUS: f64 = 6_371.008_8;
/// A mile in kilometres.
const MILE: f64 = 1.609_344;

/// A distance on Earth, in kilometres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance(pub f64);

impl Distance {
    /// The great-circle distance of two positions on a sphere, by the haversine formula (R. W. Sinnott, "Virtues of the
    /// Haversine", Sky and Telescope 68, 1984, page 159). Earth is not quite a sphere: it differs by at most 0.6 percent.
    fn between(one: Coordinates, other: Coordinates) -> Self {
        let [[longitude, latitude], [other_longitude, other_latitude]] =
            [one, other].map(|Coordinates(position)| position.map(f64::to_radians));
        let haversine_of = |angle: f64| (angle / 2.0).sin().powi(2);
        let haversine = haversine_of(other_latitude - latitude)
            + latitude.cos() * other_latitude.cos() * haversine_of(other_longitude - longitude);
        // Between opposite positions, rounding can make it more than 1.
        Self(2.0 * EARTH_RADIUS * haversine.sqrt().min(1.0).asin())
    }

    /// The distance in a unit, rounded to three digits after the point.
    pub fn in_unit(self, unit: DistanceUnit) -> f64 {
        let distance = match unit {
            DistanceUnit::Km => self.0,
            DistanceUnit::Mi => self.0 / MILE,
        };
        (distance * 1_000.0).round() / 1_000.0
    }
}

/// The distances of assets from a position: each is where its current assignment is located, else where the one that was
/// returned last was. An asset whose place is unknown has no distance. The caller may read personal data, because also the
/// order of the distances tells where an address is.
pub async fn distances(ctx: &Context<'_>, near: Coordinates, assets: &[Uuid]) -> Result<HashMap<Uuid, Distance>> {
    use customer_asset::Column::{ReturnedAt, StartsAt};
    ctx.store().caller().require(Action::PiiRead)?;
    if !is_on_earth(near.0) {
        let message = "near: coordinates are [longitude, latitude] in degrees, from [-180, -90] to [180, 90].";
        return Err(Error::BadInput(message.to_owned()));
    }
    let now = ctx.store().now();
    let current = read(ctx, &edge::ASSET_CURRENT_ASSIGNMENT, assets, current_assignment(now), (StartsAt, None)).await?;
    let returned = read(ctx, &edge::ASSET_CUSTOMERS, assets, returned_assignment(now), (ReturnedAt, Some(1))).await?;
    let location = |(current, returned): (&Assignments, &Assignments)| {
        foremost(current).or_else(|| returned.first()).and_then(|row| row.location_id)
    };
    let locations: HashMap<_, _> = assets
        .iter()
        .zip(current.iter().zip(&returned))
        .filter_map(|(asset, assignments)| Some((*asset, location(assignments)?)))
        .collect();
    let addresses: Vec<_> = locations.values().copied().collect();
    let positions = positions(ctx, &addresses).await?;
    let distance = |location| Some(Distance::between(near, *positions.get(location)?));
    Ok(locations.iter().filter_map(|(asset, location)| Some((*asset, distance(location)?))).collect())
}

/// The assignments of an asset.
type Assignments = Vec<Arc<customer_asset::Model>>;

/// The assignments of each asset that meet a condition, the latest by a column first; all of them, or at most a number.
async fn read(
    ctx: &Context<'_>,
    edge: &'static Edge,
    assets: &[Uuid],
    condition: Filter,
    (latest, max): (customer_asset::Column, Option<u64>),
) -> Result<Vec<Assignments>> {
    use customer_asset::Column::{LocationId, Relationship};
    let query = || {
        let mut query = ctx.store().find::<customer_asset::Entity>()?.filter(condition);
        query.order = vec![SortTerm::column::<customer_asset::Entity>(latest, true), SortTerm::id(true)];
        query.size = max.unwrap_or(query.size);
        Ok(query.columns(vec![LocationId, Relationship]))
    };
    let (pages, _) = ctx.store().pages_under_parents(ctx.field_key(edge.name), edge, assets, query).await?;
    let (rows, bytes) =
        pages.iter().fold((0, 0), |(rows, bytes), page| (rows + page.rows.len() as u64, bytes + page.bytes));
    ctx.spend(rows, bytes, || RowSize::of(ctx.field().selection_set(), &[])).await;
    Ok(pages.iter().map(|page| page.rows.iter().map(|(row, _)| row.clone()).collect()).collect())
}

/// The positions of addresses, deleted ones too. An address without coordinates has none.
async fn positions(ctx: &Context<'_>, addresses: &[Uuid]) -> Result<HashMap<Uuid, Coordinates>> {
    let query = || {
        let find = ctx.store().find::<address::Entity>()?.deleted(Deleted::Include);
        Ok(find.columns(vec![address::Column::Coordinates]))
    };
    let found = ctx.store().rows_by_ids(ctx.field_key(edge::CUSTOMER_ASSET_LOCATION.name), addresses, query).await?;
    let bytes = found.iter().flatten().map(|(_, bytes)| bytes).sum();
    ctx.spend(found.len() as u64, bytes, || RowSize::of(ctx.field().selection_set(), &[])).await;
    // Together, because data keys that are not open yet are loaded in batches.
    let opened = found.iter().flatten().map(async |(row, _)| {
        let json = ctx.open(&**row, address::Column::Coordinates).await?;
        let position: Option<[f64; 2]> =
            json.map(|json| serde_json::from_str(&json)).transpose().map_err(Error::internal)?;
        Ok::<_, Error>(position.map(|position| (row.id, Coordinates(position))))
    });
    Ok(try_join_all(opened).await?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_a_sphere() {
        let kilometres = |one, other| Distance::between(Coordinates(one), Coordinates(other)).in_unit(DistanceUnit::Km);
        assert_eq!(kilometres([-96.8, 32.8], [-96.8, 32.8]).to_string(), "0");
        // A degree of the equator, also across the antimeridian; a quarter of a meridian; half of a great circle.
        assert_eq!(kilometres([0.0, 0.0], [1.0, 0.0]).to_string(), "111.195");
        assert_eq!(kilometres([179.5, 0.0], [-179.5, 0.0]).to_string(), "111.195");
        assert_eq!(kilometres([25.0, 0.0], [-70.0, 90.0]).to_string(), "10007.557");
        assert_eq!(kilometres([-96.8, 32.8], [83.2, -32.8]).to_string(), "20015.114");
        // Dallas to Chicago.
        let miles = Distance::between(Coordinates([-96.797, 32.7767]), Coordinates([-87.6298, 41.8781]));
        assert_eq!(miles.in_unit(DistanceUnit::Mi).to_string(), "804.649");
    }
}
