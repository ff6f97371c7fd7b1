//! The demo's custom fields.

use domain::{
    custom_field::{self, Draft, NewField, ValueInput},
    value::FieldUpdate,
};
use entity::custom_field_definition::{Entity, FieldType, OwnerType};
use error::Result;

use super::seed::Seed;

/// The external reference of a definition.
fn reference(index: u32) -> String {
    format!("demo-field-{index}")
}

/// Writes the definitions.
pub async fn write(seed: &Seed) -> Result<()> {
    let fields = (seed.scope.company.custom_fields)();
    let count = u32::try_from(fields.len()).unwrap_or(u32::MAX);
    seed.write_missing::<Entity>("custom fields", count, reference, async |tx, _, index| {
        let Some((new, draft)) = fields.get(index as usize).cloned() else { return Ok(()) };
        let draft = Draft { external_reference: FieldUpdate::Set(reference(index)), ..draft };
        custom_field::create(tx, new, draft).await.map(drop)
    })
    .await
}

/// A definition.
pub fn define_field(
    owner_type: OwnerType,
    key: &str,
    field_type: FieldType,
    title: &str,
    draft: Draft,
) -> (NewField, Draft) {
    (
        NewField { owner_type, key: key.to_owned(), field_type },
        Draft { title: FieldUpdate::Set(title.to_owned()), ..draft },
    )
}

/// The draft of a DROPDOWN with these options.
pub fn dropdown_options(titles: &[(&str, &str)]) -> Draft {
    let options = titles.iter().map(|(key, title)| ((*key).to_owned(), (*title).to_owned(), Vec::new()));
    Draft { options: FieldUpdate::Set(options.collect()), ..Draft::default() }
}

/// A value of a custom field.
pub fn field_value(key: &str, value: impl Into<serde_json::Value>) -> ValueInput {
    ValueInput { key: key.to_owned(), value: Some(value.into()) }
}
