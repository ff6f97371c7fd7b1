//! The predicates of the model: whether a value of a row matches the operators of a filter.

use serde_json::{Value as Json, json};
use store::{fold::fold, search, table::Normalization};

/// Whether a value matches all operators.
pub fn all_match(filter: &str, field: &str, value: &Json, operand: &Json) -> bool {
    operand.as_object().unwrap().iter().all(|(test, operand)| operator_matches(filter, field, value, test, operand))
}

/// Whether a value matches one operator. Two-valued: a comparison with null is false.
fn operator_matches(filter: &str, field: &str, value: &Json, test: &str, operand: &Json) -> bool {
    // To a filter, an empty list of words is null.
    let null = value.is_null() || *value == json!([]);
    if test == "isNull" {
        return operand == null;
    }
    if null {
        return false;
    }
    if filter == "PersonalFilter" {
        return personal_matches(field, value.as_str().unwrap(), test, operand);
    }
    let folds = ["TextFilter", "WordsFilter", "OptionsFilter"].contains(&filter);
    let read = |json: &Json| match json {
        Json::String(content) if folds => fold(content),
        Json::String(content) => content.clone(),
        // Padded texts of integers are in the order of the integers.
        Json::Number(number) => format!("{:020}", number.as_i64().unwrap()),
        other => other.to_string(),
    };
    let comparable = |json: &Json| match (filter, json) {
        ("DecimalFilter", Json::String(content)) => {
            let (whole, part) = content.split_once('.').unwrap_or((content, ""));
            let millionths: i128 = format!("{whole}{part:0<6}").parse().unwrap();
            // Shifted above zero, so that texts of negative numbers are in order, too.
            format!("{:030}", millionths + 10_i128.pow(20))
        }
        ("DateTimeFilter", Json::String(content)) => content.trim_end_matches('Z').to_owned(),
        _ => read(json),
    };
    let (is, to) = (comparable(value), |operand: &Json| comparable(operand));
    let among = || operand.as_array().unwrap().iter().any(|operand| to(operand) == is);
    match test {
        "eq" => is == to(operand),
        "neq" => is != to(operand),
        "in" => among(),
        "notIn" => !among(),
        "lt" => is < to(operand),
        "lte" => is <= to(operand),
        "gt" => is > to(operand),
        "gte" => is >= to(operand),
        "contains" => is.contains(&to(operand)),
        "startsWith" => is.starts_with(&to(operand)),
        "hasAny" => operand
            .as_array()
            .unwrap()
            .iter()
            .any(|operand| value.as_array().unwrap().iter().any(|word| read(word) == to(operand))),
        "has" => value.as_array().unwrap().iter().any(|word| read(word) == to(operand)),
        other => panic!("the model has no operator {other}"),
    }
}

/// Whether money matches a filter: a comparison is within one currency, which defaults to the tenant's.
pub fn money_matches(money: &Json, filter: &Json) -> bool {
    let no_operators = json!({});
    let operators = filter.get("amount").unwrap_or(&no_operators);
    let compares = operators.as_object().unwrap().keys().any(|test| test != "isNull");
    let currency = filter.get("currency").cloned().or(compares.then(|| json!("USD")));
    currency.is_none_or(|currency| money["currency"] == currency)
        && all_match("DecimalFilter", "amount", &money["amount"], operators)
}

/// The country of the tests' tenants.
pub const COUNTRY: &str = "US";

/// How a personal field is indexed.
pub fn token_kind(field: &str) -> Normalization {
    match field {
        "email" => Normalization::Email,
        "phone" | "mobile" => Normalization::Phone,
        _ => Normalization::Words,
    }
}

/// Whether personal text matches an operator: it compares folded words.
fn personal_matches(field: &str, value: &str, test: &str, operand: &Json) -> bool {
    let kind = token_kind(field);
    let is = search::searchable_words(kind, value, COUNTRY);
    let form = |text: &str| search::equality_form(kind, text, COUNTRY);
    let same = |operand: &Json| form(value).is_some() && form(operand.as_str().unwrap()) == form(value);
    match test {
        "eq" => same(operand),
        "in" => operand.as_array().unwrap().iter().any(same),
        _ => {
            let beginning = |word: &String| word.chars().take(search::MAX_PREFIX_CHARS).collect::<String>();
            let words = search::query_words(kind, operand.as_str().unwrap(), COUNTRY);
            words.iter().all(|word| is.iter().any(|is| is.starts_with(&beginning(word))))
        }
    }
}
