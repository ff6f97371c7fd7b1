//! The settings of the doors: sizes, times and limits.

use std::{sync::Arc, time::Duration};

use access::Role;
use axum::http::HeaderValue;

use super::{Names, Settings, Wrong};
use crate::{
    graphql::limit::Limits,
    http::{
        self,
        introspection::Introspection,
        trusted::{self, Manifest, Mode},
    },
};

impl Settings {
    /// How the doors are set up.
    pub fn doors(&self) -> Result<http::Settings, Wrong> {
        for (setting, places) in [("connections", self.connections), ("requests", self.requests as usize)] {
            if places == 0 {
                return Err(Wrong::new(setting, "with none, nobody would be served.", "128"));
            }
        }
        let origin = |origin: &String| {
            let (scheme, host) = origin.split_once("://").unwrap_or_default();
            let whole = ["http", "https"].contains(&scheme) && !host.is_empty() && !host.contains(['/', '*', '@']);
            let what = format!("\"{origin}\" is not an origin: scheme, host and port, and no more.");
            let wrong = || Wrong::new("cors_origins", what, "[\"https://app.example\"]");
            HeaderValue::from_str(origin).ok().filter(|_| whole).ok_or_else(wrong)
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
            cors_origins: self.cors_origins.iter().map(origin).collect::<Result<_, _>>()?,
            trusted: self.trusted(&limits)?,
            introspection: self.introspection()?,
            limits,
            cost_limit: self.cost_limit,
            rate: http::rate::Settings { capacity: self.rate_capacity, per_second: self.rate_per_second },
            demo: None,
        })
    }

    /// Which documents are known by id, and who may run others.
    fn trusted(&self, limits: &Limits) -> Result<trusted::Settings, Wrong> {
        let mode = self.trusted_documents;
        let explorers = self.trusted_explorers.roles("trusted_explorers", "[\"ADMIN\"]   (or [] for nobody)")?;
        let wrong = |what: String| Wrong::new("trusted_documents_file", what, "\"/etc/fieldgate/documents.json\"");
        let manifest = match &self.trusted_documents_file {
            _ if mode == Mode::Off => Manifest::default(),
            None => return Err(wrong("trusted_documents needs the manifest of the documents.".to_owned())),
            Some(path) => {
                let place = path.display();
                let text = std::fs::read_to_string(path)
                    .map_err(|error| wrong(format!("{place} cannot be read: {error}.")))?;
                Manifest::parse(&text, limits).map_err(|what| wrong(format!("{place} cannot be used: {what}.")))?
            }
        };
        if mode != Mode::Off {
            tracing::info!(documents = manifest.len(), "{} trusted documents", manifest.len());
        }
        Ok(trusted::Settings { mode, explorers, manifest: Arc::new(manifest) })
    }

    /// Who may ask for the schema.
    fn introspection(&self) -> Result<Introspection, Wrong> {
        match self.introspection.list().as_slice() {
            ["all"] => Ok(Introspection::All),
            ["none"] => Ok(Introspection::Roles(Vec::new())),
            _ => {
                let example = "[\"ADMIN\", \"MANAGER\"]   (or \"all\", or \"none\")";
                self.introspection.roles("introspection", example).map(Introspection::Roles)
            }
        }
    }
}

impl Names {
    fn list(&self) -> Vec<&str> {
        match self {
            Self::One(names) => names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect(),
            Self::Many(names) => names.iter().map(String::as_str).collect(),
        }
    }

    fn roles(&self, setting: &str, example: &str) -> Result<Vec<Role>, Wrong> {
        let role = |name: &str| {
            Role::named(name).ok_or_else(|| {
                let roles: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
                Wrong::new(setting, format!("\"{name}\" is no role; the roles are {}.", roles.join(", ")), example)
            })
        };
        self.list().into_iter().map(role).collect()
    }
}
