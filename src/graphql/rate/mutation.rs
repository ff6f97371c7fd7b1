//! The mutations of rates: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{
    rate::{self as rules, accessorial::AccessorialDraft, fuel::FuelBandDraft},
    value::FieldUpdate,
};
use entity::rate;

use super::{Rate, RateType};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    load::LoadChargeType,
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{Date, Decimal, MoneyInput, Ref, field_update, map_field},
};

/// An end of a lane: all places, where every field is omitted.
#[derive(Clone, Debug, InputObject)]
pub struct LaneEndInput {
    /// How its zip codes begin; at most 16 characters. Case, spaces and hyphens are ignored. Requires `country`.
    zip_prefix: Option<String>,
    /// Its state; at most 200 characters. Requires `country`.
    state: Option<String>,
    /// Its country, ISO 3166-1 alpha-2.
    country: Option<String>,
}

/// A band of fuel prices: it reaches up to the next one of its day, the last one has no end.
#[derive(Clone, Debug, InputObject)]
pub struct RateFuelBandInput {
    /// The first day on which the band holds, in the tenant's time zone; the bands of a later day replace all earlier ones.
    /// Omitted: always.
    effective_from: Option<Date>,
    /// The least price of fuel, in the unit in which the tenant notes it; not negative.
    price_from: Decimal,
    /// The fuel surcharge in percent; 0 to 1000.
    percent: Decimal,
}

/// What a rate adds for an additional service: either an amount or a percentage.
#[derive(Clone, Debug, InputObject)]
pub struct RateAccessorialInput {
    /// The type of the charge that it becomes; not LINEHAUL or FUEL.
    r#type: LoadChargeType,
    /// A description; at most 200 characters. No two accessorials of a rate have the same type and description.
    description: Option<String>,
    /// The amount of a unit in major units, with at most six digits after the point; negative for a credit.
    amount: Option<Decimal>,
    /// The percentage of the base, after the minimum has lifted it; -100 to 1000.
    percent: Option<Decimal>,
    /// Whether all work bears it. Otherwise only work that names it does.
    #[graphql(default = true)]
    automatic: bool,
}

/// The fields that creating, updating and upserting a rate share, besides type, amount and external reference.
#[derive(Clone, Debug, InputObject)]
pub struct RateFieldsInput {
    /// The name; at most 200 characters.
    name: MaybeUndefined<String>,
    /// ISO 4217 currency code of all amounts of the rate. A new rate defaults to the tenant's currency. Another currency
    /// clears the minimum, unless it is given, too.
    currency: MaybeUndefined<String>,
    /// The amount of a week of a rental; not negative. Only with PER_DAY.
    week_amount: MaybeUndefined<Decimal>,
    /// The amount of a calendar month of a rental; not negative. Only with PER_DAY and PER_WEEK.
    month_amount: MaybeUndefined<Decimal>,
    /// The least that the work costs before the fuel surcharge; not negative, in the rate's currency.
    minimum: MaybeUndefined<MoneyInput>,
    /// The fuel surcharge in percent; 0 to 1000. Not with `fuelSurchargeBands`.
    fuel_surcharge: MaybeUndefined<Decimal>,
    /// The fuel surcharge by the price of fuel; at most 500 bands. They replace the existing bands. Not with `fuelSurcharge`.
    fuel_surcharge_bands: MaybeUndefined<Vec<RateFuelBandInput>>,
    /// What the rate adds for additional services; at most 50. They replace the existing accessorials.
    accessorials: MaybeUndefined<Vec<RateAccessorialInput>>,
    /// Where the lane begins. Replaced as a whole; null: anywhere.
    origin: MaybeUndefined<LaneEndInput>,
    /// Where the lane ends. Replaced as a whole; null: anywhere.
    destination: MaybeUndefined<LaneEndInput>,
    /// The type of service; at most 200 characters. Null: all.
    service_type: MaybeUndefined<String>,
    /// The category of equipment; at most 200 characters. Null: all.
    equipment_category: MaybeUndefined<String>,
    /// The first day on which the rate holds, in the tenant's time zone. Null: always.
    effective_from: MaybeUndefined<Date>,
    /// The last day on which the rate holds, in the tenant's time zone. Null: always.
    effective_until: MaybeUndefined<Date>,
    /// Whether older rates for the same work end on the day before `effectiveFrom`. Without it, they refuse the rate.
    #[graphql(default)]
    supersede: bool,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new rate.
#[derive(Clone, Debug, InputObject)]
pub struct RateCreateInput {
    /// The customer. Omitted: all customers.
    customer: Option<Ref>,
    /// The unit that the amount is for.
    r#type: RateType,
    /// The amount of a unit in major units, with at most six digits after the point; not negative.
    amount: Decimal,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: RateFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a rate. An omitted field stays as it is; null clears it. The customer cannot be changed.
#[derive(Clone, Debug, InputObject)]
pub struct RateUpdateInput {
    /// The rate.
    id: Ref,
    /// The version that the rate must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    /// The unit that the amount is for.
    r#type: MaybeUndefined<RateType>,
    /// The amount of a unit in major units, with at most six digits after the point; not negative.
    amount: MaybeUndefined<Decimal>,
    #[graphql(flatten)]
    fields: RateFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The rate to create, or to update if its external reference exists. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct RateUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the rate must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is no
    /// such rate yet.
    expected_version: Option<i32>,
    /// The customer of a new rate. Omitted: all customers. It cannot be changed later.
    customer: Option<Ref>,
    /// The unit that the amount is for. Required for a new rate.
    r#type: MaybeUndefined<RateType>,
    /// The amount of a unit in major units, required for a new rate, with at most six digits after the point; not negative.
    amount: MaybeUndefined<Decimal>,
    #[graphql(flatten)]
    fields: RateFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { RateDeleteInput of "rate" }
restore_input! { RateRestoreInput of "rate" }

impl LaneEndInput {
    fn end(self) -> rules::LaneEnd {
        rules::LaneEnd { zip_prefix: self.zip_prefix, state: self.state, country: self.country }
    }
}

impl RateFuelBandInput {
    fn draft(self) -> FuelBandDraft {
        FuelBandDraft {
            effective_from: self.effective_from.map(|day| day.0),
            price_from: self.price_from.0,
            percent: self.percent.0,
        }
    }
}

impl RateAccessorialInput {
    fn draft(self) -> AccessorialDraft {
        AccessorialDraft {
            charge_type: self.r#type.into(),
            description: self.description,
            amount: self.amount.map(|amount| amount.0),
            percent: self.percent.map(|percent| percent.0),
            automatic: self.automatic,
        }
    }
}

impl RateFieldsInput {
    fn draft(
        self,
        external_reference: FieldUpdate<String>,
        rate_type: FieldUpdate<rate::RateType>,
        amount: FieldUpdate<domain::value::Decimal>,
    ) -> rules::Draft {
        rules::Draft {
            external_reference,
            name: field_update(self.name),
            rate_type,
            amount,
            currency: field_update(self.currency),
            week_amount: map_field(self.week_amount, |amount| amount.0),
            month_amount: map_field(self.month_amount, |amount| amount.0),
            minimum: map_field(self.minimum, MoneyInput::price),
            fuel_surcharge: map_field(self.fuel_surcharge, |percent| percent.0),
            fuel_surcharge_bands: map_field(self.fuel_surcharge_bands, |list| {
                list.into_iter().map(RateFuelBandInput::draft).collect()
            }),
            accessorials: map_field(self.accessorials, |list| {
                list.into_iter().map(RateAccessorialInput::draft).collect()
            }),
            origin: map_field(self.origin, LaneEndInput::end),
            destination: map_field(self.destination, LaneEndInput::end),
            service_type: field_update(self.service_type),
            equipment_category: field_update(self.equipment_category),
            effective_from: map_field(self.effective_from, |day| day.0),
            effective_until: map_field(self.effective_until, |day| day.0),
            supersede: self.supersede,
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

mutations! {
    /// The mutations of rates.
    RateMutation of rate: Rate;

    /// Creates a rate. Fails with OVERLAP if another one for the same work holds at the same time, unless `supersede` ends it.
    /// Requires `rate:write`.
    rate_create as "rateCreate", rate_create_many
        (RateCreateInput: "The rate to create.") -> RateCreatePayload
        requires Action::RateWrite => |tx, input| {
            let (unit, amount) = (FieldUpdate::Set(input.r#type.into()), FieldUpdate::Set(input.amount.0));
            let draft = input.fields.draft(input.external_reference.into(), unit, amount);
            rules::create(tx, input.customer.map(|customer| customer.0).as_ref(), draft).await
        };

    /// Updates a rate. Fails with OVERLAP if another one for the same work holds at the same time, unless `supersede` ends it.
    /// Requires `rate:write`.
    rate_update as "rateUpdate", rate_update_many
        (RateUpdateInput: "The rate and its changes.") -> RateUpdatePayload
        requires Action::RateWrite => |tx, input| {
            let (unit, amount) = (map_field(input.r#type, Into::into), map_field(input.amount, |amount| amount.0));
            let draft = input.fields.draft(field_update(input.external_reference), unit, amount);
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the rate with the given external reference, or updates it if it exists. A deleted rate is restored. Requires
    /// `rate:write`.
    rate_upsert as "rateUpsert", rate_upsert_many
        (RateUpsertInput: "The rate to create or update.") -> RateUpsertPayload
        requires Action::RateWrite => |tx, input| {
            let (unit, amount) = (map_field(input.r#type, Into::into), map_field(input.amount, |amount| amount.0));
            let draft = input.fields.draft(FieldUpdate::Keep, unit, amount);
            let customer = input.customer.map(|customer| customer.0);
            let reference = &input.external_reference;
            Box::pin(rules::upsert(tx, customer.as_ref(), reference, input.expected_version, draft)).await
        };

    /// Deletes a rate: it is hidden, chosen no longer, and can be restored. Requires `rate:write`.
    rate_delete as "rateDelete", rate_delete_many
        (RateDeleteInput: "The rate to delete.") -> RateDeletePayload
        requires Action::RateWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted rate. Fails with OVERLAP if another one for the same work holds at the same time by now. Requires
    /// `rate:write`.
    rate_restore as "rateRestore", rate_restore_many
        (RateRestoreInput: "The rate to restore.") -> RateRestorePayload
        requires Action::RateWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}
