//! The demo's rates: the tariff of a company for all customers, and better ones for some.

use domain::{
    rate::{self, LaneEnd},
    value::{Decimal, FieldUpdate, Price},
};
use entity::{
    custom_field_definition::OwnerType,
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
        fuel_surcharge: if tariff.rate_type == RateType::PerMile {
            FieldUpdate::Set(Decimal(18_500_000))
        } else {
            FieldUpdate::Keep
        },
        origin: end(tariff.origin),
        destination: end(tariff.destination),
        service_type: text(tariff.service_type),
        equipment_category: text(tariff.equipment_category),
        effective_from: FieldUpdate::Set(scope.calendar.day(-DAYS_IN_FORCE)),
        ..rate::Draft::default()
    }
}
