//! Tidiness: arrows between the floors go downward only, every file says what it is, and none outgrows its room.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// A rule about the code of one floor: what it may name of the others, and what it never names.
struct Floor {
    name: &'static str,
    /// Floors of this crate.
    may: &'static [&'static str],
    /// Words that never stand in it: crates and types. One with `::` is a path.
    never: &'static [&'static str],
}

/// The table of `docs`: design, section 2. `access` and `error` are leaves that any floor may name.
const FLOORS: &[Floor] = &[
    Floor { name: "http", may: &["graphql", "store", "access", "error", "setting"], never: &["entity"] },
    Floor {
        name: "graphql",
        may: &["domain", "store", "access", "error", "setting"],
        never: &["axum", "sea_orm::Set", "ActiveModel", "ActiveValue", "DatabaseConnection", "DatabaseTransaction"],
    },
    Floor { name: "domain", may: &["store", "access", "error"], never: &["async_graphql", "axum"] },
    Floor { name: "store", may: &["access", "error"], never: &["async_graphql", "axum"] },
    Floor { name: "tasks", may: &["domain", "store", "access", "error"], never: &["async_graphql", "axum", "entity"] },
    Floor { name: "access", may: &["error"], never: &["async_graphql", "axum", "entity"] },
    Floor { name: "error", may: &[], never: &["async_graphql", "axum", "entity"] },
    Floor { name: "setting", may: &[], never: &["async_graphql", "axum", "entity"] },
];

/// Files that stand above all floors, and may name everything.
const ROOF: &[&str] = &["lib", "main", "cli", "config", "demo"];

/// What `error` may name of SeaORM: the id of a row.
const ERROR_NAMES: &[&str] = &["sea_orm::prelude::Uuid"];

/// Rooms of `domain` that every other room may name.
const COMMON_RULES: &[&str] = &["check", "part", "reference", "value"];

/// Rooms of `domain` that name another one, each with its reason.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("address", "customer", "what belongs to a deleted customer is not touched"),
    ("contact", "customer", "what belongs to a deleted customer is not touched"),
    ("address", "custom_field", "an address is given with the values of its fields, which go and come with it"),
    ("contact", "custom_field", "a contact is given with the values of its fields, which go and come with it"),
    ("customer", "custom_field", "a customer is given with the values of its fields, which go and come with it"),
    ("customer", "address", "a customer is given with the list of its addresses"),
    ("customer", "contact", "a customer is given with the list of its contacts"),
    ("customer", "load", "a customer's open loads are cancelled with it, where that is asked for"),
    ("load", "custom_field", "a load is given with the values of its fields, which go and come with it"),
    ("load", "customer", "what belongs to a deleted customer is not touched"),
    ("customer", "service_record", "a customer that is deleted takes its open work with it"),
    ("customer", "asset", "a customer that has assets on rent is not deleted"),
    ("asset", "custom_field", "an asset is given with the values of its fields, which go and come with it"),
    (
        "customer_asset",
        "custom_field",
        "an assignment is given with the values of its fields, which go and come with it",
    ),
    ("service_record", "custom_field", "a visit is given with the values of its fields, which go and come with it"),
    ("customer_asset", "asset", "an asset can be made with its first assignment"),
    ("customer_asset", "customer", "what belongs to a deleted customer is not touched"),
    ("service_record", "customer", "what belongs to a deleted customer is not touched"),
];

/// Files of `graphql` that are no domain, so that no `tests/<room>.rs` is asked for.
const SHARED: &[&str] = &[
    "connection",
    "context",
    "cost",
    "fault",
    "filter",
    "limit",
    "mod",
    "mutation",
    "node",
    "order",
    "part",
    "scalar",
    "shape",
    "types",
];

/// No file has more lines.
const LINES: usize = 400;

/// One file of Rust, read.
struct File {
    /// From the root of the repository.
    path: String,
    text: String,
    /// The text without comments and without what stands between quotes.
    code: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str) -> Vec<File> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push(File { path, code: code(&text), text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!found.is_empty(), "{folder} has no file of Rust");
    found
}

/// A text of Rust without comments and without what stands between quotes.
fn code(text: &str) -> String {
    let (mut code, mut rest) = (String::with_capacity(text.len()), text);
    let end = |text: &str, mark: &str| text.find(mark).map_or(text.len(), |place| place + mark.len());
    while let Some(letter) = rest.chars().next() {
        let mut skipped = letter.len_utf8();
        if rest.starts_with("//") {
            skipped = rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            skipped = end(rest, "*/");
        } else if let Some(quoted) = rest.strip_prefix("r#\"") {
            skipped = 3 + end(quoted, "\"#");
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            skipped = 2 + end(&rest[2..], "'");
        } else if let Some(quoted) = rest.strip_prefix('"') {
            let mut escaped = false;
            let close = quoted.find(|c| {
                let closes = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closes
            });
            skipped = 1 + close.map_or(quoted.len(), |place| place + 1);
            code.push_str("\"\"");
        } else {
            code.push(letter);
        }
        rest = &rest[skipped..];
    }
    code
}

impl File {
    /// The module the file is, as the segments below the crate.
    fn module(&self) -> Vec<String> {
        let inner = self.path.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
        let mut module: Vec<_> = inner.split('/').map(str::to_owned).collect();
        if module.last().is_some_and(|last| last == "mod") {
            module.pop();
        }
        module
    }

    /// Every path the code names, whole: `use` trees are opened, `crate`, `self` and `super` are followed.
    fn paths(&self) -> BTreeSet<Vec<String>> {
        let mut named = BTreeSet::new();
        for (place, _) in self.code.match_indices("use ") {
            let begins = self.code[..place].chars().next_back().is_none_or(|c| c.is_whitespace() || "{;)".contains(c));
            let tree = &self.code[place + 4..];
            if begins && let Some(end) = tree.find(';') {
                open(&tree[..end], &[], &mut |path| {
                    named.insert(self.whole(path));
                });
            }
        }
        for path in inline(&self.code) {
            named.insert(self.whole(&path));
        }
        named
    }

    /// A path from the crate's root, or from that of another crate.
    fn whole(&self, path: &[String]) -> Vec<String> {
        let mut whole = self.module();
        let mut rest = path;
        match path.first().map(String::as_str) {
            Some("crate" | "fieldgate") => {
                whole.clear();
                rest = &path[1..];
            }
            Some("self") => rest = &path[1..],
            Some("super") => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    whole.pop();
                    rest = &rest[1..];
                }
            }
            _ => return path.to_vec(),
        }
        whole.extend(rest.iter().cloned());
        whole.insert(0, "crate".to_owned());
        whole
    }

    /// The floor of the file, and its room on that floor.
    fn floor(&self) -> (String, String) {
        let mut module = self.module().into_iter();
        let floor = module.next().unwrap_or_else(|| "lib".to_owned());
        (floor, module.next().unwrap_or_else(|| "mod".to_owned()))
    }
}

/// Opens a `use` tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn open(tree: &str, before: &[String], found: &mut impl FnMut(&[String])) {
    let (head, group) = match tree.split_once('{') {
        Some((head, group)) => (head, group.trim_end().strip_suffix('}')),
        None => (tree, None),
    };
    let head = head.split(" as ").next().unwrap_or_default();
    let head = head.split("::").map(str::trim).filter(|segment| !segment.is_empty()).map(str::to_owned);
    let path: Vec<_> = before.iter().cloned().chain(head).collect();
    let Some(group) = group else { return found(&path) };
    let (mut depth, mut begin) = (0, 0);
    for (place, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                open(&group[begin..place], &path, found);
                begin = place + 1;
            }
            _ => {}
        }
    }
    if !group[begin..].trim().is_empty() {
        open(&group[begin..], &path, found);
    }
}

/// The paths of at least two segments that stand in code.
fn inline(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    for run in code.split(|c| !part(c)) {
        let segments: Vec<_> = run.split("::").map(str::to_owned).collect();
        if segments.len() > 1 && segments.iter().all(|segment| !segment.contains(':')) {
            paths.push(segments.into_iter().filter(|segment| !segment.is_empty()).collect());
        }
    }
    paths
}

fn words(code: &str) -> BTreeSet<&str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').collect()
}

#[test]
fn arrows_go_downward_only() {
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for file in files("src") {
        let (floor, _) = file.floor();
        if ROOF.contains(&floor.as_str()) {
            continue;
        }
        let Some(rule) = FLOORS.iter().find(|rule| rule.name == floor) else {
            wrong.push(format!(
                "{}: there is no floor {floor}; say in FLOORS of tests/tidy.rs what it may name",
                file.path
            ));
            continue;
        };
        let paths = file.paths();
        let outside = paths.iter().map(|path| path.join("::")).filter(|path| rule.never.contains(&path.as_str()));
        wrong.extend(outside.map(|path| format!("{}: {floor} names {path}", file.path)));
        for path in paths {
            if path.first().is_none_or(|first| first != "crate") {
                continue;
            }
            let Some(far) = path.get(1).filter(|far| *far != rule.name) else { continue };
            arrows += 1;
            if !rule.may.contains(&far.as_str()) {
                wrong.push(format!("{}: {floor} names {}", file.path, path.join("::")));
            }
        }
        let words = words(&file.code);
        for word in rule.never.iter().filter(|word| words.contains(*word)) {
            wrong.push(format!("{}: {floor} names {word}", file.path));
        }
    }
    assert!(arrows > 100, "only {arrows} arrows were seen");
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn errors_know_ids_and_nothing_else_of_the_database() {
    let files = files("src");
    let error = files.iter().find(|file| file.path == "src/error/mod.rs").unwrap();
    let named = error.paths().into_iter().map(|path| path.join("::")).filter(|path| path.starts_with("sea_orm"));
    let wrong: Vec<_> = named.filter(|path| !ERROR_NAMES.contains(&path.as_str())).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn rules_of_one_domain_name_those_of_another_only_with_a_reason() {
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for file in files("src/domain") {
        let (_, room) = file.floor();
        for path in file.paths() {
            let [first, floor, far, ..] = path.as_slice() else { continue };
            if first != "crate" || floor != "domain" || *far == room || COMMON_RULES.contains(&far.as_str()) {
                continue;
            }
            if room == "mod" || !root().join("src/domain").join(far).exists() && !is_room(far) {
                continue;
            }
            match NEIGHBOURS.iter().position(|(from, to, _)| *from == room && to == far) {
                Some(listed) => {
                    used.insert(listed);
                }
                None => wrong.push(format!("{}: {room} names {far}", file.path)),
            }
        }
    }
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "say why in NEIGHBOURS of tests/tidy.rs, or let the caller compose the verbs"
    );
    let idle: Vec<_> = NEIGHBOURS.iter().enumerate().filter(|(place, _)| !used.contains(place)).collect();
    assert!(idle.is_empty(), "nobody uses these any more: {idle:?}");
}

fn is_room(name: &str) -> bool {
    root().join("src/domain").join(format!("{name}.rs")).exists()
}

#[test]
fn rows_know_no_schema_and_history_knows_no_rows() {
    let named = |folder: &str, word: &str| {
        let naming = files(folder).into_iter().filter(|file| words(&file.code).contains(word));
        naming.map(|file| format!("{} names {word}", file.path)).collect::<Vec<_>>()
    };
    assert_eq!(named("entity/src", "async_graphql"), Vec::<String>::new());
    // `entity` is a column too; as the first part of a path it is the crate.
    let naming = files("migration/src").into_iter().filter(|file| file.code.contains("entity::"));
    assert_eq!(naming.map(|file| file.path).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_file_says_in_its_first_line_what_it_is() {
    let all = ["src", "entity/src", "migration/src", "xtask/src", "tests"].into_iter().flat_map(files);
    let silent = all.filter(|file| !file.text.starts_with("//! ")).map(|file| file.path);
    assert_eq!(silent.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn no_file_outgrows_its_room() {
    let all = ["src", "entity/src", "migration/src", "xtask/src", "tests"].into_iter().flat_map(files);
    let long = all.filter(|file| file.text.lines().count() > LINES);
    let long: Vec<_> = long.map(|file| format!("{} has {} lines", file.path, file.text.lines().count())).collect();
    assert_eq!(long, Vec::<String>::new(), "cut it by topic: a file has at most {LINES} lines");
}

#[test]
fn every_domain_of_the_schema_has_its_tests() {
    let rooms: BTreeSet<_> = files("src/graphql").iter().map(|file| file.floor().1).collect();
    let untested = rooms.iter().filter(|room| !SHARED.contains(&room.as_str()));
    let tested = |room: &String| {
        let tests = root().join("tests");
        tests.join(format!("{room}.rs")).exists() || tests.join(room).join("mod.rs").exists()
    };
    let untested: Vec<_> = untested.filter(|room| !tested(room)).collect();
    assert_eq!(untested, Vec::<&String>::new(), "write tests/<room>.rs, or list the file in SHARED if it is no domain");
}

#[test]
fn the_reader_of_paths_sees_what_stands_in_code_and_nothing_else() {
    let text = "use crate::{a::{self, B}, c}; // use crate::d;\nuse super::e::F as G;\nlet x = \"crate::h\"; crate::i::j(); \
                $crate::k::l!(); 'x: loop {} '\"' use self::m;";
    let file = File { path: "src/top/room.rs".to_owned(), text: text.to_owned(), code: code(text) };
    let paths: Vec<_> = file.paths().into_iter().map(|path| path.join("::")).collect();
    let expected = [
        "crate::a::B",
        "crate::a::self",
        "crate::c",
        "crate::i::j",
        "crate::k::l",
        "crate::top::e::F",
        "crate::top::room::m",
    ];
    let seen: Vec<_> = paths.iter().map(String::as_str).filter(|path| path.matches("::").count() > 0).collect();
    for path in expected {
        assert!(seen.contains(&path), "{path} is missing in {seen:?}");
    }
    assert!(!seen.iter().any(|path| path.contains("::d") || path.contains("::h")), "{seen:?}");
}
