//! The settings of the HTTP layer, checked and with the manifest of trusted documents.

use std::sync::Arc;

use super::{error::InvalidSetting, settings::Settings, trusted_file};
use crate::{
    graphql,
    http::{
        self,
        trusted_documents::{Manifest, Mode},
    },
};

impl Settings {
    /// The settings of the HTTP layer. Reads the manifest of trusted documents.
    pub fn http_settings(&self) -> Result<http::Settings, InvalidSetting> {
        self.http.check_bounds().map_err(|(setting, reason)| InvalidSetting::new(setting, reason))?;
        let mut settings = self.http.clone();
        if settings.trusted.mode != Mode::Off {
            let manifest = self.load_manifest()?;
            tracing::info!(documents = manifest.len(), "{} trusted documents", manifest.len());
            settings.trusted.manifest = Arc::new(manifest);
        }
        Ok(settings)
    }

    fn load_manifest(&self) -> Result<Manifest, InvalidSetting> {
        let invalid = |reason: String| InvalidSetting::new("trusted_documents_file", reason);
        let Some(path) = &self.http.trusted.file else {
            return Err(invalid("trusted_documents needs the manifest of the documents.".to_owned()));
        };
        let display = path.display();
        let text = trusted_file::read_file("trusted_documents_file", path)?;
        let validator = graphql::validator(&graphql::schema(), &self.http.limits);
        Manifest::parse(&text, &validator).map_err(|reason| invalid(format!("{display} cannot be used: {reason}.")))
    }
}
