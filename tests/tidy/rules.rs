//! The rules that the tests of tidiness check: tables of layers, exceptions with their reasons, and words.

/// The rules of one layer.
pub struct Layer {
    pub name: &'static str,
    /// Its folder or its file. A layer outside `src` is a crate of its own, and its name is the name of the crate.
    pub path: &'static str,
    /// The layers that it uses.
    pub uses: &'static [&'static str],
    /// Crates, types and paths that it never names.
    pub forbidden: &'static [&'static str],
}

/// The layers. `lib`, `main`, `cli`, `config` and `demo` are above all of them and may use every layer.
pub const LAYERS: &[Layer] = &[
    Layer {
        name: "http",
        path: "src/http",
        uses: &["graphql", "files", "store", "file_storage", "fair_semaphore", "access", "error", "setting"],
        forbidden: &["entity"],
    },
    Layer {
        name: "graphql",
        path: "src/graphql",
        uses: &["domain", "store", "access", "error", "setting"],
        forbidden: &["axum", "sea_orm::Set", "ActiveModel", "ActiveValue", "DatabaseConnection", "DatabaseTransaction"],
    },
    Layer {
        name: "files",
        path: "src/files",
        uses: &["domain", "store", "file_storage", "access", "error"],
        forbidden: &["async_graphql", "axum"],
    },
    Layer {
        name: "tasks",
        path: "src/tasks",
        uses: &["domain", "store", "file_storage", "access", "error"],
        forbidden: &["async_graphql", "axum", "entity"],
    },
    Layer {
        name: "domain",
        path: "crates/domain/src",
        uses: &["store", "access", "error"],
        forbidden: &["async_graphql", "axum"],
    },
    Layer {
        name: "store",
        path: "crates/store/src",
        uses: &["fair_semaphore", "access", "error"],
        forbidden: &["async_graphql", "axum"],
    },
    Layer {
        name: "file_storage",
        path: "crates/file_storage/src",
        uses: &["store", "error"],
        forbidden: &["async_graphql", "axum", "entity", "sea_orm"],
    },
    Layer {
        name: "access",
        path: "crates/access/src",
        uses: &["error"],
        forbidden: &["async_graphql", "axum", "entity"],
    },
    Layer { name: "error", path: "crates/error/src", uses: &[], forbidden: &["async_graphql", "axum", "entity"] },
    Layer {
        name: "fair_semaphore",
        path: "crates/fair_semaphore/src",
        uses: &[],
        forbidden: &["async_graphql", "axum", "entity", "sea_orm"],
    },
    Layer { name: "setting", path: "src/setting.rs", uses: &[], forbidden: &["async_graphql", "axum", "entity"] },
];

/// The paths of SeaORM that the layer `error` may name: the id of a row, and the errors that it converts.
pub const ERROR_USES_OF_SEA_ORM: &[&str] = &["sea_orm::prelude::Uuid", "sea_orm::DbErr", "sea_orm::RuntimeErr"];

/// Modules of `domain` that every other module may use.
pub const SHARED_DOMAIN_MODULES: &[&str] = &["validator", "child_rows", "lifecycle", "lookup", "reference", "value"];

/// The modules of `domain` that use another one, each with its reason.
pub const DOMAIN_DEPENDENCIES: &[(&str, &str, &str)] = &[
    ("validator", "local_time", "a time of day is read in the form in which it is stored"),
    ("validator", "web_address", "a link is a web address"),
    ("lifecycle", "custom_field", "the values of a row are updated, deleted and restored with it"),
    ("address", "load", "the address of an open load cannot be deleted"),
    ("address", "service_record", "the address of an open service record cannot be deleted"),
    ("address", "recurring_service", "the address of a plan with dates to come cannot be deleted"),
    ("address", "custom_field", "the values of an address are created, deleted and restored with it"),
    ("contact", "custom_field", "the values of a contact are created, deleted and restored with it"),
    ("customer", "custom_field", "the values of a customer are created, deleted and restored with it"),
    ("customer", "weekday", "a customer prefers service on days of the week"),
    ("customer", "address", "the input of a customer has the list of its addresses"),
    ("customer", "contact", "the input of a customer has the list of its contacts"),
    ("customer", "load", "deleting a customer can cancel its open loads"),
    ("load", "custom_field", "the values of a load are created, deleted and restored with it"),
    ("load", "rate", "the charges of a load can come from its rate"),
    ("customer", "service_record", "deleting a customer can cancel its open service records"),
    ("customer", "asset", "a customer with rented assets cannot be deleted"),
    ("asset", "custom_field", "the values of an asset are created, deleted and restored with it"),
    ("customer_asset", "custom_field", "the values of an assignment are created, deleted and restored with it"),
    ("service_record", "custom_field", "the values of a service record are created, deleted and restored with it"),
    ("recurring_service", "custom_field", "the values of a plan are created, deleted and restored with it"),
    ("recurring_service", "local_time", "the visits of a plan are at a local time"),
    ("recurring_service", "weekday", "a plan repeats on days of the week"),
    ("recurring_service", "service_record", "the visits of a plan are service records"),
    ("rate", "custom_field", "the values of a rate are created, deleted and restored with it"),
    ("rate", "local_time", "a rate holds from the beginning of a day in the tenant's zone"),
    ("aggregate", "local_time", "days begin in the tenant's zone"),
    ("analytics", "local_time", "months begin with a day in the tenant's zone"),
    ("analytics", "asset", "assets are used while they are on rent or lease"),
    ("asset", "customer_asset", "an asset that is reserved cannot be deleted"),
    ("asset", "meter_reading", "the meter of an asset is its newest reading"),
    ("meter_reading", "equipment", "a reading is of an asset, which its assignment can name"),
    ("meter_reading", "meter", "a reading is held against its neighbours in time"),
    ("meter_reading", "equipment_schedule", "a reading moves what is due by the meter"),
    ("equipment_schedule", "equipment", "a schedule is of an asset or of an assignment"),
    ("equipment_schedule", "meter", "a schedule counts on the running total of the meter"),
    ("equipment_schedule", "local_time", "a schedule counts days in the tenant's zone"),
    ("equipment_schedule", "custom_field", "the values of a schedule are created, deleted and restored with it"),
    ("document", "custom_field", "the values of a document are created, deleted and restored with it"),
    ("customer", "document", "documents are deleted and restored with their customer"),
    ("service_record", "equipment_schedule", "a completed service record advances schedules"),
    ("customer_asset", "asset", "an asset can be created with its first assignment"),
    (
        "tenant",
        "custom_field",
        "the values of a tenant are updated with it, and telephone numbers indexed by its country",
    ),
    ("tenant", "customer", "the tenant's settings say which names are sealed"),
    ("tenant", "contact", "the tenant's settings say whether sealed names have an order"),
];

/// Modules of `graphql` that may use each other and the modules of the entities in circles, each with its reason. The search
/// for circles sees all of their files as one. A module with the name of an entity is not listed.
pub const GRAPHQL_TYPES: &[(&str, &str)] = &[
    ("analytics", "a customer has its analytics, which count loads by their status"),
    ("custom_field", "every row has its values, and a value its row"),
    ("mod", "the roots Query and Mutation have a field for every type"),
    ("node", "Node is any of the types, and Change leads to a Node"),
    ("viewer", "Viewer has its tenant"),
];

/// The node that stands for the files of [`GRAPHQL_TYPES`] and of the entities.
pub const GRAPHQL_TYPE_FILES: &str = "the GraphQL types";

/// Modules of `graphql` that are not a domain and have no tests of their own in `tests/`.
pub const SHARED_GRAPHQL_MODULES: &[&str] = &[
    "breadth_first",
    "child_rows",
    "common_fields",
    "conform",
    "connection",
    "context",
    "cost",
    "cursor",
    "edges",
    "entity_object",
    "error",
    "execution",
    "filter",
    "introspection_budget",
    "library_differences",
    "limit",
    "list",
    "mutation",
    "node",
    "operation",
    "order",
    "output_list",
    "row_size",
    "scalar",
    "types",
    "unit",
    "weekday",
];

/// The most lines of a file.
pub const MAX_LINES: usize = 400;

/// Words that no file has, because they are not words of the field. A dot after the first letter keeps this file free of
/// them.
pub const FORBIDDEN_WORDS: &[&str] =
    &["t.oll", "u.nheard", "B.ubble", "c.ame_of", "F.it", "A.sk", "T.old", "C.rowd", "F.ace", "f.ace", "w.hoever"];

/// Folders of Rust whose files open with a sentence and have a bounded length.
pub const FOLDERS: &[&str] = &["src", "crates", "entity/src", "migration/src", "xtask/src", "tests"];

/// The heading of the documentation of `src/lib.rs` that lists the existing files that a new domain changes.
pub const NEW_DOMAIN_HEADING: &str = "# Adding a domain";

/// The most existing files that a new domain without custom fields changes.
pub const MAX_FILES_OF_NEW_DOMAIN: usize = 11;
