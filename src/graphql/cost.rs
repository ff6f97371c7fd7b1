//! Cost: what a document may cost at most, known before it runs, and what its answer did cost.
//!
//! The prices: a scalar 0, an object 1, a page of a connection as many times its rows' price as it may have rows, a
//! mutation 10 for each of its inputs, and then what is selected of its payload. A list that is no page is part of its
//! object, is read with it in one statement, and counts as one object however long it is. The same prices stand in the
//! schema as `@cost` and `@listSize` (IBM's GraphQL Cost Directives specification); see [`annotate`].

use std::collections::{BTreeMap, HashMap};

use async_graphql::{
    Name, Positioned, Value, Variables,
    parser::{
        parse_schema,
        types::{
            ExecutableDocument, Field, FragmentDefinition, InterfaceType, ObjectType, OperationDefinition,
            OperationType, Selection, SelectionSet, TypeKind, TypeSystemDefinition,
        },
    },
};

use super::{
    connection::PAGE,
    limit::{Exceeded, Limits},
    types::{Types, is_connection, named},
};

/// What a mutation costs besides its payload.
pub const MUTATION: u64 = 10;

/// What an operation may cost at most. The document was weighed before: opening its fragments is bounded.
pub fn price(
    types: &Types,
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
    limits: &Limits,
) -> Result<u64, Exceeded> {
    let mut chosen = document.operations.iter();
    let chosen = chosen.find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation);
    let Some((_, Positioned { node: operation, .. })) = chosen else { return Ok(0) };
    let root = root(operation.ty);
    let pricing = Pricing { types, fragments: &document.fragments, operation, variables, limits };
    pricing.selections(&Name::new(root), &operation.selection_set.node, 0)
}

/// The type an operation begins at.
pub fn root(of: OperationType) -> &'static str {
    match of {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

struct Pricing<'a> {
    types: &'a Types,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    limits: &'a Limits,
}

impl Pricing<'_> {
    /// The price of what is selected of one object; of a connection, of a page of so many rows.
    fn selections(&self, of: &Name, set: &SelectionSet, rows: u64) -> Result<u64, Exceeded> {
        let mut sum = 0_u64;
        for item in &set.items {
            let price = match &item.node {
                Selection::Field(field) => self.field(of, &field.node, rows)?,
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(of, |on| &on.node.on.node);
                    self.selections(on, &fragment.node.selection_set.node, rows)?
                }
                Selection::FragmentSpread(spread) => match self.fragments.get(&spread.node.fragment_name.node) {
                    Some(fragment) => {
                        let on = &fragment.node.type_condition.node.on.node;
                        self.selections(on, &fragment.node.selection_set.node, rows)?
                    }
                    None => 0,
                },
            };
            sum = sum.saturating_add(price);
        }
        Ok(sum)
    }

    fn field(&self, of: &Name, field: &Field, rows: u64) -> Result<u64, Exceeded> {
        let Some(gives) = self.types.field(of, &field.name.node).map(named) else { return Ok(0) };
        let inputs = if of == "Mutation" { self.count(field, "inputs")? } else { 0 };
        let mutation = MUTATION.saturating_mul(inputs);
        if !self.types.has_fields(gives) {
            return Ok(mutation);
        }
        let size = if is_connection(gives) { self.page(field)? } else { 0 };
        let one = self.selections(gives, &field.selection_set.node, size)?.saturating_add(1);
        let times = match field.name.node.as_str() {
            "nodes" | "edges" if is_connection(of) => rows,
            "nodes" if of == "Query" => self.count(field, "ids")?,
            _ if of == "Mutation" => inputs,
            _ => 1,
        };
        Ok(one.saturating_mul(times).saturating_add(mutation))
    }

    /// How many rows the page of a list may have.
    fn page(&self, field: &Field) -> Result<u64, Exceeded> {
        let mut size = None;
        for name in ["first", "last"] {
            if let Some(Value::Number(given)) = self.argument(field, name) {
                let given = given.as_u64().map_or(0, |given| usize::try_from(given).unwrap_or(usize::MAX));
                if given > self.limits.page_size {
                    return Err(Exceeded::new("page_size", self.limits.page_size, given));
                }
                size = size.max(Some(given));
            }
        }
        Ok(size.unwrap_or(PAGE.min(self.limits.page_size)) as u64)
    }

    /// How many items a list argument has: one, where a single one stands for the list, or there is no such argument.
    fn count(&self, field: &Field, name: &str) -> Result<u64, Exceeded> {
        match self.argument(field, name) {
            Some(Value::List(items)) if items.len() > self.limits.items => {
                Err(Exceeded::new("items", self.limits.items, items.len()))
            }
            Some(Value::List(items)) => Ok(items.len() as u64),
            _ => Ok(1),
        }
    }

    /// The value of an argument, with its variables filled in.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        value.into_const_with(|variable| self.variable(&variable).ok_or(())).ok()
    }

    fn variable(&self, name: &Name) -> Option<Value> {
        self.variables.get(name).cloned().or_else(|| {
            let mut defined = self.operation.variable_definitions.iter();
            let defined = defined.find(|defined| defined.node.name.node == *name)?;
            defined.node.default_value.as_ref().map(|value| value.node.clone())
        })
    }
}

/// A schema's text with the prices written into it.
pub fn annotate(sdl: &str) -> String {
    let mut prices = BTreeMap::new();
    for definition in parse_schema(sdl).map(|document| document.definitions).unwrap_or_default() {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node;
        let (TypeKind::Object(ObjectType { fields, .. }) | TypeKind::Interface(InterfaceType { fields, .. })) =
            definition.node.kind
        else {
            continue;
        };
        for field in fields {
            let line = field.node.ty.pos.line;
            if name == "Mutation" {
                prices.insert(line, format!(" @cost(weight: \"{MUTATION}\")"));
            } else if is_connection(named(&field.node.ty.node)) {
                prices.insert(line, LIST.replace("PAGE", &PAGE.to_string()));
            }
        }
    }
    let mut text = String::with_capacity(sdl.len() * 5 / 4);
    for (index, line) in sdl.lines().enumerate() {
        text.push_str(line);
        text.push_str(prices.get(&(index + 1)).map_or("", String::as_str));
        text.push('\n');
    }
    text + include_str!("cost.graphql")
}

const LIST: &str = " @listSize(assumedSize: PAGE, slicingArguments: [\"first\", \"last\"], \
                    sizedFields: [\"nodes\", \"edges\"], requireOneSlicingArgument: false)";
