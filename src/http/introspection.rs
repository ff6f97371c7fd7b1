//! Introspection: who may read the schema, and what other callers do not learn about it.

use access::{Caller, Role};
use async_graphql::parser::types::ExecutableDocument;
use error::catalogue;
use serde::{Deserializer, de::Error};

use super::{rejection::Rejection, role_list::parse_roles};
use crate::{graphql::operation::root_fields, setting::SettingValue};

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

    /// Rejects an operation that introspects the schema for a caller who may not read it.
    pub fn check(&self, caller: &Caller, plan: &ExecutableDocument) -> Result<(), Rejection> {
        if self.allows(caller) || !introspects(plan) { Ok(()) } else { Err(self.rejection()) }
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

/// Whether an operation introspects the schema.
pub fn introspects(plan: &ExecutableDocument) -> bool {
    root_fields(plan).any(|field| ["__schema", "__type"].contains(&field.name.node.as_str()))
}

/// Whether an operation introspects the schema, and does nothing else.
pub fn introspects_only(plan: &ExecutableDocument) -> bool {
    introspects(plan) && root_fields(plan).all(|field| field.name.node.starts_with("__"))
}
