//! Compares the answers of the servers: before anything is timed, all have the same values.

use serde_json::Value as Json;

use super::Prepared;
use super::client::{Connection, data};
use super::query::Query;
use crate::process::Result;

/// Cases of each query whose answers are compared.
const COMPARED: usize = 8;
/// What differs between servers by its nature: ids, cursors, and the times of creation.
const IGNORED: [&str; 5] = ["id", "rowId", "pageInfo", "createdAt", "userErrors"];

/// An error names the query and two servers whose values differ.
pub fn verify(query: Query, servers: &[Prepared]) -> Result<usize> {
    let mut values = 0;
    let mut reference: Option<(&str, Vec<Vec<String>>)> = None;
    for server in servers {
        let Some(requests) = server.requests.get(&query) else { continue };
        let connection = Connection::new(&server.address);
        let step = (requests.len() / COMPARED).max(1);
        let answers = requests.iter().step_by(step).map(|request| {
            let (status, body) = connection.send(request)?;
            let mut leaves = Vec::new();
            let data =
                data(status, &body).map_err(|error| format!("{} of {}: {error}", query.name(), server.name()))?;
            collect(&data, &mut leaves);
            leaves.sort();
            Ok(leaves)
        });
        let answers = answers.collect::<Result<Vec<_>>>()?;
        values = values.max(answers.first().map_or(0, Vec::len));
        match &reference {
            None if answers.iter().any(Vec::is_empty) => {
                return Err(format!("{} of {}: an answer has no values.", query.name(), server.name()).into());
            }
            None => reference = Some((server.name(), answers)),
            Some((name, expected)) => {
                if let Some((left, right)) = expected.iter().zip(&answers).find(|(left, right)| left != right) {
                    let (query, other) = (query.name(), server.name());
                    let only = |one: &[String], two: &[String]| {
                        one.iter().filter(|value| !two.contains(value)).take(5).cloned().collect::<Vec<_>>()
                    };
                    return Err(format!(
                        "{query}: {name} has {} values and {other} {}; only {name}: {:?}, only {other}: {:?}.",
                        left.len(),
                        right.len(),
                        only(left, right),
                        only(right, left)
                    )
                    .into());
                }
            }
        }
    }
    Ok(values)
}

/// The values of an answer, each in one form: numbers that are texts as numbers, times as dates.
fn collect(json: &Json, leaves: &mut Vec<String>) {
    match json {
        Json::Object(fields) => {
            for (_, value) in fields.iter().filter(|(name, _)| !IGNORED.contains(&name.as_str())) {
                collect(value, leaves);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, leaves)),
        Json::String(text) => leaves.push(match text.parse::<f64>() {
            Ok(number) => number.to_string(),
            Err(_) if is_time(text) => text[..10].to_owned(),
            Err(_) => text.clone(),
        }),
        Json::Number(number) => leaves.push(number.as_f64().unwrap_or(f64::NAN).to_string()),
        Json::Bool(value) => leaves.push(value.to_string()),
        Json::Null => leaves.push("null".to_owned()),
    }
}

fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.is_ascii()
        && bytes.len() >= 19
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && matches!(bytes[10], b'T' | b' ')
        && bytes[13] == b':'
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_compared_in_one_form() {
        let forms = [
            json!({ "customers": [{ "id": "cust_1", "value": "97.00", "at": "2027-01-01T08:00:00Z", "name": "A" }] }),
            json!({ "all": [{ "rowId": 7, "value": 97.0, "at": "2027-01-01", "name": "A" }], "pageInfo": { "end": "x" } }),
        ]
        .map(|json| {
            let mut leaves = Vec::new();
            collect(&json, &mut leaves);
            leaves.sort();
            leaves
        });
        assert_eq!(forms[0], forms[1]);
    }
}
