//! The settings of custom field definitions, as inputs.

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

/// An option of a DROPDOWN field.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldOptionInput {
    /// The key of the option in inputs and filters: 1 to 63 letters, digits, points, hyphens and underscores. It is
    /// unique, ignoring case.
    key: String,
    /// The title shown to people; at most 200 characters.
    title: String,
    /// The title in other languages; at most 100.
    translations: Option<Vec<TranslationInput>>,
}

/// The settings that creating, updating and upserting a custom field share. A setting is accepted only for the types
/// that it belongs to.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldSettingsInput {
    /// The title in other languages; at most 100.
    translations: MaybeUndefined<Vec<TranslationInput>>,
    /// Whether a new row must have a value and an existing value cannot be cleared. Defaults to false.
    required: MaybeUndefined<bool>,
    /// The value of a new row for which none is given. The field must allow it.
    default: MaybeUndefined<Json>,
    /// Whether values are personal: they are stored encrypted and readable only with `pii:read`. Defaults to true for EMAIL
    /// and PHONE_NUMBER, otherwise to false.
    sensitive: MaybeUndefined<bool>,
    /// NUMBER, MONETARY: the minimum value; money in major units.
    minimum: MaybeUndefined<Decimal>,
    /// NUMBER, MONETARY: the maximum value; money in major units.
    maximum: MaybeUndefined<Decimal>,
    /// NUMBER: whether values are integers. Defaults to false.
    integer: MaybeUndefined<bool>,
    /// NUMBER: the unit of the values; at most 200 characters.
    unit: MaybeUndefined<String>,
    /// STRING: the minimum number of characters; 0 to 1,000.
    minimum_length: MaybeUndefined<i32>,
    /// STRING: the maximum number of characters; 1 to 1,000.
    maximum_length: MaybeUndefined<i32>,
    /// STRING: the regular expression that the whole value must match, in the syntax of RE2 and Rust, without
    /// look-around and back-references, so that matching takes linear time. At most 500 characters.
    pattern: MaybeUndefined<String>,
    /// DROPDOWN: all options, 1 to 500, in the order in which to show them.
    options: MaybeUndefined<Vec<CustomFieldOptionInput>>,
    /// DROPDOWN: whether several options can be chosen. Defaults to false.
    multi_select: MaybeUndefined<bool>,
    /// MONETARY: the ISO 4217 currency code of all values. Defaults to the tenant's currency.
    currency: MaybeUndefined<String>,
}

impl CustomFieldSettingsInput {
    /// The settings as a draft of the domain.
    pub fn draft(self, title: FieldUpdate<String>, external_reference: FieldUpdate<String>) -> rules::Draft {
        let option_draft = |option: CustomFieldOptionInput| {
            (option.key, option.title, titles_by_language(option.translations.unwrap_or_default()))
        };
        rules::Draft {
            external_reference,
            title,
            translations: map_field(self.translations, titles_by_language),
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
            options: map_field(self.options, |options| options.into_iter().map(option_draft).collect()),
            multi_select: field_update(self.multi_select),
            currency: field_update(self.currency),
        }
    }
}

fn titles_by_language(translations: Vec<TranslationInput>) -> Vec<(String, String)> {
    translations.into_iter().map(|translation| (translation.language, translation.title)).collect()
}
