//! Tidiness: the rules about layers, modules, files and words that the compiler does not check.

mod rules;
mod source;

use std::collections::{BTreeMap, BTreeSet};

pub use self::source::rust_files;
use self::{
    rules::{
        DOMAIN_DEPENDENCIES, ERROR_USES_OF_SEA_ORM, FOLDERS, FORBIDDEN_WORDS, GRAPHQL_TYPE_FILES, GRAPHQL_TYPES,
        LAYERS, MAX_FILES_OF_NEW_DOMAIN, MAX_LINES, NEW_DOMAIN_HEADING, SHARED_DOMAIN_MODULES, SHARED_GRAPHQL_MODULES,
    },
    source::{SourceFile, Workspace, root},
};

fn workspace() -> Workspace {
    Workspace::parse(LAYERS.iter().map(|layer| (layer.name, layer.path)))
}

fn none() -> Vec<String> {
    Vec::new()
}

/// The first module of a file below its layer.
fn submodule(file: &SourceFile) -> &str {
    file.module.get(1).map_or("mod", String::as_str)
}

#[test]
fn layers_use_only_the_layers_below_them() {
    let workspace = workspace();
    let (mut violations, mut count) = (Vec::new(), 0);
    for file in &workspace.files {
        let layer = LAYERS.iter().find(|layer| layer.name == file.module[0]).unwrap();
        for named in &file.paths {
            let path = named.path.join("::");
            let is_forbidden = |name: &&&str| path == **name || path.starts_with(&format!("{name}::"));
            if layer.forbidden.iter().any(|name| is_forbidden(&name)) {
                violations.push(format!("{}: {} names {path}", file.path, layer.name));
            }
            let Some(used) = workspace.target(file, &named.path) else { continue };
            let used = used.module[0].as_str();
            if used != layer.name {
                count += 1;
                if !layer.uses.contains(&used) {
                    violations.push(format!("{}: {} uses {path} of {used}", file.path, layer.name));
                }
            }
        }
        let named = layer.forbidden.iter().filter(|name| file.idents.contains(**name));
        violations.extend(named.map(|name| format!("{}: {} names {name}", file.path, layer.name)));
    }
    assert!(count > 100, "only {count} uses of other layers were found");
    assert_eq!(violations, none());
}

#[test]
fn every_module_of_the_main_crate_is_a_layer_or_above_all_layers() {
    let above = ["lib", "main", "cli", "config", "demo"];
    let is_listed = |path: &str| {
        let layer = LAYERS.iter().any(|layer| path == layer.path || path.starts_with(&format!("{}/", layer.path)));
        let module = path.trim_start_matches("src/").trim_end_matches(".rs").split('/').next().unwrap_or_default();
        layer || above.contains(&module)
    };
    let unlisted = rust_files("src").into_iter().map(|(path, _)| path).filter(|path| !is_listed(path));
    assert_eq!(unlisted.collect::<Vec<_>>(), none(), "add the layer to LAYERS of tests/tidy");
}

#[test]
fn errors_use_nothing_of_the_database_but_ids() {
    let workspace = workspace();
    let errors = workspace.files.iter().filter(|file| file.module[0] == "error");
    let named = errors.flat_map(|file| &file.paths).map(|named| named.path.join("::"));
    let wrong = named.filter(|path| path.starts_with("sea_orm") && !ERROR_USES_OF_SEA_ORM.contains(&path.as_str()));
    assert_eq!(wrong.collect::<Vec<_>>(), none());
}

#[test]
fn a_domain_uses_another_domain_only_with_a_reason() {
    let workspace = workspace();
    let (mut violations, mut needed) = (Vec::new(), BTreeSet::new());
    for file in workspace.files.iter().filter(|file| file.module[0] == "domain" && file.module.len() > 1) {
        let from = submodule(file);
        for named in &file.paths {
            let Some(used) = workspace.target(file, &named.path) else { continue };
            let to = submodule(used);
            if used.module[0] != "domain" || [from, "mod"].contains(&to) || SHARED_DOMAIN_MODULES.contains(&to) {
                continue;
            }
            match DOMAIN_DEPENDENCIES.iter().position(|(one, other, _)| *one == from && *other == to) {
                Some(listed) => drop(needed.insert(listed)),
                None => violations.push(format!("{}: {from} uses {}", file.path, named.path.join("::"))),
            }
        }
    }
    assert_eq!(violations, none(), "give the reason in DOMAIN_DEPENDENCIES of tests/tidy, or compose in the caller");
    let unused: Vec<_> = DOMAIN_DEPENDENCIES.iter().enumerate().filter(|(index, _)| !needed.contains(index)).collect();
    assert!(unused.is_empty(), "these dependencies are gone: {unused:#?}");
}

/// The files of each layer that a file uses, with one path as the evidence.
type Graph<'a> = BTreeMap<&'a str, BTreeMap<&'a str, String>>;

fn graph(workspace: &Workspace) -> Graph<'_> {
    let mut graph = Graph::new();
    for file in &workspace.files {
        let edges = graph.entry(node(file)).or_default();
        for named in file.paths.iter().filter(|named| !named.in_tests && !named.reexport) {
            let Some(used) = workspace.target(file, &named.path) else { continue };
            if used.module[0] == file.module[0] && node(used) != node(file) {
                let evidence = || format!("{}: {}", file.path, named.path.join("::"));
                edges.entry(node(used)).or_insert_with(evidence);
            }
        }
    }
    graph
}

/// The node of a file in the graph.
fn node(file: &SourceFile) -> &str {
    let is_entity = |module: &str| root().join(format!("entity/src/{module}.rs")).exists();
    let is_type = || {
        let module = submodule(file);
        GRAPHQL_TYPES.iter().any(|(listed, _)| *listed == module) || is_entity(module)
    };
    if file.module[0] == "graphql" && is_type() { GRAPHQL_TYPE_FILES } else { &file.path }
}

/// The circles of a graph: its strongly connected components of more than one node, sorted.
fn circles<'a>(graph: &Graph<'a>) -> BTreeSet<Vec<&'a str>> {
    let reachable = |from: &'a str| {
        let (mut found, mut left) = (BTreeSet::new(), vec![from]);
        while let Some(node) = left.pop() {
            let next = graph.get(node).into_iter().flat_map(BTreeMap::keys).copied();
            left.extend(next.filter(|next| found.insert(*next)));
        }
        found
    };
    let reached: BTreeMap<_, _> = graph.keys().map(|node| (*node, reachable(node))).collect();
    let circle = |node: &&'a str| {
        let both =
            reached[*node].iter().copied().filter(|other| reached.get(other).is_some_and(|far| far.contains(*node)));
        both.collect::<Vec<_>>()
    };
    graph.keys().map(circle).filter(|circle| circle.len() > 1).collect()
}

#[test]
fn files_of_a_layer_do_not_use_each_other_in_circles() {
    let workspace = workspace();
    let graph = graph(&workspace);
    assert!(graph.values().map(BTreeMap::len).sum::<usize>() > 100, "the uses between files were not found");
    let found = circles(&graph);
    let report = |circle: &Vec<&str>| {
        let mut lines = vec![format!("{circle:?}")];
        for file in circle {
            let inside = graph[file].iter().filter(|(used, _)| circle.contains(used));
            lines.extend(inside.map(|(used, evidence)| format!("    {file} -> {used} ({evidence})")));
        }
        lines.join("\n")
    };
    let reports: Vec<_> = found.iter().map(report).collect();
    assert!(found.is_empty(), "{} circles between files:\n{}", found.len(), reports.join("\n"));
}

#[test]
fn rows_do_not_depend_on_the_schema_nor_migrations_on_rows() {
    let files = |name: &str, path: &str| Workspace::parse([(name, path)].into_iter()).files;
    let entities = files("entity", "entity/src").into_iter().filter(|file| file.idents.contains("async_graphql"));
    assert_eq!(entities.map(|file| file.path).collect::<Vec<_>>(), none());
    // `entity` is a column too; as the first segment of a path it is the crate.
    let uses_rows = |file: &SourceFile| file.paths.iter().any(|named| named.path[0] == "entity");
    let migrations = files("migration", "migration/src").into_iter().filter(uses_rows);
    assert_eq!(migrations.map(|file| file.path).collect::<Vec<_>>(), none());
}

#[test]
fn every_file_opens_with_a_sentence_about_it() {
    let opens_with_a_sentence = |text: &str| {
        let documentation = text.lines().map_while(|line| line.strip_prefix("//!").map(str::trim));
        let first: Vec<_> = documentation.take_while(|line| !line.is_empty()).collect();
        first.last().is_some_and(|line| line.ends_with('.'))
    };
    let files = FOLDERS.iter().flat_map(|folder| rust_files(folder));
    let wrong = files.filter(|(_, text)| !opens_with_a_sentence(text)).map(|(path, _)| path);
    assert_eq!(wrong.collect::<Vec<_>>(), none());
}

#[test]
fn no_file_is_too_long() {
    let files = FOLDERS.iter().flat_map(|folder| rust_files(folder));
    let long = files.filter(|(_, text)| text.lines().count() > MAX_LINES);
    let long: Vec<_> = long.map(|(path, text)| format!("{path} has {} lines", text.lines().count())).collect();
    assert_eq!(long, none(), "split it by subject: a file has at most {MAX_LINES} lines");
}

#[test]
fn no_file_has_a_forbidden_word() {
    let forbidden: BTreeSet<_> = FORBIDDEN_WORDS.iter().map(|word| word.replace('.', "")).collect();
    let mut found = Vec::new();
    for (path, text) in rust_files("") {
        for (number, line) in text.lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if let Some(word) = words.find(|word| forbidden.contains(*word)) {
                found.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    assert_eq!(found, none());
}

#[test]
fn every_domain_of_the_schema_has_tests() {
    let workspace = workspace();
    let graphql = workspace.files.iter().filter(|file| file.module[0] == "graphql" && file.module.len() > 1);
    let domains: BTreeSet<_> =
        graphql.map(submodule).filter(|module| !SHARED_GRAPHQL_MODULES.contains(module)).collect();
    let has_tests = |domain: &str| {
        let tests = root().join("tests");
        tests.join(format!("{domain}.rs")).exists() || tests.join(domain).join("mod.rs").exists()
    };
    let untested: Vec<_> = domains.into_iter().filter(|domain| !has_tests(domain)).map(str::to_owned).collect();
    assert_eq!(untested, none(), "add tests/DOMAIN.rs, or list the module in SHARED_GRAPHQL_MODULES of tests/tidy");
}

/// The modules of `domain` that are a domain: each has an entity of its own.
fn domains() -> Vec<String> {
    let modules = rust_files("crates/domain/src").into_iter().filter_map(|(path, _)| {
        let module = path.strip_prefix("crates/domain/src/")?.split('/').next()?.trim_end_matches(".rs").to_owned();
        (module != "lib" && root().join(format!("entity/src/{module}.rs")).exists()).then_some(module)
    });
    modules.collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn a_new_domain_changes_at_most_ten_existing_files() {
    let (_, documentation) = include_str!("../../src/lib.rs").split_once(NEW_DOMAIN_HEADING).unwrap();
    let listed: BTreeSet<_> = documentation
        .lines()
        .take_while(|line| line.is_empty() || line.starts_with("//!"))
        .filter_map(|line| line.strip_prefix("//! ")?.split_once(". `")?.1.split_once("`:"))
        .map(|(path, _)| path.to_owned())
        .collect();
    let missing: Vec<_> = listed.iter().filter(|path| !root().join(path).exists()).collect();
    assert!(missing.is_empty(), "src/lib.rs lists files that do not exist: {missing:?}");
    assert!(listed.len() <= MAX_FILES_OF_NEW_DOMAIN, "src/lib.rs lists {} files: {listed:?}", listed.len());

    // A file that names every domain has to name a new one.
    let domains = domains();
    assert!(domains.len() >= 7, "only these domains were found: {domains:?}");
    let names_domain = |file: &SourceFile, domain: &str| {
        let type_name: String = domain.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
        file.idents.contains(domain) || file.idents.contains(&type_name)
    };
    let is_of_one_domain = |path: &str| {
        let parts: Vec<_> = path.trim_end_matches(".rs").split('/').collect();
        parts.iter().any(|part| domains.iter().any(|domain| domain == part) || part.contains("custom_field"))
    };
    let files = FOLDERS.iter().flat_map(|folder| Workspace::parse([(*folder, *folder)].into_iter()).files);
    let central: BTreeSet<_> = files
        .filter(|file| domains.iter().all(|domain| names_domain(file, domain)) && !is_of_one_domain(&file.path))
        .map(|file| file.path)
        .collect();
    assert!(central.len() > 5, "only these files name every domain: {central:?}");
    let unlisted: Vec<_> = central.difference(&listed).collect();
    assert!(unlisted.is_empty(), "list these files under {NEW_DOMAIN_HEADING:?} in src/lib.rs: {unlisted:?}");
}

#[test]
fn paths_are_read_from_code_and_not_from_comments_or_texts() {
    let text = "use crate::{a::{self, B}, c}; // use crate::d;\nuse super::e::F as G;\nfn f() -> crate::n::O { \
                let x = \"crate::h\"; crate::i::j(); $crate::k::l!(); inner!(crate::p::q { r: super::s::T }); }\n\
                pub(super) use self::m::N;\n#[cfg(test)] mod tests { use super::u::V; }";
    let file = SourceFile::parse("top", "src/top", "src/top/file.rs", &text.replace("$crate", "crate"));
    let named = |in_tests: bool, reexport: bool| {
        let paths = file.paths.iter().filter(|named| (named.in_tests, named.reexport) == (in_tests, reexport));
        paths.map(|named| named.path.join("::")).filter(|path| path.contains("::")).collect::<Vec<_>>()
    };
    let expected = ["a::B", "i::j", "k::l", "n::O", "p::q", "top::e::F", "top::s::T"];
    assert_eq!(named(false, false), expected);
    assert_eq!(named(false, true), ["top::file::m::N"]);
    assert_eq!(named(true, false), ["top::file::u::V"]);
}

#[test]
fn paths_lead_to_the_file_that_defines_the_item() {
    let parse = |layer: &str, path: &str, text: &str| SourceFile::parse(layer, &format!("src/{layer}"), path, text);
    let workspace = Workspace::of(vec![
        parse("a", "src/a/mod.rs", "mod b; mod c; pub use self::b::Thing; pub use c::*; pub struct Own;"),
        parse("a", "src/a/b.rs", "pub struct Thing; use super::{Other, Own};"),
        parse(
            "a",
            "src/a/c.rs",
            "pub struct Other; use crate::a as root; fn f() { root::Thing::new(); super::b::f(); }",
        ),
    ]);
    let graph = graph(&workspace);
    let used = |path: &str| graph[path].keys().copied().collect::<Vec<_>>();
    assert_eq!(used("src/a/mod.rs"), Vec::<&str>::new());
    assert_eq!(used("src/a/b.rs"), ["src/a/c.rs", "src/a/mod.rs"]);
    assert_eq!(used("src/a/c.rs"), ["src/a/b.rs"]);
    assert_eq!(circles(&graph), BTreeSet::from([vec!["src/a/b.rs", "src/a/c.rs"]]));
}
