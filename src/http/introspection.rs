//! Introspection: who may read the schema, and what other callers do not learn about it.

use access::{Caller, Role};
use async_graphql::{
    Response,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};
use error::catalogue;

use serde::{Deserializer, de::Error};

use super::{rejection::Rejection, role_list::parse_roles};
use crate::setting::SettingValue;

/// Who may read the schema.
#[derive(Clone, Debug, Default)]
pub enum Introspection {
    /// Every caller with a token.
    #[default]
    All,
    /// Callers of these roles; an empty list is nobody.
    Roles(Vec<Role>),
}

impl Introspection {
    /// Whether a caller may read the schema.
    pub fn allows(&self, caller: &Caller) -> bool {
        match self {
            Self::All => true,
            Self::Roles(roles) => caller.roles.iter().any(|role| roles.contains(role)),
        }
    }

    /// Rejects a document that introspects the schema for a caller who may not read it.
    pub fn check(&self, caller: &Caller, document: &ExecutableDocument) -> Result<(), Rejection> {
        if self.allows(caller) || !introspects(document) { Ok(()) } else { Err(self.rejection()) }
    }

    /// The rejection of a caller who may not read the schema.
    pub fn rejection(&self) -> Rejection {
        let message = match self {
            Self::Roles(roles) if !roles.is_empty() => {
                let roles: Vec<_> = roles.iter().map(|role| role.name()).collect();
                format!("The schema is shown to the roles {} only.", roles.join(", "))
            }
            _ => "This server does not show its schema.".to_owned(),
        };
        Rejection::new(catalogue::INTROSPECTION_FORBIDDEN, message)
    }
}

impl SettingValue for Introspection {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::read(deserializer)?;
        match names.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            ["all"] => Ok(Self::All),
            ["none"] => Ok(Self::Roles(Vec::new())),
            _ => parse_roles(&names).map(Self::Roles).map_err(D::Error::custom),
        }
    }

    fn to_toml(&self) -> String {
        match self {
            Self::All => "\"all\"".to_owned(),
            Self::Roles(roles) => roles.to_toml(),
        }
    }
}

/// Removes the library's suggestions, which name parts of the schema, from the errors of a document.
pub fn remove_suggestions(response: &mut Response) {
    for error in response.errors.iter_mut().filter(|error| error.path.is_empty()) {
        if let Some(start) = error.message.find(" Did you mean ") {
            error.message.truncate(start);
        }
    }
}

/// Whether any part of a document introspects the schema. The recursion is bounded by the limit of nested brackets.
fn introspects(document: &ExecutableDocument) -> bool {
    document.operations.iter().any(|(_, operation)| selects_schema(&operation.node.selection_set.node))
        || document.fragments.values().any(|fragment| selects_schema(&fragment.node.selection_set.node))
}

fn selects_schema(selection: &SelectionSet) -> bool {
    selection.items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            ["__schema", "__type"].contains(&field.node.name.node.as_str())
                || selects_schema(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => selects_schema(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}
