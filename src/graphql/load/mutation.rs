//! The mutations of loads, besides the transitions: inputs, payloads and fields.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{load as rules, value::FieldUpdate};

use super::{
    DistanceUnit, Load, TemperatureUnit, WeightUnit,
    children::{LoadChargeType, LoadReferenceType, LoadStopType},
};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, delete_input, mutations, restore_input},
    scalar::{DateTime, Decimal, MoneyInput, Ref, field_update, map_field},
};

/// A stop of a load.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStopInput {
    /// What happens at the stop.
    r#type: LoadStopType,
    /// The address. Null or omitted while it is unknown.
    address: Option<Ref>,
    /// The start of the appointment.
    window_start: Option<DateTime>,
    /// The end of the appointment; not before its start.
    window_end: Option<DateTime>,
    /// When the driver arrived.
    arrived_at: Option<DateTime>,
    /// When the driver departed; not before the arrival.
    departed_at: Option<DateTime>,
    /// Free text; at most 10,000 characters.
    notes: Option<String>,
}

/// A number by which another party knows a load.
#[derive(Clone, Debug, InputObject)]
pub struct LoadReferenceInput {
    /// The type of number.
    r#type: LoadReferenceType,
    /// The number; at most 200 characters.
    value: String,
}

/// The freight. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct LoadDetailsInput {
    /// The weight in `weightUnit`; not negative.
    weight: MaybeUndefined<Decimal>,
    /// The unit of `weight`. Defaults to the tenant's weight unit. A load without a weight has no unit.
    weight_unit: MaybeUndefined<WeightUnit>,
    /// The commodity; at most 200 characters.
    commodity: MaybeUndefined<String>,
    /// The declared value; not negative.
    value: MaybeUndefined<MoneyInput>,
    /// The number of pieces or pallets; 0 to 1,000,000.
    pieces: MaybeUndefined<i32>,
}

/// A charge of a load.
#[derive(Clone, Debug, InputObject)]
pub struct LoadChargeInput {
    /// The type of charge.
    r#type: LoadChargeType,
    /// A description; at most 200 characters.
    description: Option<String>,
    /// The quantity, for example of hours, miles or pallets; greater than 0. Defaults to 1.
    quantity: Option<Decimal>,
    /// The price of one unit in major units, with at most six digits after the point; negative for a credit.
    unit_amount: Decimal,
    /// ISO 4217 currency code; defaults to the tenant's currency. All charges of a load have the same one.
    currency: Option<String>,
}

/// The fields that creating, updating and upserting a load share, besides customer and external reference. Stops,
/// driver, truck, trailer and carrier can change until the load is COMPLETED; number, details, equipment, temperature,
/// distance and charges until it is INVOICED; references in every status.
#[derive(Clone, Debug, InputObject)]
pub struct LoadFieldsInput {
    /// The tenant's number for the load, unique; at most 200 characters. If it is omitted, Fieldgate assigns one to a
    /// new load.
    number: MaybeUndefined<String>,
    /// All stops in order, 2 to 100, with a PICKUP before a DELIVERY. They replace the existing stops. Cannot be
    /// combined with `pickupLocation`, `deliveryLocation`, `scheduledPickup` and `scheduledDelivery`.
    stops: MaybeUndefined<Vec<LoadStopInput>>,
    /// The address of the first PICKUP. A new load with this and `deliveryLocation` has two stops.
    pickup_location: MaybeUndefined<Ref>,
    /// The address of the last DELIVERY.
    delivery_location: MaybeUndefined<Ref>,
    /// The start of the appointment at the first PICKUP; an existing appointment keeps its length. Null: no
    /// appointment.
    scheduled_pickup: MaybeUndefined<DateTime>,
    /// The start of the appointment at the last DELIVERY; an existing appointment keeps its length. Null: no
    /// appointment.
    scheduled_delivery: MaybeUndefined<DateTime>,
    /// All numbers by which other parties know the load, at most 50. They replace the existing numbers; null removes
    /// all.
    references: MaybeUndefined<Vec<LoadReferenceInput>>,
    /// The freight.
    load_details: MaybeUndefined<LoadDetailsInput>,
    /// The required equipment, such as the type of trailer; at most 200 characters.
    equipment_type: MaybeUndefined<String>,
    /// Whether the load contains hazardous material. A new load defaults to false.
    hazmat: MaybeUndefined<bool>,
    /// The temperature to keep, in `temperatureUnit`.
    temperature: MaybeUndefined<Decimal>,
    /// The unit of `temperature`. Defaults to F for a tenant that measures in miles, else to C.
    temperature_unit: MaybeUndefined<TemperatureUnit>,
    /// The distance in `distanceUnit`; not negative.
    distance: MaybeUndefined<Decimal>,
    /// The unit of `distance`. Defaults to the tenant's distance unit.
    distance_unit: MaybeUndefined<DistanceUnit>,
    /// The driver's id in the caller's system; at most 200 characters.
    driver: MaybeUndefined<String>,
    /// The truck's id in the caller's system; at most 200 characters.
    truck: MaybeUndefined<String>,
    /// The trailer's id in the caller's system; at most 200 characters.
    trailer: MaybeUndefined<String>,
    /// The carrier's id in the caller's system; at most 200 characters.
    carrier: MaybeUndefined<String>,
    /// All charges, at most 100. They replace the existing charges; null removes all.
    charges: MaybeUndefined<Vec<LoadChargeInput>>,
    /// Values of custom fields, at most 200. A field that is not listed keeps its value, or gets its default in a new
    /// row. They can change in every status.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A new load. Its status is NEW.
#[derive(Clone, Debug, InputObject)]
pub struct LoadCreateInput {
    /// The customer that pays. It cannot be changed later.
    customer: Ref,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: LoadFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The changes to a load. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct LoadUpdateInput {
    /// The load.
    id: Ref,
    /// The version that the load must have; another version fails with VERSION_CONFLICT.
    expected_version: Option<i32>,
    /// The customer that pays. It cannot be changed: another customer is refused.
    customer: Option<Ref>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: LoadFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The load to create, or to update if its external reference exists. An omitted field stays as it is; null clears it.
#[derive(Clone, Debug, InputObject)]
pub struct LoadUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// The version that the load must have; another version fails with VERSION_CONFLICT, and with NOT_FOUND where there is
    /// no such load yet.
    expected_version: Option<i32>,
    /// The customer that pays. Required for a new load; it cannot be changed later.
    customer: Option<Ref>,
    #[graphql(flatten)]
    fields: LoadFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

delete_input! { LoadDeleteInput of "load" }
restore_input! { LoadRestoreInput of "load" }

impl LoadFieldsInput {
    fn draft(self, customer: Option<Ref>, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            customer: customer.map(|customer| customer.0),
            number: field_update(self.number),
            route: rules::RouteDraft {
                stops: map_field(self.stops, |stops| stops.into_iter().map(LoadStopInput::draft).collect()),
                pickup: map_field(self.pickup_location, |address| address.0),
                delivery: map_field(self.delivery_location, |address| address.0),
                scheduled_pickup: map_field(self.scheduled_pickup, |at| at.0),
                scheduled_delivery: map_field(self.scheduled_delivery, |at| at.0),
            },
            references: map_field(self.references, |list| list.into_iter().map(LoadReferenceInput::draft).collect()),
            details: map_field(self.load_details, LoadDetailsInput::draft),
            equipment_type: field_update(self.equipment_type),
            hazmat: field_update(self.hazmat),
            temperature: map_field(self.temperature, |degrees| degrees.0),
            temperature_unit: map_field(self.temperature_unit, TemperatureUnit::word),
            distance: map_field(self.distance, |distance| distance.0),
            distance_unit: map_field(self.distance_unit, DistanceUnit::word),
            driver: field_update(self.driver),
            truck: field_update(self.truck),
            trailer: field_update(self.trailer),
            carrier: field_update(self.carrier),
            charges: map_field(self.charges, |list| list.into_iter().map(LoadChargeInput::draft).collect()),
            rating: None,
            custom_fields: value_inputs(self.custom_fields),
        }
    }
}

impl LoadStopInput {
    fn draft(self) -> rules::StopDraft {
        rules::StopDraft {
            stop_type: self.r#type.into(),
            address: self.address.map(|address| address.0),
            window_start: self.window_start.map(|at| at.0),
            window_end: self.window_end.map(|at| at.0),
            arrived_at: self.arrived_at.map(|at| at.0),
            departed_at: self.departed_at.map(|at| at.0),
            notes: self.notes,
        }
    }
}

impl LoadReferenceInput {
    fn draft(self) -> rules::ReferenceDraft {
        rules::ReferenceDraft { reference_type: self.r#type.into(), value: self.value }
    }
}

impl LoadDetailsInput {
    fn draft(self) -> rules::DetailsDraft {
        rules::DetailsDraft {
            weight: map_field(self.weight, |weight| weight.0),
            weight_unit: map_field(self.weight_unit, WeightUnit::word),
            commodity: field_update(self.commodity),
            value: map_field(self.value, MoneyInput::price),
            pieces: field_update(self.pieces),
        }
    }
}

impl LoadChargeInput {
    fn draft(self) -> rules::ChargeDraft {
        rules::ChargeDraft {
            charge_type: self.r#type.into(),
            description: self.description,
            quantity: self.quantity.map(|quantity| quantity.0),
            unit_amount: self.unit_amount.0,
            currency: self.currency,
        }
    }
}

mutations! {
    /// The mutations of loads, besides the transitions.
    LoadMutation of load: Load;

    /// Creates a load for a customer. Its status is NEW. Requires `load:write`.
    load_create as "loadCreate", load_create_many
        (LoadCreateInput: "The load to create.") -> LoadCreatePayload
        requires Action::LoadWrite => |tx, input| {
            let draft = input.fields.draft(Some(input.customer), input.external_reference.into());
            rules::create(tx, draft).await
        };

    /// Updates a load as far as its status allows. Requires `load:write`.
    load_update as "loadUpdate", load_update_many
        (LoadUpdateInput: "The load and its changes.") -> LoadUpdatePayload
        requires Action::LoadWrite => |tx, input| {
            let draft = input.fields.draft(input.customer, field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Creates the load with the given external reference, or updates it if it exists. A deleted load is restored.
    /// Requires `load:write`, and `load:bill` to restore an INVOICED or PAID load.
    load_upsert as "loadUpsert", load_upsert_many
        (LoadUpsertInput: "The load to create or update.") -> LoadUpsertPayload
        requires Action::LoadWrite => |tx, input| {
            let draft = input.fields.draft(input.customer, FieldUpdate::Keep);
            rules::upsert(tx, &input.external_reference, input.expected_version, draft).await
        };

    /// Deletes a load: it is hidden and can be restored. Fails while the load is DISPATCHED or IN_PROGRESS. Requires
    /// `load:write`, and `load:bill` for an INVOICED or PAID load.
    load_delete as "loadDelete", load_delete_many
        (LoadDeleteInput: "The load to delete.") -> LoadDeletePayload
        requires Action::LoadWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Restores a deleted load with the status it had. Fails for an open load whose customer, or an address of whose
    /// stops, is deleted. Requires `load:write`, and `load:bill` for an INVOICED or PAID load.
    load_restore as "loadRestore", load_restore_many
        (LoadRestoreInput: "The load to restore.") -> LoadRestorePayload
        requires Action::LoadWrite => |tx, input| rules::restore(tx, &input.id.0, input.expected_version).await;
}
