//! The demo's custom fields.

use domain::{
    custom_field::{self, Draft, NewField, ValueInput},
    value::FieldUpdate,
};
use entity::custom_field_definition::{Entity, FieldType, Owner};
use error::Result;

use super::Seed;

/// The external reference of a field.
fn reference(index: u32) -> String {
    format!("demo-field-{index}")
}

/// Writes them.
pub async fn fill(seed: &Seed) -> Result<()> {
    let fields = (seed.company.fields)();
    let count = u32::try_from(fields.len()).unwrap_or(u32::MAX);
    seed.each::<Entity>("custom fields", count, reference, async |tx, _, index| {
        let Some((new, draft)) = fields.get(index as usize).cloned() else { return Ok(()) };
        let draft = Draft { external_reference: FieldUpdate::Set(reference(index)), ..draft };
        custom_field::create(tx, new, draft).await.map(drop)
    })
    .await
}

/// A field, as far as every field says the same.
pub fn field(entity: Owner, key: &str, field_type: FieldType, title: &str, draft: Draft) -> (NewField, Draft) {
    (NewField { entity, key: key.to_owned(), field_type }, Draft { title: FieldUpdate::Set(title.to_owned()), ..draft })
}

/// The options of a DROPDOWN.
pub fn options(titles: &[(&str, &str)]) -> Draft {
    let options = titles.iter().map(|(key, title)| ((*key).to_owned(), (*title).to_owned(), Vec::new()));
    Draft { options: FieldUpdate::Set(options.collect()), ..Draft::default() }
}

/// The value of a field.
pub fn given(key: &str, value: impl Into<serde_json::Value>) -> ValueInput {
    ValueInput { key: key.to_owned(), value: Some(value.into()) }
}
