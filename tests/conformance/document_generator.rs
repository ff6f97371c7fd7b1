//! Random documents: fragments, aliases, conditions and variables over every type of the schema.

use serde_json::{Value as Json, json};

use super::input_generator::InputGenerator;
use crate::world::{
    sample_data::SampleData,
    schema::{Field, Schema},
};

/// How many levels of fields a document has at most.
const MAX_DEPTH: usize = 4;

/// The most selections of a document.
const MAX_SELECTIONS: usize = 60;

/// Names that a schema may not have.
const NAMES: [&str; 8] = ["__Type", "__Schema", "__TypeKind", "Int", "Strin", "customer", "[Customer]", ""];

/// What a document does.
#[derive(Clone, Copy)]
pub enum Kind {
    /// It reads rows.
    Query,
    /// It writes rows.
    Mutation,
    /// It reads the schema.
    Introspection,
}

/// Generates documents with variables.
pub struct DocumentGenerator<'a> {
    schema: &'a Schema,
    inputs: InputGenerator<'a>,
    fragments: Vec<String>,
    selections: usize,
    /// How many of a hundred optional arguments are given.
    optional_arguments: usize,
}

impl<'a> DocumentGenerator<'a> {
    /// A generator of documents that name the rows of the sample data.
    pub fn new(schema: &'a Schema, seed: u64, sample: SampleData<'a>) -> Self {
        let inputs = InputGenerator::new(schema, seed, sample);
        Self { schema, inputs, fragments: Vec::new(), selections: 0, optional_arguments: 12 }
    }

    /// A document with its variables.
    pub fn document(&mut self, kind: Kind) -> Json {
        match kind {
            Kind::Query => self.query(),
            Kind::Mutation => self.mutation(),
            Kind::Introspection => self.introspection(),
        }
    }

    fn query(&mut self) -> Json {
        self.clear(12);
        let selection_set = self.selection_set("Query", MAX_DEPTH);
        self.request("query", &selection_set)
    }

    /// A mutation of one to three fields, some of them in several places.
    fn mutation(&mut self) -> Json {
        self.clear(50);
        self.inputs.is_careful = self.inputs.random.chance(50);
        let schema = self.schema;
        // The fields of some documents all update the same row, which shows their order.
        let serial = self.inputs.random.chance(15).then(|| self.inputs.id(Some("Customer".to_owned())));
        let mut selections = Vec::new();
        for place in 0..=self.inputs.random.below(3) {
            let field = match serial {
                Some(_) => schema.mutation("customerUpdate").unwrap(),
                None => self.inputs.random.choose(schema.mutations()),
            };
            let head = match &serial {
                Some(id) => {
                    let notes = self.inputs.random.below(1 << 30);
                    format!("s{place}: {}(input: {{ id: \"{id}\", notes: \"{notes}\" }})", field.name)
                }
                None => self.head(field, schema.mutated_type(field)),
            };
            for _ in 0..=usize::from(self.inputs.random.chance(30)) {
                let directive = self.inputs.directive();
                let mut selection_set = self.selection_set(&field.type_name, MAX_DEPTH - 1);
                if serial.is_some() {
                    selection_set.insert_str(1, " customer { serial: version }");
                }
                let selection = self.wrap("Mutation", format!("{head}{directive} {selection_set}"));
                let at = self.inputs.random.below(selections.len() + 1);
                selections.insert(at, selection);
            }
        }
        if self.inputs.random.chance(15) {
            selections.push("__typename".to_owned());
        }
        self.request("mutation", &format!("{{ {} }}", selections.join(" ")))
    }

    /// A query of the schema, with ordinary fields in between.
    fn introspection(&mut self) -> Json {
        self.clear(50);
        let schema = self.schema;
        let names = schema.names().chain(NAMES).map(str::to_owned);
        self.inputs.texts = names.collect();
        let text = |name: &str, type_name: &str| Field {
            name: name.to_owned(),
            type_name: type_name.to_owned(),
            list: false,
            required: true,
            type_text: format!("{type_name}!"),
            args: Vec::new(),
        };
        let whole = text("__schema", "__Schema");
        let one = Field { args: vec![text("name", "String")], ..text("__type", "__Type") };
        let mut selections = Vec::new();
        for _ in 0..=self.inputs.random.below(3) {
            let selection = match self.inputs.random.below(10) {
                0 => self.field(&whole, 3),
                1..8 => self.field(&one, MAX_DEPTH),
                8 => "__typename".to_owned(),
                _ => self.any_field("Query", 2),
            };
            selections.push(self.wrap("Query", selection));
        }
        self.request("query", &format!("{{ {} }}", selections.join(" ")))
    }

    fn clear(&mut self, optional_arguments: usize) {
        self.inputs.clear();
        (self.fragments, self.selections, self.optional_arguments) = (Vec::new(), 0, optional_arguments);
    }

    fn request(&self, operation: &str, selection_set: &str) -> Json {
        let definitions = self.inputs.definitions.join(", ");
        let definitions = if definitions.is_empty() { definitions } else { format!("({definitions})") };
        let query = format!("{operation} Q{definitions} {selection_set} {}", self.fragments.join(" "));
        json!({ "query": query, "variables": self.inputs.variables })
    }

    /// A selection of a type as it is, or in a fragment.
    fn wrap(&mut self, on: &str, selection: String) -> String {
        match self.inputs.random.below(100) {
            0..60 => selection,
            60..80 => {
                let condition = if self.inputs.random.chance(50) { String::new() } else { format!(" on {on}") };
                format!("...{condition}{} {{ {selection} }}", self.inputs.directive())
            }
            _ => self.fragment(on, &format!("{{ {selection} }}")),
        }
    }

    /// Defines a fragment, and spreads it.
    fn fragment(&mut self, on: &str, selection_set: &str) -> String {
        let (name, directive) = (self.inputs.name("F"), self.inputs.directive());
        self.fragments.push(format!("fragment {name} on {on} {selection_set}"));
        format!("...{name}{directive}")
    }

    fn selection_set(&mut self, of: &str, depth: usize) -> String {
        let is_abstract = self.schema.get(of).kind != "OBJECT";
        // The comparison has to know the type of an object, and which type of the schema an object is about.
        let mut selections = match of {
            _ if is_abstract => vec!["concrete: __typename".to_owned()],
            "__Type" => vec!["about: name".to_owned()],
            _ => Vec::new(),
        };
        for _ in 0..=self.inputs.random.below(4) {
            self.selections += 1;
            let selection = match self.inputs.random.below(100) {
                _ if self.selections > MAX_SELECTIONS => "__typename".to_owned(),
                0..65 => self.any_field(of, depth),
                65..76 => {
                    let on = self.type_condition(of);
                    let condition =
                        if on == of && self.inputs.random.chance(50) { String::new() } else { format!(" on {on}") };
                    let directive = self.inputs.directive();
                    format!("...{condition}{directive} {}", self.selection_set(&on, depth))
                }
                76..86 => {
                    let on = self.type_condition(of);
                    let selection_set = self.selection_set(&on, depth);
                    self.fragment(&on, &selection_set)
                }
                86..95 if !selections.is_empty() => self.inputs.random.choose(&selections).clone(),
                _ => "__typename".to_owned(),
            };
            selections.push(selection);
        }
        format!("{{ {} }}", selections.join(" "))
    }

    /// A type that a fragment on a type may have: the type, one that implements it, or an interface of it.
    fn type_condition(&mut self, of: &str) -> String {
        let mut types = vec![of.to_owned()];
        types.extend(self.schema.get(of).possible_types.iter().cloned());
        types.extend(self.schema.is_node(of).then(|| "Node".to_owned()));
        self.inputs.random.choose(&types).clone()
    }

    fn any_field(&mut self, of: &str, depth: usize) -> String {
        let schema = self.schema;
        let is_possible = |field: &&Field| depth > 0 || !schema.has_fields(&field.type_name);
        let fields: Vec<_> = schema.get(of).fields.iter().filter(is_possible).collect();
        if fields.is_empty() {
            return "__typename".to_owned();
        }
        let field = *self.inputs.random.choose(&fields);
        self.field(field, depth)
    }

    fn field(&mut self, field: &Field, depth: usize) -> String {
        let (head, directive) = (self.head(field, None), self.inputs.directive());
        if self.schema.has_fields(&field.type_name) {
            format!("{head}{directive} {}", self.selection_set(&field.type_name, depth - 1))
        } else {
            format!("{head}{directive}")
        }
    }

    /// A field with its alias and its arguments. A mutation has inputs for a type of row.
    fn head(&mut self, field: &Field, mutated: Option<&str>) -> String {
        let mut arguments = Vec::new();
        for argument in &field.args {
            // Rarely, a required argument is missing.
            let is_given = if argument.required {
                !self.inputs.is_wrong(2)
            } else {
                self.inputs.random.chance(self.optional_arguments)
            };
            if is_given {
                arguments.push(format!("{}: {}", argument.name, self.inputs.argument(argument, mutated)));
            }
        }
        // Fields with the same response key have the same arguments, except rarely.
        let has_alias = (!arguments.is_empty() && !self.inputs.random.chance(3)) || self.inputs.random.chance(15);
        let alias = if has_alias { format!("{}: ", self.inputs.name("a")) } else { String::new() };
        let arguments = if arguments.is_empty() { String::new() } else { format!("({})", arguments.join(", ")) };
        format!("{alias}{}{arguments}", field.name)
    }
}
