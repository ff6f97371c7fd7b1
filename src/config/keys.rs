//! The keys of the vault and of tokens, from settings, files and the data folder.

use std::{
    fs::{OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use store::vault::Vault;

use super::{error::InvalidSetting, secret_file::read_secret, settings::Settings};
use crate::http::auth;

impl Settings {
    /// Opens the vault with the master keys. A database needs one.
    pub fn open_vault(&self) -> Result<Vault, InvalidSetting> {
        let keys = read_secret(("master_key", &self.master_key), ("master_key_file", &self.master_key_file))?;
        let Some((setting, keys)) = keys else {
            let reason = "there is no master key, and personal data is encrypted under one. \
                          `fieldgate keys generate > FILE` makes a key.";
            return Err(InvalidSetting::new("master_key_file", reason));
        };
        Vault::open(&keys).map_err(|reason| InvalidSetting::new(setting, reason))
    }

    /// What verifies and signs tokens.
    pub fn build_authenticator(&self) -> Result<auth::Authenticator, InvalidSetting> {
        let secret = ("token_secret", &self.token_secret);
        let key =
            match (read_secret(secret, ("token_secret_file", &self.token_secret_file))?, &self.token_public_key_file) {
                (Some((_, secret)), _) => auth::Key::Secret(secret),
                (None, Some(path)) => auth::Key::Public(read_public_key("token_public_key_file", path)?),
                (None, None) => {
                    let reason =
                        "there is no key to verify tokens with: set this, token_secret or token_public_key_file.";
                    return Err(InvalidSetting::new("token_secret_file", reason));
                }
            };
        let algorithms = match (&key, self.token_algorithms.is_empty()) {
            (auth::Key::Secret(_), true) => vec!["HS256".to_owned()],
            (auth::Key::Public(_), true) => {
                let reason = "a public key needs its algorithms: RS256, ES256 or EdDSA.";
                return Err(InvalidSetting::new("token_algorithms", reason));
            }
            (_, false) => self.token_algorithms.clone(),
        };
        let settings = auth::Settings {
            key,
            algorithms,
            issuer: self.token_issuer.clone(),
            audience: self.token_audience.clone(),
            skew: self.token_skew,
            claims: self.claims.clone(),
        };
        auth::Authenticator::new(settings).map_err(|(setting, reason)| InvalidSetting::new(setting, reason))
    }

    /// Uses the keys of the data folder where the settings name no other.
    #[must_use]
    pub fn with_stored_keys(mut self) -> Self {
        let (master_key, token_secret) = (self.data_dir.join("master.key"), self.data_dir.join("token.secret"));
        if self.master_key.is_none() && self.master_key_file.is_none() && master_key.exists() {
            self.master_key_file = Some(master_key);
        }
        if self.token_secret.is_none()
            && self.token_secret_file.is_none()
            && self.token_public_key_file.is_none()
            && token_secret.exists()
        {
            self.token_secret_file = Some(token_secret);
        }
        self
    }

    /// Creates the data folder and the keys that it lacks, for this user alone, and uses them.
    pub fn with_created_keys(self) -> std::io::Result<Self> {
        std::fs::create_dir_all(&self.data_dir)?;
        for name in ["master.key", "token.secret"] {
            let path = self.data_dir.join(name);
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(mut file) => writeln!(file, "{}", Vault::generate())?,
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(self.with_stored_keys())
    }
}

fn read_public_key(setting: &str, path: &Path) -> Result<String, InvalidSetting> {
    std::fs::read_to_string(path)
        .map(|text| text.trim().to_owned())
        .map_err(|error| InvalidSetting::new(setting, format!("{} cannot be read: {error}.", path.display())))
}
