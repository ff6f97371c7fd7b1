//! Inputs of custom field definitions.

use async_graphql::{InputObject, MaybeUndefined};
use domain::{custom_field as rules, value::FieldUpdate};

use crate::graphql::scalar::{Decimal, Json, field_update, map_field};

/// A title in one language.
#[derive(Clone, Debug, InputObject)]
pub struct TranslationInput {
    /// BCP 47 language tag: `es`, `pt-BR`.
    language: String,
    /// The title; at most 200 characters.
    title: String,
}

/// One option of a DROPDOWN.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldOptionInput {
    /// Its name in inputs and filters: 1 to 63 letters, digits, points, hyphens and underscores; unique without case.
    key: String,
    /// What people call it; at most 200 characters.
    title: String,
    /// The title in other languages; at most 100.
    translations: Option<Vec<TranslationInput>>,
}

/// What a custom field can be given, besides what never changes. A setting is accepted only for the types it belongs to.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldSettingsInput {
    /// The title in other languages; at most 100.
    translations: MaybeUndefined<Vec<TranslationInput>>,
    /// Whether a new row must have a value, and no row may lose it; false if absent.
    required: MaybeUndefined<bool>,
    /// The value of a new row that is given none; the field itself must admit it.
    default: MaybeUndefined<Json>,
    /// Whether values are personal: sealed, and read with `pii:read` only; false if absent.
    sensitive: MaybeUndefined<bool>,
    /// NUMBER, MONETARY: the least value, of money in major units.
    minimum: MaybeUndefined<Decimal>,
    /// NUMBER, MONETARY: the greatest value, of money in major units.
    maximum: MaybeUndefined<Decimal>,
    /// NUMBER: whether values are whole; false if absent.
    integer: MaybeUndefined<bool>,
    /// NUMBER: what is counted; at most 200 characters.
    unit: MaybeUndefined<String>,
    /// STRING: the fewest characters; 0 to 1,000.
    minimum_length: MaybeUndefined<i32>,
    /// STRING: the most characters; 1 to 1,000.
    maximum_length: MaybeUndefined<i32>,
    /// STRING: the regular expression that a whole value matches, in the syntax of RE2 and Rust: no look-around and no
    /// back references, so that matching takes linear time. At most 500 characters.
    pattern: MaybeUndefined<String>,
    /// DROPDOWN: all that can be chosen, 1 to 500, in the order in which to show it.
    options: MaybeUndefined<Vec<CustomFieldOptionInput>>,
    /// DROPDOWN: whether several options can be chosen; false if absent.
    multi_select: MaybeUndefined<bool>,
    /// MONETARY: ISO 4217 code of all values; the tenant's currency if absent.
    currency: MaybeUndefined<String>,
}

impl CustomFieldSettingsInput {
    /// The settings as the domain reads them.
    pub fn draft(self, title: FieldUpdate<String>, external_reference: FieldUpdate<String>) -> rules::Draft {
        let option = |option: CustomFieldOptionInput| {
            (option.key, option.title, titles(option.translations.unwrap_or_default()))
        };
        rules::Draft {
            external_reference,
            title,
            translations: map_field(self.translations, titles),
            required: field_update(self.required),
            default: map_field(self.default, |json| json.0),
            sensitive: field_update(self.sensitive),
            minimum: map_field(self.minimum, |number| number.0),
            maximum: map_field(self.maximum, |number| number.0),
            integer: field_update(self.integer),
            unit: field_update(self.unit),
            minimum_length: field_update(self.minimum_length),
            maximum_length: field_update(self.maximum_length),
            pattern: field_update(self.pattern),
            options: map_field(self.options, |options| options.into_iter().map(option).collect()),
            multi_select: field_update(self.multi_select),
            currency: field_update(self.currency),
        }
    }
}

fn titles(translations: Vec<TranslationInput>) -> Vec<(String, String)> {
    translations.into_iter().map(|titled| (titled.language, titled.title)).collect()
}
