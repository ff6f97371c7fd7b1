//! Cost: what a document may cost at most, known before it runs, and what its answer did cost.
//!
//! The prices: a scalar 0, an object 1, a page of a connection as many times its rows' price as it may have rows, a
//! lookup of a `where` (an edge, a custom field, personal text) 25, and behind an edge 25 times that, a mutation 10 for each of its inputs, and then what is selected of its payload. A list that
//! is no page is part of its object, is read with it in one statement, and counts as one object however long it is. A
//! field that is selected twice runs twice, and costs twice. The same prices stand in the schema as `@cost` and
//! `@listSize` (IBM's GraphQL Cost Directives specification); see [`annotate`].

mod filter_cost;

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, HashMap},
    convert::Infallible,
};

use async_graphql::{
    Name, Pos, Positioned, Value, Variables,
    parser::{
        parse_schema,
        types::{
            ExecutableDocument, Field, FragmentDefinition, InterfaceType, ObjectType, OperationDefinition,
            OperationType, Selection, SelectionSet, TypeKind, TypeSystemDefinition,
        },
    },
};

use self::filter_cost::FilterCost;
use super::{
    connection::DEFAULT_PAGE_SIZE,
    limit::{LimitExceeded, Limits},
    types::{SchemaTypes, is_connection, named},
};

/// What a mutation costs besides its payload.
pub const MUTATION_COST: u64 = 10;

/// What following an edge in a `where` costs: as much as a page of rows.
pub const FILTER_EDGE_COST: u64 = DEFAULT_PAGE_SIZE as u64;

/// An operation with all that its price depends on.
pub struct CostEstimate<'a> {
    types: &'a SchemaTypes,
    limits: &'a Limits,
    fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    operation: &'a OperationDefinition,
    variables: &'a Variables,
    /// What the `where` of each field of the text costs: it is the same under every parent.
    filters: RefCell<HashMap<Pos, u64>>,
    /// How many items the lists of all inputs have so far.
    items: Cell<usize>,
}

/// The type an operation begins at.
pub fn root(of: OperationType) -> &'static str {
    match of {
        OperationType::Query => "Query",
        OperationType::Mutation => "Mutation",
        OperationType::Subscription => "Subscription",
    }
}

impl<'a> CostEstimate<'a> {
    /// The bill of an operation of a document; nothing, if the document has no such one. It was weighed before: opening
    /// its fragments is bounded.
    pub fn of(
        types: &'a SchemaTypes,
        limits: &'a Limits,
        document: &'a ExecutableDocument,
        operation: Option<&str>,
        variables: &'a Variables,
    ) -> Option<Self> {
        let mut chosen = document.operations.iter();
        let chosen = chosen.find(|(name, _)| operation.is_none() || name.map(Name::as_str) == operation);
        let (_, Positioned { node: operation, .. }) = chosen?;
        Some(Self {
            types,
            limits,
            fragments: &document.fragments,
            operation,
            variables,
            filters: RefCell::default(),
            items: Cell::default(),
        })
    }

    /// What the operation may cost at most.
    pub fn estimate(&self) -> Result<u64, LimitExceeded> {
        // Before any argument is filled in: a long variable that stands in it a thousand times would fill the memory.
        let most = self.limits.arguments;
        let bytes = self.arguments(&self.operation.selection_set.node, &mut HashMap::new(), 0);
        if bytes > most {
            return Err(LimitExceeded::new("arguments", most, bytes));
        }
        self.selections(&Name::new(root(self.operation.ty)), &self.operation.selection_set.node, 0)
    }

    /// What its answer did cost.
    pub fn actual(&self, data: &Value) -> u64 {
        self.actual_of_selection(&Name::new(root(self.operation.ty)), &self.operation.selection_set.node, data)
    }

    /// The bytes of the arguments below some selections, their variables filled in, added to those before, until they are
    /// too many. A variable is measured once, and not copied.
    fn arguments(&self, set: &SelectionSet, sizes: &mut HashMap<Name, usize>, before: usize) -> usize {
        let mut sum = before;
        self.fields(&Name::new(""), set, &mut |_, field| {
            if sum > self.limits.arguments {
                return;
            }
            for (_, value) in &field.arguments {
                let written = value.node.clone().into_const_with(|name| {
                    let measured = || self.given(&name).map_or(0, bytes);
                    sum = sum.saturating_add(*sizes.entry(name.clone()).or_insert_with(measured));
                    Ok::<_, Infallible>(Value::Null)
                });
                sum = sum.saturating_add(written.as_ref().map_or(0, bytes));
            }
            sum = self.arguments(&field.selection_set.node, sizes, sum);
        });
        sum
    }

    /// What is selected at one place, and of which type: fields, fragments opened.
    fn fields<'b>(&'b self, of: &'b Name, set: &'b SelectionSet, visit: &mut dyn FnMut(&'b Name, &'b Field)) {
        for item in &set.items {
            let (on, set) = match &item.node {
                Selection::Field(field) => {
                    visit(of, &field.node);
                    continue;
                }
                Selection::InlineFragment(fragment) => {
                    let on = fragment.node.type_condition.as_ref().map_or(of, |on| &on.node.on.node);
                    (on, &fragment.node.selection_set.node)
                }
                Selection::FragmentSpread(spread) => match self.fragments.get(&spread.node.fragment_name.node) {
                    Some(fragment) => (&fragment.node.type_condition.node.on.node, &fragment.node.selection_set.node),
                    None => continue,
                },
            };
            self.fields(on, set, visit);
        }
    }

    /// The price of what is selected of one object; of a connection, of a page of so many rows.
    fn selections(&self, of: &Name, set: &SelectionSet, rows: u64) -> Result<u64, LimitExceeded> {
        let mut sum = Ok(0_u64);
        self.fields(of, set, &mut |of, field| {
            if let Ok(before) = sum {
                sum = self.field(of, field, rows).map(|price| before.saturating_add(price));
            }
        });
        sum
    }

    fn field(&self, of: &Name, field: &Field, rows: u64) -> Result<u64, LimitExceeded> {
        let Some(gives) = self.types.field(of, &field.name.node).map(named) else { return Ok(0) };
        let inputs = if of == "Mutation" { self.count(field, "inputs")? } else { 0 };
        let mutation = MUTATION_COST.saturating_mul(inputs);
        if of == "Mutation" {
            self.inputs(field)?;
        }
        if !self.types.has_fields(gives) {
            return Ok(mutation);
        }
        let (size, filter) =
            if is_connection(gives) { (self.page(field)?, self.filter(gives, field)?) } else { (0, 0) };
        let one = self.selections(gives, &field.selection_set.node, size)?.saturating_add(1).saturating_add(filter);
        let times = match multiplicity(of, field) {
            Multiplicity::Rows => rows,
            Multiplicity::Ids => self.count(field, "ids")?,
            Multiplicity::Inputs => inputs,
            Multiplicity::Parts => 1,
        };
        Ok(one.saturating_mul(times).saturating_add(mutation))
    }

    /// What an answer has of what is selected, each field as often as it is selected, because so often it ran.
    fn actual_of_selection(&self, of: &Name, set: &SelectionSet, value: &Value) -> u64 {
        let Value::Object(answered) = value else { return 0 };
        let mut sum = 0;
        self.fields(of, set, &mut |of, field| {
            let Some(value) = answered.get(&field.response_key().node) else { return };
            let Some(gives) = self.types.field(of, &field.name.node).map(named) else { return };
            if self.types.has_fields(gives) {
                sum += self.actual_of_field(gives, field, multiplicity(of, field), value);
            }
        });
        sum
    }

    fn actual_of_field(&self, gives: &Name, field: &Field, many: Multiplicity, value: &Value) -> u64 {
        match value {
            Value::List(items) => {
                let items = items.iter().map(|item| self.actual_of_field(gives, field, many, item));
                // A list that is no page costs as much as the dearest of its items.
                if many == Multiplicity::Parts { items.max().unwrap_or_default() } else { items.sum() }
            }
            Value::Object(_) => {
                let mutation = if many == Multiplicity::Inputs { MUTATION_COST } else { 0 };
                // It was refused before, if it were too large.
                let filter = self.filter(gives, field).unwrap_or_default();
                1 + mutation + filter + self.actual_of_selection(gives, &field.selection_set.node, value)
            }
            _ => 0,
        }
    }

    /// How many rows the page of a list may have.
    fn page(&self, field: &Field) -> Result<u64, LimitExceeded> {
        let mut size = None;
        for name in ["first", "last"] {
            if let Some(Value::Number(given)) = self.argument(field, name) {
                let given = given.as_u64().map_or(0, |given| usize::try_from(given).unwrap_or(usize::MAX));
                if given > self.limits.page_size {
                    return Err(LimitExceeded::new("page_size", self.limits.page_size, given));
                }
                size = size.max(Some(given));
            }
        }
        Ok(size.unwrap_or(DEFAULT_PAGE_SIZE.min(self.limits.page_size)) as u64)
    }

    /// What the `where` of a list costs.
    fn filter(&self, connection: &Name, field: &Field) -> Result<u64, LimitExceeded> {
        let Some(of) = self.types.filter(connection) else { return Ok(0) };
        if let Some(known) = self.filters.borrow().get(&field.name.pos) {
            return Ok(*known);
        }
        let Some(filter) = self.argument(field, "where") else { return Ok(0) };
        let mut filter_cost = FilterCost::default();
        filter_cost.measure(self.types, of, &filter, (0, FILTER_EDGE_COST));
        let limits = [
            ("filter_size", self.limits.filter_size, filter_cost.size),
            ("filter_edges", self.limits.filter_edges, filter_cost.deepest),
            ("filter_lookups", self.limits.filter_lookups, filter_cost.lookups),
        ];
        match limits.into_iter().find(|(_, most, actual)| actual > most) {
            Some((limit, maximum, actual)) => Err(LimitExceeded::new(limit, maximum, actual)),
            None => {
                self.filters.borrow_mut().insert(field.name.pos, filter_cost.cost);
                Ok(filter_cost.cost)
            }
        }
    }

    /// Adds up what the lists of all inputs of the operation hold.
    fn inputs(&self, field: &Field) -> Result<(), LimitExceeded> {
        let given = ["input", "inputs"].into_iter().filter_map(|name| self.argument(field, name));
        let sum = given.map(|given| items(&given)).sum::<usize>().saturating_add(self.items.get());
        self.items.set(sum);
        let most = self.limits.input_items;
        if sum > most { Err(LimitExceeded::new("input_items", most, sum)) } else { Ok(()) }
    }

    /// How many items a list argument has: one, where a single one stands for the list, or there is no such argument.
    fn count(&self, field: &Field, name: &str) -> Result<u64, LimitExceeded> {
        match self.argument(field, name) {
            Some(Value::List(items)) if items.len() > self.limits.items => {
                Err(LimitExceeded::new("items", self.limits.items, items.len()))
            }
            Some(Value::List(items)) => Ok(items.len() as u64),
            _ => Ok(1),
        }
    }

    /// The value of an argument, with its variables filled in.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let value = field.get_argument(name)?.node.clone();
        // A variable that is not given leaves out what it stands for.
        value.into_const_with(|variable| Ok::<_, Infallible>(self.given(&variable).cloned().unwrap_or_default())).ok()
    }

    /// What a variable stands for.
    fn given(&self, name: &Name) -> Option<&Value> {
        self.variables.get(name).or_else(|| {
            let mut defined = self.operation.variable_definitions.iter();
            let defined = defined.find(|defined| defined.node.name.node == *name)?;
            defined.node.default_value.as_ref().map(|value| &value.node)
        })
    }
}

/// What a value takes besides its text.
const VALUE_OVERHEAD_BYTES: usize = 8;

/// The bytes of a value.
fn bytes(value: &Value) -> usize {
    match value {
        Value::List(items) => VALUE_OVERHEAD_BYTES + items.iter().map(bytes).sum::<usize>(),
        Value::Object(fields) => VALUE_OVERHEAD_BYTES + fields.values().map(bytes).sum::<usize>(),
        Value::String(text) => VALUE_OVERHEAD_BYTES + text.len(),
        _ => VALUE_OVERHEAD_BYTES,
    }
}

/// What a list of a field's answers is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Multiplicity {
    /// The rows of a page.
    Rows,
    /// The nodes of so many ids.
    Ids,
    /// The payloads of so many inputs; of one, where it is no list.
    Inputs,
    /// Part of the object that has it.
    Parts,
}

fn multiplicity(of: &Name, field: &Field) -> Multiplicity {
    match field.name.node.as_str() {
        _ if of == "Mutation" => Multiplicity::Inputs,
        "nodes" if of == "Query" => Multiplicity::Ids,
        "nodes" | "edges" if is_connection(of) => Multiplicity::Rows,
        _ => Multiplicity::Parts,
    }
}

/// How many items all lists of an input have, whatever stands in which.
fn items(value: &Value) -> usize {
    match value {
        Value::List(within) => within.len().saturating_add(within.iter().map(items).sum()),
        Value::Object(fields) => fields.values().map(items).sum(),
        _ => 0,
    }
}

/// A schema's text with the prices written into it.
pub fn annotate(sdl: &str) -> String {
    let (types, mut prices) = (SchemaTypes::parse(sdl), BTreeMap::new());
    for definition in parse_schema(sdl).map(|document| document.definitions).unwrap_or_default() {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node;
        let fields = match definition.node.kind {
            TypeKind::Object(ObjectType { fields, .. }) | TypeKind::Interface(InterfaceType { fields, .. }) => fields,
            TypeKind::InputObject(input) => {
                let edges = input.fields.iter().filter(|field| types.follows(&name, &field.node.name.node));
                prices.extend(
                    edges.map(|field| (field.node.ty.pos.line, format!(" @cost(weight: \"{FILTER_EDGE_COST}\")"))),
                );
                continue;
            }
            _ => continue,
        };
        for field in fields {
            let line = field.node.ty.pos.line;
            if name == "Mutation" {
                prices.insert(line, format!(" @cost(weight: \"{MUTATION_COST}\")"));
            } else if is_connection(named(&field.node.ty.node)) {
                prices.insert(line, LIST_SIZE_DIRECTIVE.replace("{size}", &DEFAULT_PAGE_SIZE.to_string()));
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

const LIST_SIZE_DIRECTIVE: &str = " @listSize(assumedSize: {size}, slicingArguments: [\"first\", \"last\"], \
                    sizedFields: [\"nodes\", \"edges\"], requireOneSlicingArgument: false)";
