//! All rows of every type as a client reads them, with the links between them: the data that a model-based test computes its expected result from.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::{Actor, schema::Schema};

/// The field with the values of a row's custom fields.
const CUSTOM_FIELDS: &str = "customFields";

/// All live rows, read through the root lists.
pub struct RowSet {
    /// The rows of each type by id; ids are in the order of creation. Nested objects of rows are rows too, under ids that
    /// the row set makes up. The values of custom fields are an object by their keys.
    pub by_type: BTreeMap<String, BTreeMap<String, Json>>,
    /// The ids that a row is linked to, by the type, the field and the id of the row.
    links: BTreeMap<(String, String, String), BTreeSet<String>>,
}

impl RowSet {
    /// Reads all rows of some types, and at most a hundred at the end of each edge.
    pub async fn read(actor: &Actor, schema: &Schema, nodes: &[String]) -> Self {
        let mut rows = Self { by_type: BTreeMap::new(), links: BTreeMap::new() };
        for node in nodes {
            let list = &schema.root_list(node).name;
            let is_read = |(field, far): &(&super::schema::Field, &str)| {
                nodes.iter().any(|node| node == far) && !field.args.is_empty()
            };
            let connections = schema.connections_of(node).into_iter().filter(is_read).collect::<Vec<_>>();
            let connections =
                connections.iter().map(|(field, _)| format!("{}(first: 100) {{ nodes {{ id }} }}", field.name));
            let has_custom_fields = schema.get(node).fields.iter().any(|field| field.name == CUSTOM_FIELDS);
            let custom_fields = if has_custom_fields {
                format!("{CUSTOM_FIELDS}(first: 100) {{ nodes {{ key value }} }}")
            } else {
                String::new()
            };
            let select = format!(
                "{} {} {custom_fields}",
                schema.leaf_selections(node).join(" "),
                connections.collect::<Vec<_>>().join(" ")
            );
            let query = format!(
                "query($after: String) {{ {list}(first: 100, after: $after) {{
                    nodes {{ {select} }} pageInfo {{ endCursor hasNextPage }} }} }}"
            );
            let (mut nodes, mut after, mut has_more) = (Vec::new(), Json::Null, true);
            while has_more {
                let response = actor.execute_with(&query, json!({ "after": after })).await;
                let page = &response.data()[list];
                nodes.extend(page["nodes"].as_array().unwrap().iter().cloned());
                (after, has_more) = (page["pageInfo"]["endCursor"].clone(), page["pageInfo"]["hasNextPage"] == true);
            }
            for row in &nodes {
                let id = row["id"].as_str().unwrap().to_owned();
                let mut kept = row.clone();
                if has_custom_fields {
                    let values = row[CUSTOM_FIELDS]["nodes"].as_array().unwrap().iter();
                    let values = values.map(|one| (one["key"].as_str().unwrap().to_owned(), one["value"].clone()));
                    kept[CUSTOM_FIELDS] = Json::Object(values.collect::<Map<_, _>>());
                }
                for (field, value) in row.as_object().unwrap().iter().filter(|(field, _)| *field != CUSTOM_FIELDS) {
                    let of = schema.get(node).fields.iter().find(|known| known.name == *field).unwrap();
                    for (index, part) in
                        value.as_array().into_iter().flatten().enumerate().filter(|(_, part)| part.is_object())
                    {
                        let name = format!("{id} {field} {index}");
                        rows.links.entry((node.clone(), field.clone(), id.clone())).or_default().insert(name.clone());
                        rows.by_type.entry(of.type_name.clone()).or_default().insert(name, part.clone());
                    }
                    let far = match (&value["id"], &value["nodes"]) {
                        (Json::String(far), _) => BTreeSet::from([far.clone()]),
                        (_, Json::Array(list)) => {
                            list.iter().map(|far| far["id"].as_str().unwrap().to_owned()).collect()
                        }
                        _ => continue,
                    };
                    rows.links.insert((node.clone(), field.clone(), id.clone()), far);
                }
                rows.by_type.entry(node.clone()).or_default().insert(id, kept);
            }
        }
        rows
    }

    /// The rows of a type that a row is linked to.
    pub fn linked(&self, node: &str, field: &str, id: &str, far: &str) -> Vec<(&String, &Json)> {
        let ids = self.links.get(&(node.to_owned(), field.to_owned(), id.to_owned()));
        let rows = self.by_type.get(far);
        ids.into_iter().flatten().filter_map(|id| rows?.get_key_value(id)).collect()
    }
}
