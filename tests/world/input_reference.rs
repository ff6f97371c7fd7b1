//! References in inputs: where an input refers to a row, at any depth, and how a test sets a value there.

use serde_json::{Value as Json, json};

use super::{
    sample_data::SampleData,
    schema::{Field, Schema},
};

/// A field of an input that refers to a row, and the path to it.
pub struct InputReference {
    /// The names of the fields that lead to it; 0 for an item of a list.
    pub path: Vec<String>,
    /// The field itself.
    pub field: Field,
}

/// Collects every reference to a row in an input type, at most six levels deep.
pub fn collect_input_references(schema: &Schema, input: &str, path: &[String], found: &mut Vec<InputReference>) {
    for field in &schema.get(input).fields {
        let mut path = path.to_vec();
        path.push(field.name.clone());
        if ["ID", "Ref"].contains(&field.type_name.as_str()) {
            if field.list {
                path.push("0".to_owned());
            }
            found.push(InputReference { path, field: field.clone() });
        } else if schema.get(&field.type_name).kind == "INPUT_OBJECT" && path.len() < 6 {
            if field.list {
                path.push("0".to_owned());
            }
            collect_input_references(schema, &field.type_name, &path, found);
        }
    }
}

/// Sets the value at a path of an input; objects on the way are created with sample values for their other fields.
pub fn set_value_at(
    sample: &mut SampleData<'_>,
    schema: &Schema,
    input: &str,
    at: &mut Json,
    path: &[String],
    value: &str,
) {
    let [first, rest @ ..] = path else { return *at = json!(value) };
    let field = schema.get(input).fields.iter().find(|field| field.name == *first).unwrap().clone();
    let object = at.as_object_mut().unwrap();
    if schema.get(input).is_one_of {
        object.retain(|name, _| name == first);
    }
    if rest.iter().all(|segment| segment == "0") {
        object.insert(first.clone(), if rest.is_empty() { json!(value) } else { json!([value]) });
        return;
    }
    let (listed, rest) = if rest[0] == "0" { (true, &rest[1..]) } else { (false, rest) };
    let inner = object.entry(first.clone()).or_insert_with(|| {
        let inner = sample.input(&field.type_name, 0, first, 0);
        if listed { json!([inner]) } else { inner }
    });
    let inner = if listed { &mut inner[0] } else { inner };
    set_value_at(sample, schema, &field.type_name, inner, rest, value);
}
