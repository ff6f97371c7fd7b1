//! The keys of the vault and of tokens, from settings, files and the data folder.

use std::{
    fs::{OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    time::Duration,
};

use store::vault::Vault;

use super::{error::InvalidSetting, secret_file::read_secret, settings::Settings, trusted_file};
use crate::http::auth;

/// The longest time that a read of the issuer's keys may take.
const JWKS_TIMEOUT: Duration = Duration::from_secs(5);

/// The time from a read of the issuer's keys that fails to the next one.
const JWKS_RETRY_DELAY: Duration = Duration::from_secs(1);

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
        let settings = auth::Settings {
            key: self.token_key()?,
            algorithms: self.token_algorithms.clone(),
            issuer: self.token_issuer.clone(),
            audience: self.token_audience.clone(),
            skew: self.token_skew,
            max_ttl: self.token_max_ttl,
            claims: self.claims.clone(),
        };
        auth::Authenticator::new(settings)
            .map_err(|(setting, reason)| InvalidSetting::new(setting, format!("{reason}.")))
    }

    /// The key or keys that verify tokens, of exactly one kind.
    fn token_key(&self) -> Result<auth::Key, InvalidSetting> {
        let sources = [
            ("token_secret", self.has_token_secret()),
            ("token_public_key_files", !self.token_public_key_files.is_empty()),
            ("token_jwks_url", self.token_jwks_url.is_some()),
        ];
        let set: Vec<_> = sources.iter().filter(|(_, is_set)| *is_set).map(|(name, _)| *name).collect();
        if let [first, second, ..] = set[..] {
            let reason = format!("{second} is set, too: tokens are verified with a secret, or files, or an address.");
            return Err(InvalidSetting::new(first, reason));
        }
        let secret = ("token_secret", &self.token_secret);
        if let Some((_, secret)) = read_secret(secret, ("token_secret_file", &self.token_secret_file))? {
            return Ok(auth::Key::Secret(secret));
        }
        if let Some(url) = &self.token_jwks_url {
            let authorities = self.token_jwks_ca_file.as_ref();
            let authorities = authorities.map(|path| read_key("token_jwks_ca_file", path)).transpose()?;
            let (max_age, min_interval) = (self.token_jwks_max_age, self.token_jwks_min_interval);
            return Ok(auth::Key::Remote(auth::Address {
                url: url.clone(),
                authorities,
                max_age,
                min_interval,
                retry_delay: JWKS_RETRY_DELAY,
                timeout: JWKS_TIMEOUT,
            }));
        }
        if self.token_public_key_files.is_empty() {
            let reason = "there is no key to verify tokens with: set this, token_secret, token_public_key_files or \
                          token_jwks_url.";
            return Err(InvalidSetting::new("token_secret_file", reason));
        }
        let read = |path: &String| {
            let text = read_key("token_public_key_files", Path::new(path))?;
            Ok(auth::KeyFile { path: path.clone(), text })
        };
        Ok(auth::Key::Public(self.token_public_key_files.iter().map(read).collect::<Result<_, _>>()?))
    }

    fn has_token_secret(&self) -> bool {
        self.token_secret.is_some() || self.token_secret_file.is_some()
    }

    /// Uses the keys of the data folder where the settings name no other.
    #[must_use]
    pub fn with_stored_keys(mut self) -> Self {
        let (master_key, token_secret) = (self.data_dir.join("master.key"), self.data_dir.join("token.secret"));
        if self.master_key.is_none() && self.master_key_file.is_none() && master_key.exists() {
            self.master_key_file = Some(master_key);
        }
        let has_public_keys = !self.token_public_key_files.is_empty() || self.token_jwks_url.is_some();
        if !self.has_token_secret() && !has_public_keys && token_secret.exists() {
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

fn read_key(setting: &str, path: &Path) -> Result<String, InvalidSetting> {
    trusted_file::read_file(setting, path).map(|text| text.trim().to_owned())
}
