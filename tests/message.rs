//! Messages: what they name is a name of the schema.

use std::collections::BTreeSet;

use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use store::{
    constraint::{UNIQUE_INDEXES, edge_name},
    registry::TABLES,
};
use syn::{
    Expr, ExprCall, ExprMethodCall, ItemMod, Lit, LitStr, Macro,
    visit::{self, Visit},
};

use crate::{
    tidy::rust_files,
    world::{DatabaseKind, Postgres, World, each_database},
};

/// Words with a capital inside that are names in messages and not of the schema, each with its reason.
const OTHER_NAMES: &[(&str, &str)] =
    &[("oneOf", "a directive of the specification"), ("operationName", "a parameter of a request")];

/// The names of all fields, arguments, input fields and mutations of the schema.
fn schema_names() -> BTreeSet<String> {
    let sdl = fieldgate::graphql::sdl();
    // Without the descriptions.
    let definitions = sdl.split("\"\"\"").step_by(2);
    let before_types = definitions.flat_map(|text| text.match_indices([':', '(']).map(|(at, _)| &text[..at]));
    let names = before_types.filter_map(|text| text.rsplit(|c: char| !c.is_alphanumeric()).next());
    names.map(str::to_owned).collect()
}

/// The names that the code of a file puts into paths and messages.
#[derive(Default)]
struct Names {
    /// Whether only sentences are messages: other texts are names in the code.
    sentences_only: bool,
    /// Literals that are a field, of calls on a validator and the like.
    fields: BTreeSet<String>,
    /// Words with a capital inside, of all texts.
    words: BTreeSet<String>,
    /// Computed fields, which no message may name.
    computed: Vec<String>,
}

impl Names {
    fn read_text(&mut self, text: &str) {
        let is_name = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_lowercase())
                && word.contains(|c: char| c.is_ascii_uppercase())
                && word.chars().all(|c| c.is_ascii_alphanumeric())
        };
        let words = |text: &str| -> Vec<String> {
            text.split(|c: char| !(c.is_alphanumeric() || c == '_')).map(str::to_owned).collect()
        };
        let is_sentence = text.contains(' ');
        if is_sentence || !self.sentences_only {
            self.words.extend(words(text).into_iter().filter(|word| is_name(&word.as_str())));
        }
        // A name of a table or a column is none of the schema. Alone it is in no message.
        if is_sentence {
            let is_storage_name = |word: &String| word.trim_matches('_').contains('_') && *word == word.to_lowercase();
            let without_values = text.split('{').map(|part| part.split_once('}').map_or(part, |(_, after)| after));
            self.words.extend(without_values.flat_map(words).filter(is_storage_name));
        }
    }

    /// Reads the argument of a call that is the name of a field.
    fn read_field(&mut self, call: &str, argument: &Expr) {
        match argument {
            Expr::Lit(literal) => {
                if let Lit::Str(text) = &literal.lit {
                    self.fields.extend(Some(text.value()).filter(|text| !text.is_empty()));
                }
            }
            Expr::Reference(reference) => match &*reference.expr {
                Expr::Array(array) => array.elems.iter().for_each(|element| self.read_field(call, element)),
                Expr::MethodCall(_) if call.starts_with("set_") => self.computed.push(call.to_owned()),
                _ => {}
            },
            _ => {}
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.ident != "tests" {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let name = call.method.to_string();
        let place = match name.as_str() {
            "fail" => Some(1),
            "within" | "of_field" | "path" | "parse_price" | "parse_item" => Some(0),
            _ if name.starts_with("set_") || name.starts_with("check_") => Some(0),
            _ => None,
        };
        if let Some(argument) = place.and_then(|place| call.args.get(place)) {
            self.read_field(&name, argument);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let path: Vec<_> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            if [["Error", "invalid"], ["Violation", "new"]].iter().any(|named| path.ends_with(&named.map(String::from)))
            {
                call.args.iter().skip(1).take(1).for_each(|argument| self.read_field("invalid", argument));
            }
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.read_text(&text.value());
    }

    fn visit_macro(&mut self, called: &'ast Macro) {
        for token in called.tokens.clone() {
            if let Ok(text) = syn::parse2::<LitStr>(token.into()) {
                self.read_text(&text.value());
            }
        }
    }
}

#[test]
fn every_name_in_a_message_is_one_of_the_schema() {
    let schema = schema_names();
    let mut wrong = Vec::new();
    for (folder, sentences_only, least) in [("crates/domain/src", false, 200), ("src/graphql", true, 5)] {
        let mut count = 0;
        // The documents in the file of tests are no messages.
        let files = rust_files(folder).into_iter().filter(|(path, _)| !path.ends_with("library_differences.rs"));
        for (path, text) in files {
            let mut names = Names { sentences_only, ..Names::default() };
            names.visit_file(&syn::parse_file(&text).unwrap());
            count += names.fields.len() + names.words.len();
            let is_unknown =
                |name: &&String| !schema.contains(*name) && OTHER_NAMES.iter().all(|(other, _)| other != name);
            let unknown = names.fields.union(&names.words).filter(is_unknown);
            wrong.extend(unknown.map(|name| format!("{path}: {name}")));
            wrong.extend(names.computed.iter().map(|call| format!("{path}: {call} of a computed name")));
        }
        assert!(count > least, "only {count} names were found in {folder}");
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn every_constraint_speaks_of_fields_of_the_schema() {
    let world = World::new(Postgres).await;
    let db = world.db.connection();
    let schema = schema_names();
    let texts = async |sql: &str| {
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        rows.iter().map(|row| row.try_get::<String>("", "name").unwrap()).collect::<Vec<_>>()
    };
    let indexes = texts("SELECT indexname AS name FROM pg_indexes WHERE indexname LIKE 'uq\\_%'").await;
    let foreign_keys = texts("SELECT conname AS name FROM pg_constraint WHERE conname LIKE 'fk\\_%'").await;
    let mut seen = BTreeSet::new();
    let (mut wrong, mut count) = (Vec::new(), 0);
    for table in TABLES {
        // The name of a table may begin with that of another one.
        let of_table = |name: &str, prefix: &str| {
            let longest = TABLES.iter().filter(|table| name.starts_with(&format!("{prefix}{}_", table.name)));
            let longest = longest.max_by_key(|table| table.name.len())?;
            (longest.name == table.name).then(|| name[prefix.len() + table.name.len() + 1..].to_owned())
        };
        for columns in indexes.iter().filter_map(|name| of_table(name, "uq_")) {
            match UNIQUE_INDEXES.iter().find(|index| index.columns == columns) {
                Some(index) => drop(seen.insert(index.columns)),
                None => wrong.push(format!("{}: {columns} is not in UNIQUE_INDEXES", table.name)),
            }
        }
        for column in foreign_keys.iter().filter_map(|name| of_table(name, "fk_")) {
            count += 1;
            let field = edge_name(table, &column);
            if !schema.contains(&field) {
                wrong.push(format!("{}: {column} is not the field {field}", table.name));
            }
        }
    }
    for index in UNIQUE_INDEXES {
        let mut names = Names::default();
        if let Some(rule) = &index.rule {
            names.fields.insert(rule.field.to_owned());
            names.read_text(rule.shared);
        }
        let unknown = names.fields.union(&names.words).filter(|name| !schema.contains(*name));
        wrong.extend(unknown.map(|name| format!("{}: {name}", index.columns)));
        if !seen.contains(index.columns) {
            wrong.push(format!("{}: no index of this name", index.columns));
        }
    }
    assert!(count > 20, "only {count} foreign keys were found");
    assert_eq!(wrong, Vec::<String>::new());
}

#[apply(each_database)]
async fn an_item_of_a_list_is_named_with_its_list(database: DatabaseKind) {
    let world = World::new(database).await;
    let admin = world.admin();
    let customer = json!({ "name": "Acme", "type": "BROKER", "externalReference": "acme" });
    admin.mutate("customerCreate", customer, "").await;
    let long = "x".repeat(201);
    let visit = json!({
        "customer": "acme", "serviceDate": "2026-01-01T00:00:00Z", "serviceType": "Visit",
        "technicians": ["", "Ann", "\u{202e}Bob", long],
    });
    assert_eq!(
        admin.user_errors("serviceRecordCreate", visit).await,
        [
            "REQUIRED input.technicians.0: technicians.0 cannot be empty.",
            "INVALID input.technicians.2: technicians.2 contains a direction override (U+202D or U+202E): it shows as another text.",
            "OUT_OF_RANGE input.technicians.3: technicians.3 has at most 200 characters; 201 were given.",
        ]
    );
}
