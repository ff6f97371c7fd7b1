//! The tenant's own settings, and what a change of them asks of stored rows.

mod backfill;

use access::Action;
use entity::{
    contact,
    custom_field_definition::OwnerType,
    custom_field_value, customer,
    tenant::{Entity, Model, Names},
};
use error::{Code, Error, OfField, Result};
use store::{Table, TenantTable, Tx};

pub use self::backfill::rewrite_batch;
use super::{
    custom_field::{self, ValueInput},
    reference,
    validator::{MAX_LINE_CHARS, Validator},
    value::{FieldUpdate, minor_digits},
};

/// The settings of a tenant that its ADMIN can change.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The company's name.
    pub name: FieldUpdate<String>,
    /// TRUCKING, SERVICE or both.
    pub industries: FieldUpdate<Vec<String>>,
    /// ISO 3166-1 alpha-2.
    pub country: FieldUpdate<String>,
    /// ISO 4217.
    pub currency: FieldUpdate<String>,
    /// IANA name.
    pub time_zone: FieldUpdate<String>,
    /// LB or KG.
    pub weight_unit: FieldUpdate<String>,
    /// MI or KM.
    pub distance_unit: FieldUpdate<String>,
    /// Which customers' names are sealed.
    pub sealed_names: FieldUpdate<Names>,
    /// Whether sealed names have a sort key.
    pub order_sealed_names: FieldUpdate<bool>,
    /// The values of its custom fields.
    pub custom_fields: Vec<ValueInput>,
}

/// Updates the caller's tenant. Rows that the new settings want in another form are rewritten by a backfill.
pub async fn update(tx: &Tx, expected_version: Option<i32>, draft: Draft) -> Result<Model> {
    let before = tx.lock(&tx.find::<Entity>()?.ids([tx.caller().tenant])).await?.into_iter().next();
    let before = before.ok_or_else(|| Error::internal("a caller without a tenant"))?;
    reference::ensure_version::<Entity>(&before, expected_version)?;
    let mut validator = Validator::new();
    let values =
        custom_field::prepare(tx, &mut validator, OwnerType::Tenant, Some(before.id), &draft.custom_fields).await?;
    let after = read_draft(&mut validator, draft, before.clone())?;
    validator.finish()?;
    require_unsealing(tx, &before, &after)?;
    for table in tables_to_rewrite(&before, &after) {
        tx.request_backfill(table, before.country != after.country).await?;
    }
    let row = tx.update_tenant(&before, after).await?;
    values.write(tx, row.id, None).await?;
    Ok(row)
}

fn read_draft(validator: &mut Validator, draft: Draft, mut row: Model) -> Result<Model> {
    if let Some(country) = draft.country.value() {
        validator.check_country("country", country);
    }
    if let Some(zone) = draft.time_zone.value() {
        validator.check_time_zone("timeZone", zone);
    }
    if let Some(currency) = draft.currency.value()
        && minor_digits(currency.trim()).is_none()
    {
        let message = format!("\"{currency}\" is not a currency; give an ISO 4217 code such as USD.");
        validator.fail(Code::Invalid, "currency", message);
    }
    validator.set_required_text("name", draft.name, MAX_LINE_CHARS, &mut row.name);
    validator.set_required_text("country", draft.country, MAX_LINE_CHARS, &mut row.country);
    validator.set_required_text("currency", draft.currency, MAX_LINE_CHARS, &mut row.currency);
    validator.set_required_text("timeZone", draft.time_zone, MAX_LINE_CHARS, &mut row.time_zone);
    validator.set_value("weightUnit", draft.weight_unit, &mut row.weight_unit);
    validator.set_value("distanceUnit", draft.distance_unit, &mut row.distance_unit);
    validator.set_value("sealedNames", draft.sealed_names, &mut row.names);
    validator.set_value("orderSealedNames", draft.order_sealed_names, &mut row.order_sealed_names);
    if let Some(mut industries) = draft.industries.list() {
        industries.sort_unstable_by(|one, other| other.cmp(one));
        industries.dedup();
        if industries.is_empty() {
            validator.fail(Code::Required, "industries", "A tenant has at least one industry: TRUCKING or SERVICE.");
        }
        row.industries = serde_json::to_string(&industries).map_err(Error::internal)?;
    }
    Ok(row)
}

/// Refuses a change that shows what was sealed, or orders by it, for a caller who may not read personal data.
fn require_unsealing(tx: &Tx, before: &Model, after: &Model) -> Result<()> {
    let unseals = sealing_rank(after.names) < sealing_rank(before.names);
    let orders = after.order_sealed_names && !before.order_sealed_names;
    let field = if unseals { "sealedNames" } else { "orderSealedNames" };
    if unseals || orders { tx.caller().require(Action::PiiRead).of_field(field) } else { Ok(()) }
}

/// How many names a setting seals, compared with the others.
fn sealing_rank(names: Names) -> u8 {
    match names {
        Names::None => 0,
        Names::Residential => 1,
        Names::All => 2,
    }
}

/// The tables with rows that a change of settings wants in another form.
fn tables_to_rewrite(before: &Model, after: &Model) -> Vec<&'static Table> {
    let (customers, contacts) = (customer::Entity::TABLE, contact::Entity::TABLE);
    if before.country != after.country {
        return vec![customers, contacts, custom_field_value::Entity::TABLE];
    }
    if before.order_sealed_names != after.order_sealed_names {
        return vec![customers, contacts];
    }
    if before.names == after.names { Vec::new() } else { vec![customers] }
}
