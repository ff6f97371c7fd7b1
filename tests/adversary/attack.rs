//! Attacks: requests that multiply. Each is a construct of the language times a list, an object, a JSON value or a text of the
//! schema, from a seed.

use serde_json::{Map, Value as Json, json};

use super::body;
use crate::world::{random::Random, schema::Schema};

/// The most aliases of a document.
const ALIASES: usize = 200;
/// The most rows of a page, and the most inputs of a mutation.
const PAGE: usize = 100;
/// The most root fields of an operation.
const ROOT_FIELDS: usize = 50;

/// A request of an attacker.
pub struct Attack {
    /// What multiplies in it, for people.
    pub name: String,
    /// The body of the request.
    pub body: Vec<u8>,
}

/// Makes attacks from the schema and the ids of its rows.
pub struct Attacker<'a> {
    /// The schema.
    pub schema: &'a Schema,
    /// Some ids of each type.
    pub ids: Vec<String>,
    /// The random choices.
    pub random: Random,
}

/// A text for each number below a count.
fn times(count: usize, text: impl FnMut(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().concat()
}

type Construct = fn(&mut Attacker<'_>) -> (String, Json);

/// Every construct, with its name.
const CONSTRUCTS: &[(&str, Construct)] = &[
    ("aliases of a leaf on a page", |attacker| attacker.aliases_on_a_page()),
    ("pages in pages", |attacker| attacker.pages_in_pages()),
    ("one row under many parents", |attacker| attacker.shared_rows()),
    ("a filter in every root field", |attacker| attacker.filters()),
    ("a value used many times", |attacker| attacker.repeated_variables()),
    ("fragments in fragments", |attacker| attacker.fragments()),
    ("introspection", |attacker| attacker.introspection()),
    ("images of changes", |attacker| attacker.images()),
    ("nodes of all types", |attacker| attacker.nodes()),
    ("counts of lists", |attacker| attacker.counts()),
    ("JSON values", |attacker| attacker.json_values()),
    ("an argument of each row", |attacker| attacker.row_arguments()),
    ("words of a search", |attacker| attacker.searches()),
    ("inputs with lists", |attacker| attacker.inputs()),
    ("many mutations", |attacker| attacker.mutations()),
    ("patterns of custom fields", |attacker| attacker.patterns()),
    ("literals in literals", |attacker| attacker.literals()),
];

impl Attacker<'_> {
    /// The next attack.
    pub fn attack(&mut self) -> Attack {
        if self.random.chance(15) {
            return body::malformed(&mut self.random);
        }
        let (name, construct) = *self.random.choose(CONSTRUCTS);
        let (query, variables) = construct(self);
        let body = serde_json::to_vec(&json!({ "query": query, "variables": variables })).unwrap();
        Attack { name: format!("{name}: {}", query.chars().take(300).collect::<String>()), body }
    }

    fn node(&mut self) -> String {
        let nodes: Vec<_> = self.schema.listed_nodes().cloned().collect();
        self.random.choose(&nodes).clone()
    }

    fn leaf(&mut self, node: &str) -> String {
        let leaves = self.schema.leaf_selections(node);
        self.random.choose(&leaves).clone()
    }

    /// A leaf with a number of aliases.
    fn aliased(&mut self, node: &str, count: usize) -> String {
        let leaf = self.leaf(node);
        // A fragment on a type has no alias; what is in it has.
        match leaf.split_once("{ ") {
            Some((on, inner)) if leaf.starts_with("...") => {
                times(count, |number| format!("{on}{{ a{number}: {inner} "))
            }
            _ => times(count, |number| format!("a{number}: {leaf} ")),
        }
    }

    fn all_leaves(&self, node: &str) -> String {
        self.schema.leaf_selections(node).join(" ")
    }

    fn aliases_on_a_page(&mut self) -> (String, Json) {
        let node = self.node();
        let list = self.schema.root_list(&node).name.clone();
        let count = 1 + self.random.below(ALIASES - 1);
        (format!("{{ {list}(first: {PAGE}) {{ nodes {{ {} }} }} }}", self.aliased(&node, count)), json!({}))
    }

    fn pages_in_pages(&mut self) -> (String, Json) {
        let node = self.node();
        let list = self.schema.root_list(&node).name.clone();
        let depth = 1 + self.random.below(6);
        let size = [100, 50, 25, 10][self.random.below(4)];
        (format!("{{ {list}(first: {size}) {{ nodes {{ {} }} }} }}", self.pages(&node, depth)), json!({}))
    }

    fn pages(&mut self, node: &str, depth: usize) -> String {
        let mut fields = if self.random.chance(50) { self.all_leaves(node) } else { "id".to_owned() };
        let edges: Vec<_> = self
            .schema
            .connections_of(node)
            .into_iter()
            .map(|(field, of)| (field.name.clone(), of.to_owned()))
            .collect();
        if depth > 0 && !edges.is_empty() {
            for _ in 0..=self.random.below(2) {
                let (field, of) = self.random.choose(&edges).clone();
                let size = [100, 25, 10, 3][self.random.below(4)];
                let alias = self.random.below(1_000);
                let below = self.pages(&of, depth - 1);
                let edge =
                    format!(" e{alias}: {field}(first: {size}) {{ totalCount edges {{ cursor node {{ {below} }} }} }}");
                fields.push_str(&edge);
            }
        }
        fields
    }

    fn shared_rows(&mut self) -> (String, Json) {
        let node = self.node();
        let list = self.schema.root_list(&node).name.clone();
        let edges: Vec<_> = self
            .schema
            .get(&node)
            .fields
            .iter()
            .filter(|field| self.schema.is_node(&field.type_name))
            .map(|field| (field.name.clone(), field.type_name.clone()))
            .collect();
        if edges.is_empty() {
            return self.pages_in_pages();
        }
        let (field, of) = self.random.choose(&edges).clone();
        let count = 1 + self.random.below(ALIASES - 2);
        (format!("{{ {list}(first: {PAGE}) {{ nodes {{ {field} {{ {} }} }} }} }}", self.aliased(&of, count)), json!({}))
    }

    fn filters(&mut self) -> (String, Json) {
        let node = self.node();
        let list = self.schema.root_list(&node).name.clone();
        let filter = format!("{node}Filter");
        let fields =
            self.schema.get(&filter).fields.iter().filter(|field| !["and", "or", "not"].contains(&field.name.as_str()));
        let fields: Vec<_> = fields.map(|field| (field.name.clone(), field.type_name.clone())).collect();
        let count = 1 + self.random.below(240);
        let tests: Vec<_> = (0..count)
            .map(|_| {
                let (name, of) = self.random.choose(&fields).clone();
                let operator = if of == "TextFilter" {
                    *self.random.choose(&["contains", "startsWith", "neq", "gt"])
                } else {
                    "isNull"
                };
                let value =
                    if operator == "isNull" { json!(false) } else { json!("e".repeat(1 + self.random.below(40))) };
                if self.schema.has_field(&of, operator) {
                    json!({ name: { operator: value } })
                } else {
                    json!({ name: {} })
                }
            })
            .collect();
        let mut tree = json!({ "or": tests });
        for _ in 0..self.random.below(40) {
            tree = json!({ "not": tree });
        }
        let roots = times(1 + self.random.below(ROOT_FIELDS), |number| {
            format!("r{number}: {list}(where: $v) {{ totalCount nodes {{ id }} }} ")
        });
        (format!("query($v: {filter}) {{ {roots} }}"), json!({ "v": tree }))
    }

    fn repeated_variables(&mut self) -> (String, Json) {
        let bytes = 1 << (10 + self.random.below(10));
        let value = match self.random.below(4) {
            0 => json!(vec![json!({}); bytes / 3]),
            1 => json!(vec![1; bytes / 2]),
            2 => json!("x".repeat(bytes)),
            _ => (0..bytes / 12).map(|number| (format!("k{number}"), json!(number))).collect::<Map<_, _>>().into(),
        };
        let uses = 1 + self.random.below(ROOT_FIELDS);
        match self.random.below(3) {
            0 => {
                let tests = "$v, ".repeat(uses * 8);
                (
                    format!("query($v: CustomerFilter) {{ customers(where: {{ and: [{tests}] }}) {{ totalCount }} }}"),
                    json!({ "v": { "or": value } }),
                )
            }
            1 => {
                let fields = times(uses, |number| {
                    format!(
                        "m{number}: customerCreate(input: {{ name: \"A\", type: BROKER, customFields: [{{ key: \"json\", value: $v }}] }}) {{ customer {{ id }} userErrors {{ message }} }} "
                    )
                });
                (format!("mutation($v: JSON) {{ {fields} }}"), json!({ "v": value }))
            }
            _ => {
                let fields = times(uses, |number| {
                    format!("n{number}: customers(where: {{ number: {{ in: $v }} }}) {{ totalCount }} ")
                });
                (format!("query($v: [String!]) {{ {fields} }}"), json!({ "v": value }))
            }
        }
    }

    fn fragments(&mut self) -> (String, Json) {
        let node = self.node();
        let list = self.schema.root_list(&node).name.clone();
        let levels = 1 + self.random.below(30);
        let spreads = 1 + self.random.below(8);
        let fragments = times(levels, |level| {
            format!(" fragment F{level} on {node} {{ {} }}", format!("...F{} ", level + 1).repeat(spreads))
        });
        let leaves = self.all_leaves(&node);
        (
            format!(
                "{{ {list}(first: {PAGE}) {{ nodes {{ ...F0 }} }} }}{fragments} fragment F{levels} on {node} {{ {leaves} }}"
            ),
            json!({}),
        )
    }

    fn introspection(&mut self) -> (String, Json) {
        let inner =
            "name description args { name description type { name kind ofType { name kind ofType { name } } } } ";
        let aliases = times(1 + self.random.below(ROOT_FIELDS - 1), |number| {
            format!(
                "s{number}: __schema {{ types {{ name description fields(includeDeprecated: true) {{ {inner} }} }} }} "
            )
        });
        (format!("{{ {aliases} }}"), json!({}))
    }

    fn images(&mut self) -> (String, Json) {
        let count = 1 + self.random.below(95);
        let aliases = times(count, |number| format!("b{number}: before a{number}: after "));
        (format!("{{ changes(first: {PAGE}) {{ nodes {{ {aliases} }} }} }}"), json!({}))
    }

    fn nodes(&mut self) -> (String, Json) {
        let ids: Vec<_> = (0..PAGE).map(|_| self.random.choose(&self.ids).clone()).collect();
        let fragments = self.schema.nodes().iter().map(|node| {
            let leaves = self.schema.leaf_selections(node).into_iter().filter(|leaf| !leaf.starts_with("..."));
            let leaves = leaves.take(12).enumerate().map(|(number, leaf)| format!("{node}{number}: {leaf} "));
            format!("... on {node} {{ {} }} ", leaves.collect::<Vec<_>>().concat())
        });
        let fragments = fragments.collect::<Vec<_>>().concat();
        let query =
            format!("query($ids: [ID!]!) {{ a: nodes(ids: $ids) {{ {fragments} }} b: nodes(ids: $ids) {{ id }} }}");
        (query, json!({ "ids": ids }))
    }

    fn counts(&mut self) -> (String, Json) {
        let node = self.node();
        let list = self.schema.root_list(&node).name.clone();
        let edges: Vec<_> =
            self.schema.connections_of(&node).into_iter().map(|(field, _)| field.name.clone()).collect();
        if edges.is_empty() {
            return self.images();
        }
        let count = self.random.below(ALIASES - 1);
        let counts: String =
            times(count, |number| format!("c{number}: {}{{ totalCount }} ", self.random.choose(&edges)));
        (format!("{{ {list}(first: {PAGE}) {{ nodes {{ id {counts} }} }} }}"), json!({}))
    }

    fn json_values(&mut self) -> (String, Json) {
        let count = 1 + self.random.below(ALIASES - 1);
        let values = times(count, |number| {
            format!("j{number}: customField(key: \"json\") {{ ... on JsonValue {{ json: value }} id }} ")
        });
        (format!("{{ customers(first: {PAGE}) {{ nodes {{ {values} }} }} }}"), json!({}))
    }

    /// The library copies an argument for each row. A key that does not exist makes an error, too.
    fn row_arguments(&mut self) -> (String, Json) {
        let key = "k".repeat(1 << self.random.below(20));
        let aliases = times(1 + self.random.below(20), |number| format!("k{number}: customField(key: $k) {{ id }} "));
        let rows = 1 + self.random.below(PAGE);
        let query = format!(
            "query($k: String!) {{ customers(first: {rows}) {{ nodes {{ contacts(first: {rows}) {{ nodes {{ {aliases} }} }} }} }} }}"
        );
        (query, json!({ "k": key }))
    }

    fn searches(&mut self) -> (String, Json) {
        let words =
            times(1 + self.random.below(8), |_| format!("{} ", self.random.choose(&["an", "cu", "x1", "true"])));
        let count = 1 + self.random.below(60);
        let fields = times(count, |number| format!("s{number}: search(query: $w, first: 1) {{ nodes {{ id }} }} "));
        (format!("query($w: String!) {{ {fields} }}"), json!({ "w": words }))
    }

    fn inputs(&mut self) -> (String, Json) {
        let count = 1 + self.random.below(PAGE);
        let inner = self.random.below(120);
        let text = "y".repeat(self.random.below(10_001));
        let contacts: Vec<_> =
            (0..inner).map(|number| json!({ "name": format!("Ann {number}"), "notes": text })).collect();
        let tags: Vec<_> = (0..self.random.below(200)).map(|number| format!("t{number}")).collect();
        let inputs: Vec<_> = (0..count)
            .map(
                |_| json!({ "name": "Adversary", "type": "BROKER", "notes": text, "contacts": contacts, "tags": tags }),
            )
            .collect();
        let count = 1 + self.random.below(ALIASES - 1);
        let payload = self.aliased("Customer", count);
        (
            format!(
                "mutation($i: [CustomerCreateInput!]!) {{ customerCreateMany(inputs: $i, atomic: {}) {{ customer {{ {payload} contacts(first: 100) {{ nodes {{ name notes }} }} }} userErrors {{ code message }} }} }}",
                self.random.chance(50)
            ),
            json!({ "i": inputs }),
        )
    }

    fn mutations(&mut self) -> (String, Json) {
        let count = 1 + self.random.below(ROOT_FIELDS);
        let leaves = self.all_leaves("Customer");
        let fields = times(count, |number| {
            format!(
                "m{number}: customerCreate(input: $i) {{ customer {{ {leaves} changes {{ nodes {{ after }} }} }} userErrors {{ message }} }} "
            )
        });
        (
            format!("mutation($i: CustomerCreateInput!) {{ {fields} }}"),
            json!({ "i": { "name": "Adversary", "type": "BROKER", "notes": "n".repeat(self.random.below(10_000)) } }),
        )
    }

    fn patterns(&mut self) -> (String, Json) {
        let patterns = ["(a*)*b", "(.{1,900}){1,90}", "[a-z]{1000}{50}", "(x+x+)+y", "\\pL{500}", "(a|aa|aaa){200}"];
        let pattern = *self.random.choose(&patterns);
        let count = 1 + self.random.below(ROOT_FIELDS);
        let fields = times(count, |number| {
            format!(
                "m{number}: customerUpdate(input: {{ id: $id, customFields: [{{ key: \"text\", value: $t }}] }}) {{ userErrors {{ message }} }} "
            )
        });
        let query = format!(
            "mutation($d: CustomFieldDefinitionCreateInput!, $id: Ref!, $t: JSON) {{ customFieldDefinitionCreate(input: $d) {{ userErrors {{ message }} }} {fields} }}"
        );
        let key = format!("p{}", self.random.below(1_000_000));
        let definition =
            json!({ "ownerType": "CUSTOMER", "type": "STRING", "key": key, "title": key, "pattern": pattern });
        (
            query,
            json!({ "d": definition, "id": self.random.choose(&self.ids).clone(), "t": "x".repeat(self.random.below(1_000)) }),
        )
    }

    fn literals(&mut self) -> (String, Json) {
        let depth = 1 + self.random.below(60);
        let width = 1 + self.random.below(2_000);
        let literal = format!("{}{}{}", "[".repeat(depth), "1 ".repeat(width), "]".repeat(depth));
        (
            format!(
                "mutation {{ customerCreate(input: {{ name: \"A\", type: BROKER, customFields: [{{ key: \"json\", value: {literal} }}] }}) {{ customer {{ id }} }} }}"
            ),
            json!({}),
        )
    }
}
