//! Settings: what a tenant says about one of its fields, each setting only for the types it belongs to.

use std::collections::{BTreeMap, HashSet};

use entity::custom_field_definition::{Kind, Model, Owner};
use error::{Code, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use store::{Tx, fold::fold, owned::stored};

use super::{
    rule::{Rules, whole},
    value::LONGEST,
};
use crate::{
    check::{Check, LINE},
    value::{Decimal, Field, Money, minor_digits},
};

/// What a new field is; none of it ever changes.
#[derive(Clone, Debug)]
pub struct New {
    /// The entity whose rows have the field.
    pub entity: Owner,
    /// Its name in filters and inputs.
    pub key: String,
    /// What its values are.
    pub kind: Kind,
}

/// What a client says about a field.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The caller's own id.
    pub external_reference: Field<String>,
    /// What people call it.
    pub title: Field<String>,
    /// The same in other languages.
    pub translations: Field<Vec<GivenTitle>>,
    /// Whether rows must have a value.
    pub required: Field<bool>,
    /// What a new row gets.
    pub default: Field<Json>,
    /// Whether values are personal.
    pub sensitive: Field<bool>,
    /// The least value.
    pub minimum: Field<Decimal>,
    /// The greatest value.
    pub maximum: Field<Decimal>,
    /// Whether values are whole.
    pub integer: Field<bool>,
    /// What is counted.
    pub unit: Field<String>,
    /// The fewest characters.
    pub minimum_length: Field<i32>,
    /// The most characters.
    pub maximum_length: Field<i32>,
    /// What whole texts match.
    pub pattern: Field<String>,
    /// What can be chosen.
    pub options: Field<Vec<GivenChoice>>,
    /// Whether several options can be chosen.
    pub multi_select: Field<bool>,
    /// The currency of all values.
    pub currency: Field<String>,
}

/// A language and the title in it, as a client gives them.
pub type GivenTitle = (String, String);
/// Key and title of an option, and the title in other languages, as a client gives them.
pub type GivenChoice = (String, String, Vec<GivenTitle>);

/// Titles by language.
pub type Translations = BTreeMap<String, String>;

/// One option of a DROPDOWN, as it stands in its field's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its name in filters and inputs.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: Translations,
}

const OPTIONS: usize = 500;
const PATTERN: usize = 500;

/// Whether a name can be a field's key.
pub fn is_key(key: &str) -> bool {
    let mut letters = key.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
        && key.len() <= 63
}

/// Reads a draft into a row.
pub fn prepare(tx: &Tx, check: &mut Check, draft: Draft, mut row: Model) -> Result<Model> {
    belong(check, &draft, row.kind);
    check.text("externalReference", draft.external_reference, LINE, &mut row.external_reference);
    check.required("title", draft.title, LINE, &mut row.title);
    if let Some(given) = listed(draft.translations) {
        let titles = translations(check, given);
        row.translations = (!titles.is_empty()).then(|| serde_json::json!(titles).to_string());
    }
    check.value("required", draft.required, &mut row.required);
    check.value("sensitive", draft.sensitive, &mut row.sensitive);
    check.value("integer", draft.integer, &mut row.integer);
    check.value("multiSelect", draft.multi_select, &mut row.multi_select);
    check.text("unit", draft.unit, LINE, &mut row.unit);
    let most = i32::try_from(LONGEST).unwrap_or(i32::MAX);
    check.whole("minimumLength", draft.minimum_length, 0, most, &mut row.minimum_length);
    check.whole("maximumLength", draft.maximum_length, 1, most, &mut row.maximum_length);
    ordered(check, "maximumLength", row.minimum_length, row.maximum_length);
    check.text("pattern", draft.pattern, PATTERN, &mut row.pattern);
    if let Some(Err(error)) = row.pattern.as_deref().map(whole) {
        let message = format!("This is not a regular expression of bounded size: {error}");
        check.fail(Code::Invalid, "pattern", message);
    }
    bounds(tx, check, [draft.minimum, draft.maximum], draft.currency, &mut row);
    if let Some(given) = listed(draft.options) {
        let choices = check.within("options", |check| choices(check, given));
        row.options = (!choices.is_empty()).then(|| serde_json::json!(choices).to_string());
    }
    if row.kind == Kind::Dropdown && row.options.is_none() {
        check.fail(Code::Required, "options", "A DROPDOWN field has at least one option.");
    }
    default(check, draft.default, &mut row)?;
    Ok(row)
}

/// Refuses settings of other types.
fn belong(check: &mut Check, draft: &Draft, kind: Kind) {
    use Kind::{Dropdown, Monetary, Number, String};
    let settings: [(_, _, &[Kind]); 9] = [
        ("minimum", draft.minimum.given().is_some(), &[Number, Monetary]),
        ("maximum", draft.maximum.given().is_some(), &[Number, Monetary]),
        ("integer", draft.integer.given() == Some(&true), &[Number]),
        ("unit", draft.unit.given().is_some(), &[Number]),
        ("minimumLength", draft.minimum_length.given().is_some(), &[String]),
        ("maximumLength", draft.maximum_length.given().is_some(), &[String]),
        ("pattern", draft.pattern.given().is_some(), &[String]),
        ("options", draft.options.given().is_some(), &[Dropdown]),
        ("multiSelect", draft.multi_select.given() == Some(&true), &[Dropdown]),
    ];
    let currency = ("currency", draft.currency.given().is_some(), [Monetary].as_slice());
    for (name, given, kinds) in settings.into_iter().chain([currency]) {
        if given && !kinds.contains(&kind) {
            let kinds: Vec<_> = kinds.iter().map(stored).collect();
            let message =
                format!("{name} belongs to fields of type {}; this one is {}.", kinds.join(" and "), stored(&kind));
            check.fail(Code::Invalid, name, message);
        }
    }
}

/// The bounds of a NUMBER in millionths, those of a MONETARY in minor units of its currency.
fn bounds(tx: &Tx, check: &mut Check, given: [Field<Decimal>; 2], currency: Field<String>, row: &mut Model) {
    let old = row.currency.clone();
    if row.kind == Kind::Monetary {
        let mut code = row.currency.clone().unwrap_or_else(|| tx.tenant().currency.clone());
        check.required("currency", currency, 3, &mut code);
        if minor_digits(&code).is_none() {
            let message = format!("\"{code}\" is not a currency; give an ISO 4217 code such as USD.");
            check.fail(Code::Invalid, "currency", message);
        }
        row.currency = Some(code);
    }
    let bounds = [("minimum", &mut row.minimum), ("maximum", &mut row.maximum)];
    for ((name, bound), given) in bounds.into_iter().zip(given) {
        let major = match (given, *bound, &old) {
            (Field::Set(given), ..) => Some(given.to_string()),
            (Field::Keep, Some(amount), Some(old)) if row.currency != Some(old.clone()) => {
                Some(Money { amount, currency: old.clone() }.major())
            }
            (Field::Keep, ..) => continue,
            (Field::Clear, ..) => None,
        };
        *bound = match (major, &row.currency) {
            (None, _) => None,
            (Some(major), None) => Decimal::parse(&major).map(|number| number.0),
            (Some(major), Some(currency)) => match Money::parse(&major, currency) {
                Ok(money) => Some(money.amount),
                Err(message) => {
                    check.fail(Code::Invalid, name, message);
                    None
                }
            },
        };
    }
    ordered(check, "maximum", row.minimum, row.maximum);
}

fn ordered<T: PartialOrd>(check: &mut Check, field: &str, least: Option<T>, most: Option<T>) {
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        check.fail(Code::OutOfRange, field, format!("{field} is less than the least that is allowed."));
    }
}

fn choices(check: &mut Check, given: Vec<GivenChoice>) -> Vec<Choice> {
    if given.len() > OPTIONS {
        check.fail(Code::OutOfRange, "", format!("A field has at most {OPTIONS} options; {} were given.", given.len()));
        return Vec::new();
    }
    let mut known = HashSet::new();
    let choice = |(index, (key, title, titles)): (usize, GivenChoice)| {
        check.within(index, |check| {
            let right = |letter: u8| letter.is_ascii_alphanumeric() || b"_.-".contains(&letter);
            if key.is_empty() || key.len() > 63 || !key.bytes().all(right) {
                let message = "An option's key is 1 to 63 letters, digits, points, hyphens and underscores.";
                check.fail(Code::Invalid, "key", message);
            }
            if !known.insert(fold(&key)) {
                check.fail(Code::Taken, "key", format!("Two options have the key {key:?}, compared without case."));
            }
            let mut choice = Choice { key, title: String::new(), translations: translations(check, titles) };
            check.required("title", Field::Set(title), LINE, &mut choice.title);
            choice
        })
    };
    given.into_iter().enumerate().map(choice).collect()
}

fn translations(check: &mut Check, given: Vec<GivenTitle>) -> Translations {
    let mut titles = Translations::new();
    check.within("translations", |check| {
        check.at_most("", given.len(), 100);
        for (index, (language, title)) in given.into_iter().enumerate() {
            check.within(index, |check| {
                let mut subtags = language.split('-');
                let plain = |tag: &str| (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphanumeric());
                let named =
                    subtags.next().is_some_and(|tag| tag.len() > 1 && tag.bytes().all(|b| b.is_ascii_alphabetic()));
                if !named || language.len() > 35 || !language.split('-').all(plain) {
                    let message = format!("{language:?} is not a language tag (BCP 47); examples are es and pt-BR.");
                    check.fail(Code::Invalid, "language", message);
                }
                let mut text = String::new();
                check.required("title", Field::Set(title), LINE, &mut text);
                if titles.insert(language.clone(), text).is_some() {
                    check.fail(Code::Taken, "language", format!("The language {language} is given twice."));
                }
            });
        }
    });
    titles
}

/// A default is a value that the field itself admits.
fn default(check: &mut Check, given: Field<Json>, row: &mut Model) -> Result<()> {
    let value = match given {
        Field::Clear => None,
        Field::Set(value) => Some(value),
        Field::Keep => row.default.as_deref().and_then(|json| serde_json::from_str(json).ok()),
    };
    row.default = value.as_ref().map(ToString::to_string);
    // With settings that are wrong themselves there is nothing to compare with.
    if let (Some(value), true) = (value, check.is_clean()) {
        match Rules::of(row)?.read(&value) {
            Ok(value) => row.default = Some(value.json(row.multi_select).to_string()),
            Err((code, message)) => check.fail(code, "default", message),
        }
    }
    Ok(())
}

fn listed<T>(given: Field<Vec<T>>) -> Option<Vec<T>> {
    match given {
        Field::Keep => None,
        Field::Clear => Some(Vec::new()),
        Field::Set(list) => Some(list),
    }
}
