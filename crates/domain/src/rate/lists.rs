//! The lists of a rate: accessorials and bands of fuel prices.

use entity::{rate_accessorial, rate_fuel_band};
use error::Result;
use sea_orm::prelude::Uuid;
use store::{Tx, edge, tx::ChildRowsImage};

use crate::child_rows::ChildRows;

/// The lists of a rate as they will be written, and whether it ends older rates that match the same work.
pub struct ChildLists {
    /// The accessorials.
    pub accessorials: ChildRows<rate_accessorial::Entity>,
    /// The bands of fuel prices.
    pub fuel_bands: ChildRows<rate_fuel_band::Entity>,
    /// Whether the rate ends older ones.
    pub supersede: bool,
}

impl ChildLists {
    /// The lists of a new rate.
    pub fn none(supersede: bool) -> Self {
        Self {
            accessorials: ChildRows::none(&edge::RATE_ACCESSORIALS),
            fuel_bands: ChildRows::none(&edge::RATE_FUEL_BANDS),
            supersede,
        }
    }

    /// Reads the lists of a rate that an update changes: the accessorials, the bands.
    pub async fn read(tx: &Tx, rate: Uuid, [accessorials, bands]: [bool; 2], supersede: bool) -> Result<Self> {
        let mut lists = Self::none(supersede);
        if accessorials {
            lists.accessorials = ChildRows::read(tx, &edge::RATE_ACCESSORIALS, rate).await?;
        }
        if bands {
            lists.fuel_bands = ChildRows::read(tx, &edge::RATE_FUEL_BANDS, rate).await?;
        }
        Ok(lists)
    }

    /// Writes the lists that differ, and returns their images for the change log.
    pub async fn write(self, tx: &Tx, rate: Uuid) -> Result<Vec<ChildRowsImage>> {
        let written = [self.accessorials.write(tx, rate).await?, self.fuel_bands.write(tx, rate).await?];
        Ok(written.into_iter().flatten().collect())
    }
}
