//! The costs in the text of the schema, as directives.

use std::collections::BTreeMap;

use async_graphql::parser::{
    parse_schema,
    types::{InterfaceType, ObjectType, TypeKind, TypeSystemDefinition},
};

use super::{
    AGGREGATE, AGGREGATE_COST, ANALYTICS_COST, MUTATION_COST, TOTAL_COUNT_COST,
    filter_cost::FILTER_EDGE_COST,
    table_scan::{scans_rows, scans_texts},
};
use crate::graphql::{
    aggregate::DEFAULT_GROUPS,
    list::DEFAULT_PAGE_SIZE,
    types::{SchemaTypes, is_connection, named},
};

/// Adds the costs to the text of a schema, as directives.
pub fn annotate(sdl: &str) -> String {
    let (types, mut directives) = (SchemaTypes::parse(sdl), BTreeMap::new());
    for definition in parse_schema(sdl).map(|document| document.definitions).unwrap_or_default() {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node;
        let fields = match definition.node.kind {
            TypeKind::Object(ObjectType { fields, .. }) | TypeKind::Interface(InterfaceType { fields, .. }) => fields,
            TypeKind::InputObject(input) => {
                let edges = input.fields.iter().filter(|field| {
                    let field = &field.node.name.node;
                    types.follows(&name, field) || scans_texts(&name, field) || scans_rows(&types, &name, field)
                });
                directives.extend(
                    edges.map(|field| (field.node.ty.pos.line, format!(" @cost(weight: \"{FILTER_EDGE_COST}\")"))),
                );
                continue;
            }
            _ => continue,
        };
        for field in fields {
            let line = field.node.ty.pos.line;
            if name == "Mutation" {
                directives.insert(line, format!(" @cost(weight: \"{MUTATION_COST}\")"));
            } else if is_connection(&name) && field.node.name.node == "totalCount" {
                directives.insert(line, format!(" @cost(weight: \"{TOTAL_COUNT_COST}\")"));
            } else if named(&field.node.ty.node) == AGGREGATE {
                directives.insert(
                    line,
                    format!(
                        " @cost(weight: \"{AGGREGATE_COST}\"){}",
                        GROUPS_SIZE_DIRECTIVE.replace("{size}", &DEFAULT_GROUPS.to_string())
                    ),
                );
            } else if named(&field.node.ty.node) == "Analytics" {
                directives.insert(line, format!(" @cost(weight: \"{ANALYTICS_COST}\")"));
            } else if name == "Query" && field.node.name.node == "recurringServiceOccurrences" {
                directives.insert(line, VISITS_SIZE_DIRECTIVE.replace("{size}", &DEFAULT_PAGE_SIZE.to_string()));
            } else if is_connection(named(&field.node.ty.node)) {
                directives.insert(line, LIST_SIZE_DIRECTIVE.replace("{size}", &DEFAULT_PAGE_SIZE.to_string()));
            }
        }
    }
    let mut text = String::with_capacity(sdl.len() * 5 / 4);
    for (index, line) in sdl.lines().enumerate() {
        text.push_str(line);
        text.push_str(directives.get(&(index + 1)).map_or("", String::as_str));
        text.push('\n');
    }
    text + include_str!("cost.graphql")
}

const GROUPS_SIZE_DIRECTIVE: &str = " @listSize(assumedSize: {size}, slicingArguments: [\"first\"], \
                    sizedFields: [\"groups\"], requireOneSlicingArgument: false)";

const VISITS_SIZE_DIRECTIVE: &str =
    " @listSize(assumedSize: {size}, slicingArguments: [\"first\"], requireOneSlicingArgument: false)";

const LIST_SIZE_DIRECTIVE: &str = " @listSize(assumedSize: {size}, slicingArguments: [\"first\", \"last\"], \
                    sizedFields: [\"nodes\", \"edges\"], requireOneSlicingArgument: false)";
