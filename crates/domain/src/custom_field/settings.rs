//! Settings of a field, each valid only for the field types it belongs to.

use std::collections::HashSet;

use entity::custom_field_definition::{FieldType, Model, OwnerType};
use error::{Code, Result};
use serde_json::Value as Json;
use store::{Tx, fold::fold, table::enum_text};

use super::{
    constraint::{Constraints, check_pattern},
    options::{DropdownOption, Translations},
    value::{MAX_TEXT_VALUE_CHARS, Value},
};
use crate::{
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate, Money, minor_digits},
};

/// The immutable properties of a new field.
#[derive(Clone, Debug)]
pub struct NewField {
    /// The type of the rows that have the field.
    pub owner_type: OwnerType,
    /// Its name in filters and inputs.
    pub key: String,
    /// The type of its values.
    pub field_type: FieldType,
}

/// The settings of a field that a client can write.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The id in the caller's system.
    pub external_reference: FieldUpdate<String>,
    /// The title for people.
    pub title: FieldUpdate<String>,
    /// The title in other languages.
    pub translations: FieldUpdate<Vec<TitleInput>>,
    /// Whether rows must have a value.
    pub required: FieldUpdate<bool>,
    /// The value that a new row gets.
    pub default: FieldUpdate<Json>,
    /// Whether values are personal data.
    pub sensitive: FieldUpdate<bool>,
    /// The minimum value.
    pub minimum: FieldUpdate<Decimal>,
    /// The maximum value.
    pub maximum: FieldUpdate<Decimal>,
    /// Whether values are whole numbers.
    pub integer: FieldUpdate<bool>,
    /// The unit of the values.
    pub unit: FieldUpdate<String>,
    /// The minimum number of characters.
    pub minimum_length: FieldUpdate<i32>,
    /// The maximum number of characters.
    pub maximum_length: FieldUpdate<i32>,
    /// The regular expression that whole texts match.
    pub pattern: FieldUpdate<String>,
    /// The options to choose from.
    pub options: FieldUpdate<Vec<OptionInput>>,
    /// Whether a value may be several options.
    pub multi_select: FieldUpdate<bool>,
    /// The currency of all values.
    pub currency: FieldUpdate<String>,
}

/// A language and the title in it, as a client writes them.
pub type TitleInput = (String, String);
/// Key and title of an option, and the title in other languages, as a client writes them.
pub type OptionInput = (String, String, Vec<TitleInput>);

/// The most options of a field.
const MAX_OPTIONS: usize = 500;
/// The longest pattern.
const MAX_PATTERN_CHARS: usize = 500;
/// The longest key of a field or an option.
const MAX_KEY_CHARS: usize = 63;
/// The most translations of a title.
const MAX_TRANSLATIONS: usize = 100;
/// The longest language tag.
const MAX_LANGUAGE_CHARS: usize = 35;
/// The length of a currency code.
const CURRENCY_CHARS: usize = 3;

/// Whether a text is a valid key of a field.
pub fn is_key(key: &str) -> bool {
    let mut letters = key.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
        && key.len() <= MAX_KEY_CHARS
}

/// Reads a draft into a row, which is new or is updated.
pub fn read_draft(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Result<Model> {
    check_field_type(validator, &draft, row.field_type);
    validator.set_text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.set_required_text("title", draft.title, MAX_LINE_CHARS, &mut row.title);
    if let Some(inputs) = draft.translations.list() {
        let titles = read_translations(validator, inputs);
        row.translations = (!titles.is_empty()).then(|| serde_json::json!(titles).to_string());
    }
    validator.set_value("required", draft.required, &mut row.required);
    validator.set_value("sensitive", draft.sensitive, &mut row.sensitive);
    validator.set_value("integer", draft.integer, &mut row.integer);
    validator.set_value("multiSelect", draft.multi_select, &mut row.multi_select);
    validator.set_text("unit", draft.unit, MAX_LINE_CHARS, &mut row.unit);
    let max_chars = i32::try_from(MAX_TEXT_VALUE_CHARS).unwrap_or(i32::MAX);
    validator.set_integer("minimumLength", draft.minimum_length, 0, max_chars, &mut row.minimum_length);
    validator.set_integer("maximumLength", draft.maximum_length, 1, max_chars, &mut row.maximum_length);
    check_order(validator, "maximumLength", row.minimum_length, row.maximum_length);
    validator.set_text("pattern", draft.pattern, MAX_PATTERN_CHARS, &mut row.pattern);
    if let Some(Err(error)) = row.pattern.as_deref().map(check_pattern) {
        let message = format!("This is not a regular expression of bounded size: {error}");
        validator.fail(Code::Invalid, "pattern", message);
    }
    set_bounds(tx, validator, [draft.minimum, draft.maximum], draft.currency, &mut row);
    if let Some(inputs) = draft.options.list() {
        let options = validator.within("options", |validator| read_options(validator, inputs));
        row.options = (!options.is_empty()).then(|| serde_json::json!(options).to_string());
    }
    if row.field_type == FieldType::Dropdown && row.options.is_none() {
        validator.fail(Code::Required, "options", "A DROPDOWN field has at least one option.");
    }
    set_default(validator, draft.default, &mut row)?;
    Ok(row)
}

/// Refuses settings that belong to other field types.
fn check_field_type(validator: &mut Validator, draft: &Draft, field_type: FieldType) {
    use FieldType::{Dropdown, Monetary, Number, String};
    let settings: [(_, _, &[FieldType]); 9] = [
        ("minimum", draft.minimum.value().is_some(), &[Number, Monetary]),
        ("maximum", draft.maximum.value().is_some(), &[Number, Monetary]),
        ("integer", draft.integer.value() == Some(&true), &[Number]),
        ("unit", draft.unit.value().is_some(), &[Number]),
        ("minimumLength", draft.minimum_length.value().is_some(), &[String]),
        ("maximumLength", draft.maximum_length.value().is_some(), &[String]),
        ("pattern", draft.pattern.value().is_some(), &[String]),
        ("options", draft.options.value().is_some(), &[Dropdown]),
        ("multiSelect", draft.multi_select.value() == Some(&true), &[Dropdown]),
    ];
    let currency = ("currency", draft.currency.value().is_some(), [Monetary].as_slice());
    for (name, is_set, field_types) in settings.into_iter().chain([currency]) {
        if is_set && !field_types.contains(&field_type) {
            let field_types: Vec<_> = field_types.iter().map(enum_text).collect();
            let message = format!(
                "{name} belongs to fields of type {}; this one is {}.",
                field_types.join(" and "),
                enum_text(&field_type)
            );
            validator.fail(Code::Invalid, name, message);
        }
    }
}

/// Sets the bounds of a NUMBER in millionths, those of a MONETARY in minor units of its currency. A new currency converts
/// the bounds that stay.
fn set_bounds(
    tx: &Tx,
    validator: &mut Validator,
    updates: [FieldUpdate<Decimal>; 2],
    currency: FieldUpdate<String>,
    row: &mut Model,
) {
    let old_currency = row.currency.clone();
    if row.field_type == FieldType::Monetary {
        let mut code = row.currency.clone().unwrap_or_else(|| tx.tenant().currency.clone());
        validator.set_required_text("currency", currency, CURRENCY_CHARS, &mut code);
        if minor_digits(&code).is_none() {
            let message = format!("\"{code}\" is not a currency; give an ISO 4217 code such as USD.");
            validator.fail(Code::Invalid, "currency", message);
        }
        row.currency = Some(code);
    }
    let bounds = [("minimum", &mut row.minimum), ("maximum", &mut row.maximum)];
    for ((name, bound), update) in bounds.into_iter().zip(updates) {
        let major = match (update, *bound, &old_currency) {
            (FieldUpdate::Set(bound), ..) => Some(bound.to_string()),
            (FieldUpdate::Keep, Some(amount), Some(old)) if row.currency != Some(old.clone()) => {
                Some(Money { amount, currency: old.clone() }.major())
            }
            (FieldUpdate::Keep, ..) => continue,
            (FieldUpdate::Clear, ..) => None,
        };
        *bound = match (major, &row.currency) {
            (None, _) => None,
            (Some(major), None) => Decimal::parse(&major).map(|number| number.0),
            (Some(major), Some(currency)) => match Money::parse(&major, currency) {
                Ok(money) => Some(money.amount),
                Err(message) => {
                    validator.fail(Code::Invalid, name, message);
                    None
                }
            },
        };
    }
    check_order(validator, "maximum", row.minimum, row.maximum);
}

fn check_order<T: PartialOrd>(validator: &mut Validator, field: &str, minimum: Option<T>, maximum: Option<T>) {
    if let (Some(minimum), Some(maximum)) = (minimum, maximum)
        && minimum > maximum
    {
        validator.fail(Code::OutOfRange, field, format!("{field} is less than the least that is allowed."));
    }
}

fn read_options(validator: &mut Validator, inputs: Vec<OptionInput>) -> Vec<DropdownOption> {
    if inputs.len() > MAX_OPTIONS {
        validator.fail(
            Code::OutOfRange,
            "",
            format!("A field has at most {MAX_OPTIONS} options; {} were given.", inputs.len()),
        );
        return Vec::new();
    }
    let mut keys = HashSet::new();
    let read_option = |(index, (key, title, titles)): (usize, OptionInput)| {
        validator.within(index, |validator| {
            let is_key_char = |letter: u8| letter.is_ascii_alphanumeric() || b"_.-".contains(&letter);
            if key.is_empty() || key.len() > MAX_KEY_CHARS || !key.bytes().all(is_key_char) {
                let message = "An option's key is 1 to 63 letters, digits, points, hyphens and underscores.";
                validator.fail(Code::Invalid, "key", message);
            }
            if !keys.insert(fold(&key)) {
                validator.fail(Code::Taken, "key", format!("Two options have the key {key:?}, compared without case."));
            }
            let mut option =
                DropdownOption { key, title: String::new(), translations: read_translations(validator, titles) };
            validator.set_required_text("title", FieldUpdate::Set(title), MAX_LINE_CHARS, &mut option.title);
            option
        })
    };
    inputs.into_iter().enumerate().map(read_option).collect()
}

fn read_translations(validator: &mut Validator, inputs: Vec<TitleInput>) -> Translations {
    let mut titles = Translations::new();
    validator.within("translations", |validator| {
        validator.check_max_items("", inputs.len(), MAX_TRANSLATIONS);
        for (index, (language, title)) in inputs.into_iter().enumerate() {
            validator.within(index, |validator| {
                let mut subtags = language.split('-');
                let is_subtag =
                    |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
                let has_language =
                    subtags.next().is_some_and(|tag| tag.len() > 1 && tag.bytes().all(|b| b.is_ascii_alphabetic()));
                if !has_language || language.len() > MAX_LANGUAGE_CHARS || !language.split('-').all(is_subtag) {
                    let message = format!("{language:?} is not a language tag (BCP 47); examples are es and pt-BR.");
                    validator.fail(Code::Invalid, "language", message);
                }
                let mut text = String::new();
                validator.set_required_text("title", FieldUpdate::Set(title), MAX_LINE_CHARS, &mut text);
                if titles.insert(language.clone(), text).is_some() {
                    validator.fail(Code::Taken, "language", format!("The language {language} is given twice."));
                }
            });
        }
    });
    titles
}

/// Sets the default, which must be a value that the field admits.
fn set_default(validator: &mut Validator, update: FieldUpdate<Json>, row: &mut Model) -> Result<()> {
    let value = match update {
        FieldUpdate::Clear => None,
        FieldUpdate::Set(value) => Some(value).filter(|value| !Value::is_none(row.field_type, value)),
        FieldUpdate::Keep => row.default.as_deref().and_then(|json| serde_json::from_str(json).ok()),
    };
    row.default = value.as_ref().map(ToString::to_string);
    // Constraints cannot be built from invalid settings.
    if let (Some(value), true) = (value, validator.is_clean()) {
        match Constraints::of(row)?.read(&value) {
            Ok(value) => row.default = Some(value.json(row.multi_select).to_string()),
            Err((code, message)) => validator.fail(code, "default", message),
        }
    }
    Ok(())
}
