//! Changes of loads: inputs, payloads and mutations, besides the verbs.

use access::Action;
use async_graphql::{InputObject, MaybeUndefined};
use domain::{load as rules, value::FieldUpdate};

use super::{
    DistanceUnit, Load, TemperatureUnit, WeightUnit,
    child::{LoadChargeType, LoadReferenceType, LoadStopType},
};
use crate::graphql::{
    custom_field::{CustomFieldInput, value_inputs},
    mutation::{IdempotencyInput, mutations},
    scalar::{DateTime, Decimal, MoneyInput, Ref, field_update, map_field},
};

/// One stop of a load.
#[derive(Clone, Debug, InputObject)]
pub struct LoadStopInput {
    /// What happens there.
    r#type: LoadStopType,
    /// Where it is; null or absent while not known.
    address: Option<Ref>,
    /// When the appointment begins.
    window_start: Option<DateTime>,
    /// When the appointment ends; not before it begins.
    window_end: Option<DateTime>,
    /// When the driver came.
    arrived_at: Option<DateTime>,
    /// When the driver left; not before they came.
    departed_at: Option<DateTime>,
    /// Free text; at most 10,000 characters.
    notes: Option<String>,
}

/// A number that somebody else gave a load.
#[derive(Clone, Debug, InputObject)]
pub struct LoadReferenceInput {
    /// Whose number it is.
    r#type: LoadReferenceType,
    /// The number; at most 200 characters.
    value: String,
}

/// What is moved: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct LoadDetailsInput {
    /// How heavy it is, in `weightUnit`; not negative.
    weight: MaybeUndefined<Decimal>,
    /// The unit of `weight`; the tenant's if nobody said. Without a weight there is none.
    weight_unit: MaybeUndefined<WeightUnit>,
    /// What it is; at most 200 characters.
    commodity: MaybeUndefined<String>,
    /// What it is declared to be worth; not negative.
    value: MaybeUndefined<MoneyInput>,
    /// How many pieces or pallets; 0 to 1,000,000.
    pieces: MaybeUndefined<i32>,
}

/// One line of what a load costs.
#[derive(Clone, Debug, InputObject)]
pub struct LoadChargeInput {
    /// What it is for.
    r#type: LoadChargeType,
    /// In words; at most 200 characters.
    description: Option<String>,
    /// How many: hours, miles, pallets; greater than 0, one if absent.
    quantity: Option<Decimal>,
    /// What one costs; negative for a credit. All charges of a load are in one currency.
    unit_amount: MoneyInput,
}

/// What a load can be given, besides its customer and external reference. Stops, driver, truck, trailer and carrier
/// change until the load is COMPLETED; number, details, equipment, temperature, distance and charges until it is INVOICED;
/// references at any time.
#[derive(Clone, Debug, InputObject)]
pub struct LoadFieldsInput {
    /// The tenant's number for the load; given by Fieldgate if absent. At most 200 characters, unique.
    load_number: MaybeUndefined<String>,
    /// All stops in order, 2 to 100, a PICKUP and after it a DELIVERY among them; they replace those that are there. Not
    /// together with the four fields that follow.
    stops: MaybeUndefined<Vec<LoadStopInput>>,
    /// Where the first PICKUP is. A new load with this and `deliveryLocation` has two stops.
    pickup_location: MaybeUndefined<Ref>,
    /// Where the last DELIVERY is.
    delivery_location: MaybeUndefined<Ref>,
    /// When the window of the first PICKUP begins; a window that is there keeps its length. Null: no appointment.
    scheduled_pickup: MaybeUndefined<DateTime>,
    /// When the window of the last DELIVERY begins; a window that is there keeps its length. Null: no appointment.
    scheduled_delivery: MaybeUndefined<DateTime>,
    /// All numbers others know the load by, at most 50; they replace those that are there. Null: none.
    references: MaybeUndefined<Vec<LoadReferenceInput>>,
    /// What is moved.
    load_details: MaybeUndefined<LoadDetailsInput>,
    /// What trailer it takes; at most 200 characters.
    equipment_type: MaybeUndefined<String>,
    /// Whether hazardous material is moved; not, if absent.
    hazmat: MaybeUndefined<bool>,
    /// At how many degrees it is kept, in `temperatureUnit`.
    temperature: MaybeUndefined<Decimal>,
    /// The unit of `temperature`; if nobody said, F for a tenant that counts in miles, else C.
    temperature_unit: MaybeUndefined<TemperatureUnit>,
    /// How far it goes, in `distanceUnit`; not negative.
    distance: MaybeUndefined<Decimal>,
    /// The unit of `distance`; the tenant's if nobody said.
    distance_unit: MaybeUndefined<DistanceUnit>,
    /// The driver's id in the caller's system; at most 200 characters.
    driver: MaybeUndefined<String>,
    /// The truck's id in the caller's system; at most 200 characters.
    truck: MaybeUndefined<String>,
    /// The trailer's id in the caller's system; at most 200 characters.
    trailer: MaybeUndefined<String>,
    /// The carrier's id in the caller's system; at most 200 characters.
    carrier: MaybeUndefined<String>,
    /// All charges, at most 100; they replace those that are there. Null: none.
    charges: MaybeUndefined<Vec<LoadChargeInput>>,
    /// Values of custom fields, by their keys; fields that are not named stay as they are, and get their defaults in a new
    /// load. At most 200, at any time.
    custom_fields: Option<Vec<CustomFieldInput>>,
}

/// A load to be made: it is NEW.
#[derive(Clone, Debug, InputObject)]
pub struct LoadCreateInput {
    /// Who pays; the same customer for ever.
    customer: Ref,
    /// The id in the caller's system; at most 200 characters.
    external_reference: Option<String>,
    #[graphql(flatten)]
    fields: LoadFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A load to be changed: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct LoadUpdateInput {
    /// The load.
    id: Ref,
    /// Write only if the load is still at this version.
    expected_version: Option<i32>,
    /// Who pays. A load stays with its customer: another one is refused.
    customer: Option<Ref>,
    /// The id in the caller's system; at most 200 characters.
    external_reference: MaybeUndefined<String>,
    #[graphql(flatten)]
    fields: LoadFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A load to be made, or changed where its external reference is known: what is absent stays, null clears.
#[derive(Clone, Debug, InputObject)]
pub struct LoadUpsertInput {
    /// The id in the caller's system; at most 200 characters.
    external_reference: String,
    /// Who pays; needed for a new load. A load stays with its customer: another one is refused.
    customer: Option<Ref>,
    #[graphql(flatten)]
    fields: LoadFieldsInput,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A load to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct LoadDeleteInput {
    /// The load.
    id: Ref,
    /// Delete only if the load is still at this version.
    expected_version: Option<i32>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// A load to be brought back.
#[derive(Clone, Debug, InputObject)]
pub struct LoadRestoreInput {
    /// The load.
    id: Ref,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

impl LoadFieldsInput {
    fn draft(self, customer: Option<Ref>, external_reference: FieldUpdate<String>) -> rules::Draft {
        rules::Draft {
            external_reference,
            customer: customer.map(|customer| customer.0),
            load_number: field_update(self.load_number),
            route: rules::RouteDraft {
                stops: map_field(self.stops, |stops| stops.into_iter().map(LoadStopInput::draft).collect()),
                pickup: map_field(self.pickup_location, |place| place.0),
                delivery: map_field(self.delivery_location, |place| place.0),
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
            unit_amount: self.unit_amount.price(),
        }
    }
}

mutations! {
    /// What can be done to loads, besides the verbs.
    LoadMutation of load: Load;

    /// Makes a load of a customer: it is NEW. Needs `load:write`.
    load_create as "loadCreate", load_create_many
        (LoadCreateInput: "The load.") -> LoadCreatePayload
        requires Action::LoadWrite => |tx, input| {
            let draft = input.fields.draft(Some(input.customer), input.external_reference.into());
            rules::create(tx, draft).await
        };

    /// Changes a load, as far as its state still allows it. Needs `load:write`.
    load_update as "loadUpdate", load_update_many
        (LoadUpdateInput: "What to change.") -> LoadUpdatePayload
        requires Action::LoadWrite => |tx, input| {
            let draft = input.fields.draft(input.customer, field_update(input.external_reference));
            rules::update(tx, &input.id.0, input.expected_version, draft).await
        };

    /// Makes the load of an external reference, or changes the one that has it, bringing it back if it was deleted.
    /// Needs `load:write`.
    load_upsert as "loadUpsert", load_upsert_many
        (LoadUpsertInput: "The load.") -> LoadUpsertPayload
        requires Action::LoadWrite => |tx, input| {
            let draft = input.fields.draft(input.customer, FieldUpdate::Keep);
            rules::upsert(tx, &input.external_reference, draft).await
        };

    /// Deletes a load: it is hidden, and can be restored. Refused while it is DISPATCHED or IN_PROGRESS. Needs
    /// `load:write`.
    load_delete as "loadDelete", load_delete_many
        (LoadDeleteInput: "The load.") -> LoadDeletePayload
        requires Action::LoadWrite => |tx, input| rules::delete(tx, &input.id.0, input.expected_version).await;

    /// Brings a deleted load back, in the state it was in. Refused for an open load whose customer or stops' addresses
    /// are deleted. Needs `load:write`.
    load_restore as "loadRestore", load_restore_many
        (LoadRestoreInput: "The load.") -> LoadRestorePayload
        requires Action::LoadWrite => |tx, input| rules::restore(tx, &input.id.0).await;
}
