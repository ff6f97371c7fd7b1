//! The settings of the HTTP layer, from the settings of the program.

use std::{sync::Arc, time::Duration};

use axum::http::HeaderValue;

use super::{InvalidSetting, Names, Settings};
use crate::{
    access::Role,
    graphql::limit::Limits,
    http::{
        self,
        introspection::Introspection,
        trusted_documents::{self, Manifest, Mode},
    },
};

impl Settings {
    /// The settings of the HTTP layer. Reads the manifest of trusted documents.
    pub fn http_settings(&self) -> Result<http::Settings, InvalidSetting> {
        for (setting, limit) in [("connections", self.connections), ("requests", self.requests as usize)] {
            if limit == 0 {
                return Err(InvalidSetting::new(setting, "0 would serve no request.", "128"));
            }
        }
        let origin = |origin: &&str| {
            let (scheme, host) = origin.split_once("://").unwrap_or_default();
            let is_origin = ["http", "https"].contains(&scheme) && !host.is_empty() && !host.contains(['/', '*', '@']);
            let reason = format!("\"{origin}\" is not an origin: scheme, host and port, and no more.");
            let invalid = || InvalidSetting::new("cors_origins", reason, "[\"https://app.example\"]");
            HeaderValue::from_str(origin).ok().filter(|_| is_origin).ok_or_else(invalid)
        };
        let limits = Limits {
            brackets: self.limit_brackets,
            tokens: self.limit_tokens,
            fragments: self.limit_fragments,
            depth: self.limit_depth,
            fields: self.limit_fields,
            selections: self.limit_selections,
            aliases: self.limit_aliases,
            root_fields: self.limit_root_fields,
            directives: self.limit_directives,
            introspection: self.limit_introspection,
            page_size: self.limit_page_size,
            items: self.limit_items,
            filter_size: self.limit_filter_size,
            filter_edges: self.limit_filter_edges,
            filter_lookups: self.limit_filter_lookups,
            input_items: self.limit_input_items,
            arguments: self.limit_arguments,
        };
        Ok(http::Settings {
            show_statements: self.show_statements,
            body_limit: self.body_limit,
            header_limit: self.header_limit,
            query_string_limit: self.query_string_limit,
            variables_limit: self.variables_limit,
            batch_limit: self.batch_limit,
            connections: self.connections,
            requests: self.requests,
            header_timeout: Duration::from_secs(self.header_timeout),
            body_timeout: Duration::from_secs(self.body_timeout),
            request_timeout: Duration::from_secs(self.request_timeout),
            answer_timeout: Duration::from_secs(self.answer_timeout),
            stop_timeout: Duration::from_secs(self.stop_timeout),
            cors_origins: self.cors_origins.list().iter().map(origin).collect::<Result<_, _>>()?,
            trusted: self.load_trusted_documents(&limits)?,
            introspection: self.parse_introspection()?,
            limits,
            cost_limit: self.cost_limit,
            rate: http::rate_limit::Settings { capacity: self.rate_capacity, per_second: self.rate_per_second },
            demo: None,
        })
    }

    /// Reads the manifest of trusted documents.
    fn load_trusted_documents(&self, limits: &Limits) -> Result<trusted_documents::Settings, InvalidSetting> {
        let mode = self.trusted_documents;
        let explorers = self.trusted_explorers.parse_roles("trusted_explorers", "[\"ADMIN\"]   (or [] for nobody)")?;
        let invalid =
            |reason: String| InvalidSetting::new("trusted_documents_file", reason, "\"/etc/fieldgate/documents.json\"");
        let manifest = match &self.trusted_documents_file {
            _ if mode == Mode::Off => Manifest::default(),
            None => return Err(invalid("trusted_documents needs the manifest of the documents.".to_owned())),
            Some(path) => {
                let display = path.display();
                let text = std::fs::read_to_string(path)
                    .map_err(|error| invalid(format!("{display} cannot be read: {error}.")))?;
                Manifest::parse(&text, limits)
                    .map_err(|reason| invalid(format!("{display} cannot be used: {reason}.")))?
            }
        };
        if mode != Mode::Off {
            tracing::info!(documents = manifest.len(), "{} trusted documents", manifest.len());
        }
        Ok(trusted_documents::Settings { mode, explorers, manifest: Arc::new(manifest) })
    }

    /// Who may read the schema.
    fn parse_introspection(&self) -> Result<Introspection, InvalidSetting> {
        match self.introspection.list().as_slice() {
            ["all"] => Ok(Introspection::All),
            ["none"] => Ok(Introspection::Roles(Vec::new())),
            _ => {
                let example = "[\"ADMIN\", \"MANAGER\"]   (or \"all\", or \"none\")";
                self.introspection.parse_roles("introspection", example).map(Introspection::Roles)
            }
        }
    }
}

impl Names {
    pub(super) fn list(&self) -> Vec<&str> {
        match self {
            Self::One(names) => names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
            Self::Many(names) => names.iter().map(String::as_str).collect(),
        }
    }

    fn parse_roles(&self, setting: &str, example: &str) -> Result<Vec<Role>, InvalidSetting> {
        let role = |name: &str| {
            Role::named(name).ok_or_else(|| {
                let roles: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
                InvalidSetting::new(
                    setting,
                    format!("\"{name}\" is no role; the roles are {}.", roles.join(", ")),
                    example,
                )
            })
        };
        self.list().into_iter().map(role).collect()
    }
}
