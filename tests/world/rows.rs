//! Rows as a client reads them: all of every type, with who leads to whom, so that a test can reckon for itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::{Actor, schema::Schema};

/// The field with the values of a row's custom fields.
const CUSTOM: &str = "customFields";

/// All live rows, read through the root lists.
pub struct Rows {
    /// The rows of each type, by id; ids are in the order of their making. The parts of rows too, by names of our own.
    /// The values of custom fields are an object by their keys.
    pub of: BTreeMap<String, BTreeMap<String, Json>>,
    /// Type, field and id of a row, to the ids at the other end of the edge.
    edges: BTreeMap<(String, String, String), BTreeSet<String>>,
}

impl Rows {
    /// Reads all rows of some types. Each has at most a hundred.
    pub async fn read(actor: &Actor, schema: &Schema, nodes: &[String]) -> Self {
        let mut rows = Self { of: BTreeMap::new(), edges: BTreeMap::new() };
        for node in nodes {
            let list = &schema.list_of(node).name;
            let known = |(field, far): &(&super::schema::Field, &str)| {
                nodes.iter().any(|node| node == far) && !field.args.is_empty()
            };
            let under = schema.lists_under(node).into_iter().filter(known).collect::<Vec<_>>();
            let many = under.iter().map(|(field, _)| format!("{}(first: 100) {{ nodes {{ id }} }}", field.name));
            let has_own = schema.get(node).fields.iter().any(|field| field.name == CUSTOM);
            let own = if has_own { format!("{CUSTOM}(first: 100) {{ nodes {{ key value }} }}") } else { String::new() };
            let select = format!("{} {} {own}", schema.leaves(node).join(" "), many.collect::<Vec<_>>().join(" "));
            let answer = actor.ask(&format!("{{ {list}(first: 100) {{ totalCount nodes {{ {select} }} }} }}")).await;
            let read = &answer.data()[list];
            let nodes = read["nodes"].as_array().unwrap();
            assert_eq!(read["totalCount"].as_u64(), Some(nodes.len() as u64), "more {node} than one page holds");
            for row in nodes {
                let id = row["id"].as_str().unwrap().to_owned();
                let mut kept = row.clone();
                if has_own {
                    let values = row[CUSTOM]["nodes"].as_array().unwrap().iter();
                    let values = values.map(|one| (one["key"].as_str().unwrap().to_owned(), one["value"].clone()));
                    kept[CUSTOM] = Json::Object(values.collect::<Map<_, _>>());
                }
                for (field, value) in row.as_object().unwrap().iter().filter(|(field, _)| *field != CUSTOM) {
                    let of = schema.get(node).fields.iter().find(|known| known.name == *field).unwrap();
                    for (index, part) in
                        value.as_array().into_iter().flatten().enumerate().filter(|(_, part)| part.is_object())
                    {
                        let name = format!("{id} {field} {index}");
                        rows.edges.entry((node.clone(), field.clone(), id.clone())).or_default().insert(name.clone());
                        rows.of.entry(of.of.clone()).or_default().insert(name, part.clone());
                    }
                    let far = match (&value["id"], &value["nodes"]) {
                        (Json::String(far), _) => BTreeSet::from([far.clone()]),
                        (_, Json::Array(list)) => {
                            list.iter().map(|far| far["id"].as_str().unwrap().to_owned()).collect()
                        }
                        _ => continue,
                    };
                    rows.edges.insert((node.clone(), field.clone(), id.clone()), far);
                }
                rows.of.entry(node.clone()).or_default().insert(id, kept);
            }
        }
        rows
    }

    /// The live rows of a type at the other end of an edge.
    pub fn far(&self, node: &str, field: &str, id: &str, far: &str) -> Vec<(&String, &Json)> {
        let ids = self.edges.get(&(node.to_owned(), field.to_owned(), id.to_owned()));
        let live = self.of.get(far);
        ids.into_iter().flatten().filter_map(|id| live?.get_key_value(id)).collect()
    }
}
