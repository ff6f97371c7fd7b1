//! Assets: pieces of equipment the tenant knows, whoever has them.

use std::sync::Arc;

use async_graphql::{Context, Enum, InputObject, MaybeUndefined, Object, SimpleObject};
use entity::{asset, custom_field_definition::Owner};

use super::{
    change::Change,
    connection::{edges, roots},
    custom_field::{CustomFieldInput, given},
    customer_asset::{CustomerAsset, CustomerAssetEdgeFilter},
    filter::{DateFilter, DateTimeFilter, DecimalFilter, IntFilter, TextFilter, enum_filter, filter},
    mutation::{payloads, write},
    node::face,
    order::order,
    scalar::{Date, DateTime, Decimal, Ref, field, same},
};
use crate::{
    access::Action,
    domain::{asset as rules, value, value::Field},
    error::Result,
};

/// Whether an asset can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "asset::Status")]
pub enum AssetStatus {
    /// In use, or ready for it.
    Active,
    /// Not usable for now.
    OutOfService,
    /// Gone for good.
    Retired,
}

enum_filter! { AssetStatusFilter of AssetStatus as asset::Status; }

face! {
    /// A piece of equipment: a trailer, a compressor, a furnace. Who has it is told by `customers`.
    Asset of asset: AssetFields, AssetEdges, AssetFilter, AssetOrder;
    "meter" => [MeterValue, MeterUnit, MeterAt],
}

/// What an asset has besides the common fields.
pub struct AssetFields(Arc<asset::Model>);

/// The last known reading of a meter.
#[derive(SimpleObject)]
pub struct Meter {
    /// What it shows.
    value: Decimal,
    /// What it counts, as it was given: `h`, `mi`. Null if nobody said.
    unit: Option<String>,
    /// When it was read.
    at: Option<DateTime>,
}

#[Object]
impl AssetFields {
    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The number painted on it. Null if it has none.
    async fn unit_number(&self) -> Option<&str> {
        self.0.unit_number.as_deref()
    }

    /// What kind of equipment, in the tenant's own words: `HVAC`, `Trailer`. Null if nobody said.
    async fn category(&self) -> Option<&str> {
        self.0.category.as_deref()
    }

    /// Who made it. Null if nobody said.
    async fn make(&self) -> Option<&str> {
        self.0.make.as_deref()
    }

    /// The maker's model. Null if nobody said.
    async fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// Model year. Null if nobody said.
    async fn year(&self) -> Option<i32> {
        self.0.year
    }

    /// The maker's serial number. Null if nobody said.
    async fn serial_number(&self) -> Option<&str> {
        self.0.serial_number.as_deref()
    }

    /// When it was installed. Null if it was not, or nobody said.
    async fn install_date(&self) -> Option<Date> {
        self.0.install_date.map(Date)
    }

    /// The last day of its warranty. Null if there is none, or nobody said.
    async fn warranty_expiration(&self) -> Option<Date> {
        self.0.warranty_expiration.map(Date)
    }

    /// The last known reading of its meter. Null if there is none.
    async fn meter(&self) -> Option<Meter> {
        let value = Decimal(value::Decimal(self.0.meter_value?));
        Some(Meter { value, unit: self.0.meter_unit.clone(), at: self.0.meter_at.map(DateTime) })
    }

    /// Whether it can be used.
    async fn status(&self) -> AssetStatus {
        self.0.status.into()
    }
}

edges! {
    AssetEdges of asset;
    many {
        /// Who has the asset, who had it and who will have it: one customer asset for each time.
        customers: ASSET_CUSTOMERS -> CustomerAsset;
        /// What was written of it, in order. Needs `change:read`.
        changes: ASSET_CHANGES -> Change;
    }
    one {}
    custom_fields ASSET_VALUES of Asset;
}

filter! {
    /// Which assets. All tests given must pass.
    AssetFilter of "asset_id", Owner::Asset;
    columns {
        /// What it is called.
        name: TextFilter => "name_key",
        /// The number painted on it.
        unit_number: TextFilter => "unit_number_key",
        /// What kind of equipment.
        category: TextFilter => "category_key",
        /// Who made it.
        make: TextFilter => "make_key",
        /// The maker's model.
        model: TextFilter => "model_key",
        /// Model year.
        year: IntFilter => "year",
        /// The maker's serial number.
        serial_number: TextFilter => "serial_number_key",
        /// When it was installed.
        install_date: DateFilter => "install_date",
        /// The last day of its warranty.
        warranty_expiration: DateFilter => "warranty_expiration",
        /// What its meter shows.
        meter_value: DecimalFilter => "meter_value",
        /// When its meter was last read.
        meter_at: DateTimeFilter => "meter_at",
        /// Whether it can be used.
        status: AssetStatusFilter => "status",
    }
    personal {}
    many {
        /// Who has the asset, who had it and who will have it.
        customers: CustomerAssetEdgeFilter => ASSET_CUSTOMERS,
    }
    one {}
}

order! {
    /// What assets can be ordered by.
    AssetOrderField, AssetOrder of asset, Some(("asset_id", Owner::Asset));
    /// What it is called.
    Name => NameKey,
    /// The number painted on it, as text.
    UnitNumber => UnitNumberKey,
    /// What kind of equipment.
    Category => CategoryKey,
    /// Who made it.
    Make => MakeKey,
    /// The maker's model.
    Model => ModelKey,
    /// Model year.
    Year => Year,
    /// The maker's serial number.
    SerialNumber => SerialNumberKey,
    /// When it was installed.
    InstallDate => InstallDate,
    /// The last day of its warranty.
    WarrantyExpiration => WarrantyExpiration,
    /// What its meter shows.
    MeterValue => MeterValue,
    /// Whether it can be used, in alphabetical order of the values.
    Status => Status,
}

roots! {
    AssetQuery:
    /// The asset of an id, live or deleted. Null if the id names none. Needs `asset:read`.
    asset,
    /// All assets. Needs `asset:read`.
    assets -> Asset
}

/// A reading of a meter.
#[derive(Clone, Debug, InputObject)]
pub struct MeterInput {
    /// What it shows; not negative.
    value: Decimal,
    /// What it counts, `h` or `mi`; as before if absent. At most 200 characters.
    unit: MaybeUndefined<String>,
    /// When it was read; now if absent or null.
    at: Option<DateTime>,
}

/// What an asset can be given, besides name and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct AssetFieldsInput {
    /// The number painted on it; at most 200 characters.
    unit_number: MaybeUndefined<String>,
    /// What kind of equipment, in the tenant's own words; at most 200 characters.
    category: MaybeUndefined<String>,
    /// Who made it; at most 200 characters.
    make: MaybeUndefined<String>,
    /// The maker's model; at most 200 characters.
    model: MaybeUndefined<String>,
    /// Model year; 1800 to 2200.
    year: MaybeUndefined<i32>,
    /// The maker's serial number; at most 200 characters.
    serial_number: MaybeUndefined<String>,
    /// When it was installed.
    install_date: MaybeUndefined<Date>,
    /// The last day of its warranty.
    warranty_expiration: MaybeUndefined<Date>,
    /// The last known reading of its meter.
    meter: MaybeUndefined<MeterInput>,
    /// Whether it can be used; ACTIVE if absent.
    status: MaybeUndefined<AssetStatus>,
    /// Values of custom fields, by their keys; fields that are not named stay as they are, and get their defaults in a new
    /// row. At most 200.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// An asset to be made.
#[derive(Clone, Debug, InputObject)]
pub struct AssetCreateInput {
    /// What it is called; at most 200 characters.
    name: String,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
}

/// An asset to be changed: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct AssetUpdateInput {
    /// The asset.
    id: Ref,
    /// Write only if the asset is still at this version.
    expected_version: Option<i32>,
    /// What it is called; at most 200 characters.
    name: MaybeUndefined<String>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
}

/// An asset to be made, or changed where its external reference is known: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct AssetUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// What it is called, needed for a new asset; at most 200 characters.
    name: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: AssetFieldsInput,
}

/// An asset to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct AssetDeleteInput {
    /// The asset.
    id: Ref,
    /// Delete only if the asset is still at this version.
    expected_version: Option<i32>,
}

/// An asset to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct AssetRestoreInput {
    /// The asset.
    id: Ref,
}

impl AssetFieldsInput {
    fn draft(self, name: Field<String>, external_reference: Field<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            name,
            unit_number: same(self.unit_number),
            category: same(self.category),
            make: same(self.make),
            model: same(self.model),
            year: same(self.year),
            serial_number: same(self.serial_number),
            install_date: field(self.install_date, |day| day.0),
            warranty_expiration: field(self.warranty_expiration, |day| day.0),
            meter: field(self.meter, |meter| rules::Reading {
                value: meter.value.0,
                unit: same(meter.unit),
                at: meter.at.map(|at| at.0),
            }),
            status: field(self.status, Into::into),
            custom_fields: given(self.custom_fields),
        }
    }
}

impl AssetCreateInput {
    /// The asset as the domain reads it.
    pub fn draft(self) -> rules::Draft {
        self.fields.draft(Field::Set(self.name), self.external_reference.into())
    }
}

payloads! {
    asset: Asset;
    AssetCreatePayload, AssetUpdatePayload, AssetUpsertPayload, AssetDeletePayload, AssetRestorePayload,
}

/// What can be done to assets.
#[derive(Default)]
pub struct AssetMutation;

#[Object]
impl AssetMutation {
    /// Makes an asset. Needs `asset:write`.
    async fn asset_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The asset.")] input: AssetCreateInput,
    ) -> Result<AssetCreatePayload> {
        let made = async |tx: &_| rules::create(tx, input.draft()).await;
        Ok(write::<Asset>(ctx, Action::AssetWrite, made).await?.into())
    }

    /// Changes an asset. Needs `asset:write`.
    async fn asset_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: AssetUpdateInput,
    ) -> Result<AssetUpdatePayload> {
        let draft = input.fields.draft(same(input.name), same(input.external_reference));
        let changed = async |tx: &_| rules::update(tx, &input.id.0, input.expected_version, draft).await;
        Ok(write::<Asset>(ctx, Action::AssetWrite, changed).await?.into())
    }

    /// Makes the asset of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `asset:write`.
    async fn asset_upsert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The asset.")] input: AssetUpsertInput,
    ) -> Result<AssetUpsertPayload> {
        let draft = input.fields.draft(same(input.name), Field::Keep);
        let put = async |tx: &_| rules::upsert(tx, &input.external_reference, draft).await;
        Ok(write::<Asset>(ctx, Action::AssetWrite, put).await?.into())
    }

    /// Deletes an asset: it is hidden, and can be restored. Refused while it is on rent or lease and did not come back.
    /// Needs `asset:write`.
    async fn asset_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The asset.")] input: AssetDeleteInput,
    ) -> Result<AssetDeletePayload> {
        let deleted = async |tx: &_| rules::delete(tx, &input.id.0, input.expected_version).await;
        Ok(write::<Asset>(ctx, Action::AssetWrite, deleted).await?.into())
    }

    /// Brings a deleted asset back. Needs `asset:write`.
    async fn asset_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The asset.")] input: AssetRestoreInput,
    ) -> Result<AssetRestorePayload> {
        let restored = async |tx: &_| rules::restore(tx, &input.id.0).await;
        Ok(write::<Asset>(ctx, Action::AssetWrite, restored).await?.into())
    }
}
