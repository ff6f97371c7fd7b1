//! Settings: what a tenant says about one of its fields, each setting only for the types it belongs to.

use std::collections::HashSet;

use entity::custom_field_definition::{FieldType, Model, Owner};
use error::{Code, Result};
use serde_json::Value as Json;
use store::{Tx, fold::fold, table::enum_text};

use super::{
    constraint::{Constraints, anchored_pattern},
    options::{DropdownOption, Translations},
    value::MAX_TEXT_VALUE_CHARS,
};
use crate::{
    validator::{MAX_LINE_CHARS, Validator},
    value::{Decimal, FieldUpdate, Money, minor_digits},
};

/// What a new field is; none of it ever changes.
#[derive(Clone, Debug)]
pub struct NewField {
    /// The entity whose rows have the field.
    pub entity: Owner,
    /// Its name in filters and inputs.
    pub key: String,
    /// What its values are.
    pub field_type: FieldType,
}

/// What a client says about a field.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: FieldUpdate<String>,
    /// What people call it.
    pub title: FieldUpdate<String>,
    /// The same in other languages.
    pub translations: FieldUpdate<Vec<TitleInput>>,
    /// Whether rows must have a value.
    pub required: FieldUpdate<bool>,
    /// What a new row gets.
    pub default: FieldUpdate<Json>,
    /// Whether values are personal.
    pub sensitive: FieldUpdate<bool>,
    /// The least value.
    pub minimum: FieldUpdate<Decimal>,
    /// The greatest value.
    pub maximum: FieldUpdate<Decimal>,
    /// Whether values are whole.
    pub integer: FieldUpdate<bool>,
    /// What is counted.
    pub unit: FieldUpdate<String>,
    /// The fewest characters.
    pub minimum_length: FieldUpdate<i32>,
    /// The most characters.
    pub maximum_length: FieldUpdate<i32>,
    /// What whole texts match.
    pub pattern: FieldUpdate<String>,
    /// What can be chosen.
    pub options: FieldUpdate<Vec<OptionInput>>,
    /// Whether several options can be chosen.
    pub multi_select: FieldUpdate<bool>,
    /// The currency of all values.
    pub currency: FieldUpdate<String>,
}

/// A language and the title in it, as a client gives them.
pub type TitleInput = (String, String);
/// Key and title of an option, and the title in other languages, as a client gives them.
pub type OptionInput = (String, String, Vec<TitleInput>);

const MAX_OPTIONS: usize = 500;
const MAX_PATTERN_CHARS: usize = 500;

/// Whether a name can be a field's key.
pub fn is_key(key: &str) -> bool {
    let mut letters = key.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
        && key.len() <= 63
}

/// Reads a draft into a row.
pub fn prepare(tx: &Tx, validator: &mut Validator, draft: Draft, mut row: Model) -> Result<Model> {
    belong(validator, &draft, row.field_type);
    validator.text("externalReference", draft.external_reference, MAX_LINE_CHARS, &mut row.external_reference);
    validator.required("title", draft.title, MAX_LINE_CHARS, &mut row.title);
    if let Some(given) = draft.translations.list() {
        let titles = translations(validator, given);
        row.translations = (!titles.is_empty()).then(|| serde_json::json!(titles).to_string());
    }
    validator.value("required", draft.required, &mut row.required);
    validator.value("sensitive", draft.sensitive, &mut row.sensitive);
    validator.value("integer", draft.integer, &mut row.integer);
    validator.value("multiSelect", draft.multi_select, &mut row.multi_select);
    validator.text("unit", draft.unit, MAX_LINE_CHARS, &mut row.unit);
    let most = i32::try_from(MAX_TEXT_VALUE_CHARS).unwrap_or(i32::MAX);
    validator.integer("minimumLength", draft.minimum_length, 0, most, &mut row.minimum_length);
    validator.integer("maximumLength", draft.maximum_length, 1, most, &mut row.maximum_length);
    ordered(validator, "maximumLength", row.minimum_length, row.maximum_length);
    validator.text("pattern", draft.pattern, MAX_PATTERN_CHARS, &mut row.pattern);
    if let Some(Err(error)) = row.pattern.as_deref().map(anchored_pattern) {
        let message = format!("This is not a regular expression of bounded size: {error}");
        validator.fail(Code::Invalid, "pattern", message);
    }
    bounds(tx, validator, [draft.minimum, draft.maximum], draft.currency, &mut row);
    if let Some(given) = draft.options.list() {
        let choices = validator.within("options", |validator| choices(validator, given));
        row.options = (!choices.is_empty()).then(|| serde_json::json!(choices).to_string());
    }
    if row.field_type == FieldType::Dropdown && row.options.is_none() {
        validator.fail(Code::Required, "options", "A DROPDOWN field has at least one option.");
    }
    default(validator, draft.default, &mut row)?;
    Ok(row)
}

/// Refuses settings of other types.
fn belong(validator: &mut Validator, draft: &Draft, field_type: FieldType) {
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
    for (name, given, field_types) in settings.into_iter().chain([currency]) {
        if given && !field_types.contains(&field_type) {
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

/// The bounds of a NUMBER in millionths, those of a MONETARY in minor units of its currency.
fn bounds(
    tx: &Tx,
    validator: &mut Validator,
    given: [FieldUpdate<Decimal>; 2],
    currency: FieldUpdate<String>,
    row: &mut Model,
) {
    let old = row.currency.clone();
    if row.field_type == FieldType::Monetary {
        let mut code = row.currency.clone().unwrap_or_else(|| tx.tenant().currency.clone());
        validator.required("currency", currency, 3, &mut code);
        if minor_digits(&code).is_none() {
            let message = format!("\"{code}\" is not a currency; give an ISO 4217 code such as USD.");
            validator.fail(Code::Invalid, "currency", message);
        }
        row.currency = Some(code);
    }
    let bounds = [("minimum", &mut row.minimum), ("maximum", &mut row.maximum)];
    for ((name, bound), given) in bounds.into_iter().zip(given) {
        let major = match (given, *bound, &old) {
            (FieldUpdate::Set(given), ..) => Some(given.to_string()),
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
    ordered(validator, "maximum", row.minimum, row.maximum);
}

fn ordered<T: PartialOrd>(validator: &mut Validator, field: &str, least: Option<T>, most: Option<T>) {
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        validator.fail(Code::OutOfRange, field, format!("{field} is less than the least that is allowed."));
    }
}

fn choices(validator: &mut Validator, given: Vec<OptionInput>) -> Vec<DropdownOption> {
    if given.len() > MAX_OPTIONS {
        validator.fail(
            Code::OutOfRange,
            "",
            format!("A field has at most {MAX_OPTIONS} options; {} were given.", given.len()),
        );
        return Vec::new();
    }
    let mut known = HashSet::new();
    let choice = |(index, (key, title, titles)): (usize, OptionInput)| {
        validator.within(index, |validator| {
            let right = |letter: u8| letter.is_ascii_alphanumeric() || b"_.-".contains(&letter);
            if key.is_empty() || key.len() > 63 || !key.bytes().all(right) {
                let message = "An option's key is 1 to 63 letters, digits, points, hyphens and underscores.";
                validator.fail(Code::Invalid, "key", message);
            }
            if !known.insert(fold(&key)) {
                validator.fail(Code::Taken, "key", format!("Two options have the key {key:?}, compared without case."));
            }
            let mut choice =
                DropdownOption { key, title: String::new(), translations: translations(validator, titles) };
            validator.required("title", FieldUpdate::Set(title), MAX_LINE_CHARS, &mut choice.title);
            choice
        })
    };
    given.into_iter().enumerate().map(choice).collect()
}

fn translations(validator: &mut Validator, given: Vec<TitleInput>) -> Translations {
    let mut titles = Translations::new();
    validator.within("translations", |validator| {
        validator.at_most("", given.len(), 100);
        for (index, (language, title)) in given.into_iter().enumerate() {
            validator.within(index, |validator| {
                let mut subtags = language.split('-');
                let plain = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
                let named =
                    subtags.next().is_some_and(|tag| tag.len() > 1 && tag.bytes().all(|b| b.is_ascii_alphabetic()));
                if !named || language.len() > 35 || !language.split('-').all(plain) {
                    let message = format!("{language:?} is not a language tag (BCP 47); examples are es and pt-BR.");
                    validator.fail(Code::Invalid, "language", message);
                }
                let mut text = String::new();
                validator.required("title", FieldUpdate::Set(title), MAX_LINE_CHARS, &mut text);
                if titles.insert(language.clone(), text).is_some() {
                    validator.fail(Code::Taken, "language", format!("The language {language} is given twice."));
                }
            });
        }
    });
    titles
}

/// A default is a value that the field itself admits.
fn default(validator: &mut Validator, given: FieldUpdate<Json>, row: &mut Model) -> Result<()> {
    let value = match given {
        FieldUpdate::Clear => None,
        FieldUpdate::Set(value) => Some(value),
        FieldUpdate::Keep => row.default.as_deref().and_then(|json| serde_json::from_str(json).ok()),
    };
    row.default = value.as_ref().map(ToString::to_string);
    // With settings that are wrong themselves there is nothing to compare with.
    if let (Some(value), true) = (value, validator.is_clean()) {
        match Constraints::of(row)?.read(&value) {
            Ok(value) => row.default = Some(value.json(row.multi_select).to_string()),
            Err((code, message)) => validator.fail(code, "default", message),
        }
    }
    Ok(())
}
