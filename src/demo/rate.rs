//! The demo's rates: the tariff of a company for all customers, and better ones for some.

use domain::{
    rate::{self, LaneEnd, accessorial::AccessorialDraft, fuel::FuelBandDraft},
    value::{Decimal, FieldUpdate, Price},
};
use entity::{
    custom_field_definition::OwnerType,
    load_charge::ChargeType,
    rate::{Entity, RateType},
};
use error::Result;

use super::{company::Tariff, customer, scope::Scope, seed::Seed};

/// For how many days the rates hold already: the whole history of the demo.
const DAYS_IN_FORCE: i32 = 400;
/// What a customer with rates of its own pays, in percent of the tariff.
const OWN_PERCENT: i64 = 92;

/// Writes the rates: the tariff, and after it the rates of single customers.
pub async fn write(seed: &Seed) -> Result<()> {
    let scope = &seed.scope;
    let tariffs = u32::try_from(scope.company.tariffs.len()).unwrap_or_default();
    let count = tariffs + scope.customers() / 10;
    seed.write_missing::<Entity>("rates", count, reference, async |tx, pick, index| {
        let own = index.checked_sub(tariffs).map(|number| number * 10);
        let position = usize::try_from(own.unwrap_or(index)).unwrap_or_default();
        let Some(tariff) = scope.company.tariffs.iter().cycle().nth(position) else { return Ok(()) };
        let mut draft = draft(scope, tariff, index);
        draft.custom_fields = (scope.company.custom_field_values)(pick, &scope.calendar, OwnerType::Rate);
        if own.is_some() {
            draft.amount = FieldUpdate::Set(Decimal(tariff.amount / 100 * OWN_PERCENT));
        }
        let customer = own.map(customer::reference);
        rate::create(tx, customer.as_ref(), draft).await.map(drop)
    })
    .await
}

/// The external reference of a rate.
fn reference(index: u32) -> String {
    format!("demo-rate-{index}")
}

fn draft(scope: &Scope, tariff: &Tariff, index: u32) -> rate::Draft {
    let end = |state: Option<&str>| match state {
        Some(state) => FieldUpdate::Set(LaneEnd {
            zip_prefix: None,
            state: Some(state.to_owned()),
            country: Some("US".to_owned()),
        }),
        None => FieldUpdate::Keep,
    };
    let text = |text: Option<&str>| FieldUpdate::from(text.map(str::to_owned));
    rate::Draft {
        external_reference: FieldUpdate::Set(reference(index)),
        name: FieldUpdate::Set(tariff.name.to_owned()),
        rate_type: FieldUpdate::Set(tariff.rate_type),
        amount: FieldUpdate::Set(Decimal(tariff.amount)),
        week_amount: tariff.weeks.map(|days| Decimal(tariff.amount * days)).into(),
        month_amount: tariff.months.map(|days| Decimal(tariff.amount * days)).into(),
        minimum: tariff.minimum.map(|dollars| Price { amount: Decimal(dollars * 1_000_000), currency: None }).into(),
        fuel_surcharge_bands: if tariff.rate_type == RateType::PerMile {
            FieldUpdate::Set(fuel_bands())
        } else {
            FieldUpdate::Keep
        },
        accessorials: match tariff.rate_type {
            RateType::PerMile => FieldUpdate::Set(freight_accessorials()),
            RateType::PerHour => FieldUpdate::Set(vec![accessorial(ChargeType::Other, "Trip charge", 45, true)]),
            _ => FieldUpdate::Keep,
        },
        origin: end(tariff.origin),
        destination: end(tariff.destination),
        service_type: text(tariff.service_type),
        equipment_category: text(tariff.equipment_category),
        effective_from: FieldUpdate::Set(scope.calendar.day(-DAYS_IN_FORCE)),
        ..rate::Draft::default()
    }
}

/// The fuel surcharge by the price of a gallon of diesel.
fn fuel_bands() -> Vec<FuelBandDraft> {
    let bands = [(2_500_000, 9), (3_000_000, 12), (3_500_000, 15), (4_000_000, 18), (4_500_000, 21), (5_000_000, 24)];
    let band = |(price, percent): (i64, i64)| FuelBandDraft {
        effective_from: None,
        price_from: Decimal(price),
        percent: Decimal(percent * 1_000_000),
    };
    bands.map(band).to_vec()
}

/// What freight costs besides its miles, where it is asked for.
fn freight_accessorials() -> Vec<AccessorialDraft> {
    vec![
        accessorial(ChargeType::Detention, "Detention, an hour", 75, false),
        accessorial(ChargeType::Lumper, "Lumper service", 180, false),
        accessorial(ChargeType::Accessorial, "Liftgate", 60, false),
    ]
}

fn accessorial(charge_type: ChargeType, description: &str, dollars: i64, automatic: bool) -> AccessorialDraft {
    AccessorialDraft {
        charge_type,
        description: Some(description.to_owned()),
        amount: Some(Decimal(dollars * 1_000_000)),
        percent: None,
        automatic,
    }
}
