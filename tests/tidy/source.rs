//! Rust source files, parsed: the paths that a file names, resolved to modules of the workspace.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use syn::{
    Attribute, Ident, Item, ItemMod, ItemUse, Macro, UseTree, Visibility,
    buffer::{Cursor, TokenBuffer},
    visit::{self, Visit},
};

/// A module path: the layer first, then the modules and the item.
pub type ModulePath = Vec<String>;

/// A path that a file names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedPath {
    /// From the root of the workspace: `["store", "page", "Page"]`, or of another crate: `["axum", "Router"]`.
    pub path: ModulePath,
    /// Whether only the unit tests of the file name it.
    pub in_tests: bool,
    /// Whether it is re-exported and not used by the file itself.
    pub reexport: bool,
}

/// A parsed file of a layer.
pub struct SourceFile {
    /// From the root of the repository.
    pub path: String,
    /// The module that the file is: `["store", "page"]`.
    pub module: ModulePath,
    /// Every path that the code names.
    pub paths: BTreeSet<NamedPath>,
    /// Every identifier of the code.
    pub idents: BTreeSet<String>,
    /// The names that the file imports or re-exports, with their paths.
    imports: BTreeMap<String, ModulePath>,
    /// The modules whose names the file imports or re-exports with a glob.
    globs: Vec<ModulePath>,
    /// The items that the file defines.
    items: BTreeSet<String>,
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file at a path of the repository, a folder or a file, in the order of their paths.
pub fn rust_files(path: &str) -> Vec<(String, String)> {
    let (mut files, mut left) = (Vec::new(), vec![root().join(path)]);
    while let Some(path) = left.pop() {
        let skipped = ["target", "node_modules"].iter().any(|name| path.ends_with(name)) || hidden(&path);
        if path.is_dir() && !skipped {
            left.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort();
    files
}

fn hidden(path: &Path) -> bool {
    path != root() && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

impl SourceFile {
    /// Parses a file of a layer. `layer_path` is the folder or the file of the layer; outside `src`, the layer is a crate.
    pub fn parse(layer: &str, layer_path: &str, path: &str, text: &str) -> Self {
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let inner = path.strip_prefix(layer_path).unwrap().trim_matches('/').trim_end_matches(".rs");
        let inner = inner.split('/').filter(|name| !["", "mod", "lib"].contains(name)).map(str::to_owned);
        let module: ModulePath = std::iter::once(layer.to_owned()).chain(inner).collect();
        let mut reader = Reader {
            crate_root: if layer_path.starts_with("src") { None } else { Some(layer.to_owned()) },
            inner: module.clone(),
            children: syntax.items.iter().filter_map(child).map(ToString::to_string).collect(),
            in_tests: false,
            paths: BTreeSet::new(),
            idents: BTreeSet::new(),
            imports: BTreeMap::new(),
            globs: Vec::new(),
        };
        reader.visit_file(&syntax);
        let items = syntax.items.iter().filter_map(defined).map(ToString::to_string).collect();
        let Reader { paths, idents, imports, globs, .. } = reader;
        Self { path: path.to_owned(), module, paths, idents, imports, globs, items }
    }
}

/// The name of the item that an item defines.
fn defined(item: &Item) -> Option<&Ident> {
    Some(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    })
}

/// The name of the module that an item declares.
fn child(item: &Item) -> Option<&Ident> {
    if let Item::Mod(item) = item { Some(&item.ident) } else { None }
}

/// Reads the paths of one file.
struct Reader {
    /// The layer whose crate the file belongs to; none in the main crate, whose modules are layers.
    crate_root: Option<String>,
    /// The module that is read now.
    inner: ModulePath,
    /// The child modules that the file declares.
    children: BTreeSet<String>,
    in_tests: bool,
    paths: BTreeSet<NamedPath>,
    idents: BTreeSet<String>,
    imports: BTreeMap<String, ModulePath>,
    globs: Vec<ModulePath>,
}

impl Reader {
    /// A path from the root of the workspace; as it stands if it begins with another name.
    fn absolute(&self, path: &[String]) -> ModulePath {
        let Some(first) = path.first() else { return Vec::new() };
        let mut absolute = self.inner.clone();
        let mut rest = path;
        match first.as_str() {
            "crate" => {
                absolute = self.crate_root.iter().cloned().collect();
                rest = &path[1..];
            }
            "fieldgate" => return path[1..].to_vec(),
            "self" => rest = &path[1..],
            "super" => {
                while rest.first().is_some_and(|segment| segment == "super") {
                    absolute.pop();
                    rest = &rest[1..];
                }
            }
            name if self.children.contains(name) => {}
            _ => return path.to_vec(),
        }
        absolute.extend(rest.iter().cloned());
        absolute
    }

    fn add(&mut self, path: &[String], reexport: bool) {
        let path = self.absolute(path);
        if path.len() > 1 {
            self.paths.insert(NamedPath { path, in_tests: self.in_tests, reexport });
        }
    }

    /// Reads a `use` tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
    fn read_tree(&mut self, tree: &UseTree, before: &[String], reexport: bool) {
        let with = |ident: &Ident| before.iter().cloned().chain([ident.to_string()]).collect::<Vec<_>>();
        let (path, name) = match tree {
            UseTree::Path(tree) => return self.read_tree(&tree.tree, &with(&tree.ident), reexport),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.read_tree(tree, before, reexport));
                return;
            }
            UseTree::Glob(_) => {
                self.add(before, reexport);
                let glob = self.absolute(before);
                self.globs.push(glob);
                return;
            }
            UseTree::Name(name) if name.ident == "self" => {
                (before.to_vec(), before.last().cloned().unwrap_or_default())
            }
            UseTree::Name(name) => (with(&name.ident), name.ident.to_string()),
            UseTree::Rename(rename) if rename.ident == "self" => (before.to_vec(), rename.rename.to_string()),
            UseTree::Rename(rename) => (with(&rename.ident), rename.rename.to_string()),
        };
        self.add(&path, reexport);
        let path = self.absolute(&path);
        self.imports.insert(name, path);
    }

    /// Reads the paths in the tokens of a macro, which have no syntax tree.
    fn read_tokens(&mut self, mut cursor: Cursor<'_>) {
        let mut path = Vec::new();
        while !cursor.eof() {
            if let Some((ident, next)) = cursor.ident() {
                self.idents.insert(ident.to_string());
                path.push(ident.to_string());
                cursor = next;
                if let Some(next) = double_colon(cursor) {
                    cursor = next;
                    if cursor.ident().is_some() {
                        continue;
                    }
                }
                self.add(&std::mem::take(&mut path), false);
            } else if let Some((inner, _, _, next)) = cursor.any_group() {
                self.read_tokens(inner);
                cursor = next;
            } else if let Some((_, next)) = cursor.token_tree() {
                cursor = next;
            }
        }
    }
}

fn double_colon(cursor: Cursor<'_>) -> Option<Cursor<'_>> {
    let (first, next) = cursor.punct()?;
    let (second, next) = next.punct()?;
    (first.as_char() == ':' && second.as_char() == ':').then_some(next)
}

fn is_test_only(attributes: &[Attribute]) -> bool {
    let is_test = |attribute: &Attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<Ident>().is_ok_and(|argument| argument == "test")
    };
    attributes.iter().any(is_test)
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.idents.insert(ident.to_string());
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let outer = self.in_tests;
        self.in_tests |= is_test_only(&item.attrs);
        self.inner.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.inner.pop();
        self.in_tests = outer;
    }

    /// `pub(super)` is not a use of the parent module.
    fn visit_vis_restricted(&mut self, _: &'ast syn::VisRestricted) {}

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let reexport = !matches!(item.vis, Visibility::Inherited);
        self.read_tree(&item.tree, &[], reexport);
        visit::visit_item_use(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(&segments, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.read_tokens(TokenBuffer::new2(item.tokens.clone()).begin());
        visit::visit_macro(self, item);
    }
}

/// The files of all layers, and which of them a path leads to.
pub struct Workspace {
    /// The files.
    pub files: Vec<SourceFile>,
    by_module: BTreeMap<ModulePath, usize>,
}

impl Workspace {
    /// Parses the files of some layers: pairs of a name and a path.
    pub fn parse<'a>(layers: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files = Vec::new();
        for (layer, path) in layers {
            let found = rust_files(path);
            assert!(!found.is_empty(), "the layer {layer} has no file at {path}");
            files.extend(found.iter().map(|(file, text)| SourceFile::parse(layer, path, file, text)));
        }
        Self::of(files)
    }

    /// A workspace of parsed files.
    pub fn of(files: Vec<SourceFile>) -> Self {
        let by_module = files.iter().enumerate().map(|(index, file)| (file.module.clone(), index)).collect();
        Self { files, by_module }
    }

    /// The file that defines what a path names in a file; none if it is outside the layers. Imports and re-exports are
    /// followed.
    pub fn target(&self, from: &SourceFile, path: &[String]) -> Option<&SourceFile> {
        let (first, rest) = path.split_first()?;
        match from.imports.get(first) {
            Some(import) if import != path => self.resolve(&[import, rest].concat(), 0),
            _ => self.resolve(path, 0),
        }
    }

    fn resolve(&self, path: &[String], depth: usize) -> Option<&SourceFile> {
        let length = (1..=path.len()).rev().find(|length| self.by_module.contains_key(&path[..*length]))?;
        let file = &self.files[self.by_module[&path[..length]]];
        let Some(name) = path.get(length).filter(|name| !file.items.contains(*name) && depth < 8) else {
            return Some(file);
        };
        let rest = &path[length + 1..];
        if let Some(import) = file.imports.get(name) {
            return self.resolve(&[import, rest].concat(), depth + 1).or(Some(file));
        }
        let globs = file.globs.iter().filter_map(|glob| {
            self.resolve(&[glob.as_slice(), std::slice::from_ref(name)].concat(), depth + 1)
                .filter(|found| found.items.contains(name))
        });
        globs.into_iter().next().or(Some(file))
    }
}
