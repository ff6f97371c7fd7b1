//! Places: where an input names a row, however deep, and how a name is put there.

use serde_json::{Value as Json, json};

use super::{
    sample::Sample,
    schema::{Field, Schema},
};

/// A place in an input that names a row: the path to it, and the field's name.
pub struct Place {
    /// The names of the fields that lead to it; 0 for the item of a list.
    pub path: Vec<String>,
    /// The field itself.
    pub field: Field,
}

/// Every place in an input type that names a row, down to a depth.
pub fn places(schema: &Schema, input: &str, path: &[String], found: &mut Vec<Place>) {
    for field in &schema.get(input).fields {
        let mut path = path.to_vec();
        path.push(field.name.clone());
        if ["ID", "Ref"].contains(&field.of.as_str()) {
            if field.list {
                path.push("0".to_owned());
            }
            found.push(Place { path, field: field.clone() });
        } else if schema.get(&field.of).kind == "INPUT_OBJECT" && path.len() < 6 {
            if field.list {
                path.push("0".to_owned());
            }
            places(schema, &field.of, &path, found);
        }
    }
}

/// Puts a value at a path of an input; what must stand beside it on the way is made as its type says.
pub fn put(sample: &mut Sample<'_>, schema: &Schema, input: &str, at: &mut Json, path: &[String], value: &str) {
    let [first, rest @ ..] = path else { return *at = json!(value) };
    let field = schema.get(input).fields.iter().find(|field| field.name == *first).unwrap().clone();
    let object = at.as_object_mut().unwrap();
    if rest.iter().all(|segment| segment == "0") {
        object.insert(first.clone(), if rest.is_empty() { json!(value) } else { json!([value]) });
        return;
    }
    let (listed, rest) = if rest[0] == "0" { (true, &rest[1..]) } else { (false, rest) };
    let inner = object.entry(first.clone()).or_insert_with(|| {
        let inner = sample.input(&field.of, 0, first, 0);
        if listed { json!([inner]) } else { inner }
    });
    let inner = if listed { &mut inner[0] } else { inner };
    put(sample, schema, &field.of, inner, rest, value);
}
