//! The keys: the vault's and the tokens', from settings, from files, and from the data folder.

use std::{
    fs::{OpenOptions, Permissions},
    io::Write,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
};

use store::vault::Vault;

use super::{Settings, Wrong};
use crate::http::auth;

impl Settings {
    /// The vault of the master keys. There is no database without one.
    pub fn vault(&self) -> Result<Vault, Wrong> {
        let example = "\"/etc/fieldgate/master.key\"   (make one: fieldgate keys generate > /etc/fieldgate/master.key)";
        let keys = match (&self.master_key, &self.master_key_file) {
            (Some(keys), _) => keys.clone(),
            (None, Some(path)) => std::fs::read_to_string(path).map_err(|error| {
                Wrong::new("master_key_file", format!("{} cannot be read: {error}", path.display()), example)
            })?,
            (None, None) => {
                let what = "there is no master key, and personal data is sealed under one.";
                return Err(Wrong::new("master_key_file", what, example));
            }
        };
        Vault::open(&keys).map_err(|what| Wrong::new("master_key_file", what, example))
    }

    /// How tokens are verified.
    pub fn tokens(&self) -> Result<auth::Tokens, Wrong> {
        let example =
            "\"/etc/fieldgate/token.secret\"   (at least 32 characters; or token_public_key_file = \"issuer.pem\")";
        let file = |setting: &str, path: &Path| {
            std::fs::read_to_string(path)
                .map(|text| text.trim().to_owned())
                .map_err(|error| Wrong::new(setting, format!("{} cannot be read: {error}", path.display()), example))
        };
        let key = match (&self.token_secret, &self.token_secret_file, &self.token_public_key_file) {
            (Some(secret), ..) => auth::Key::Secret(secret.clone()),
            (None, Some(path), _) => auth::Key::Secret(file("token_secret_file", path)?),
            (None, None, Some(path)) => auth::Key::Public(file("token_public_key_file", path)?),
            (None, None, None) => {
                let what = "there is nothing to verify tokens with.";
                return Err(Wrong::new("token_secret_file", what, example));
            }
        };
        let algorithms = match (&key, self.token_algorithms.is_empty()) {
            (auth::Key::Secret(_), true) => vec!["HS256".to_owned()],
            (auth::Key::Public(_), true) => {
                let what = "a public key needs the algorithms that go with it.";
                return Err(Wrong::new("token_algorithms", what, "[\"RS256\"]   (or [\"ES256\"], [\"EdDSA\"])"));
            }
            (_, false) => self.token_algorithms.clone(),
        };
        let settings = auth::Settings {
            key,
            algorithms,
            issuer: self.token_issuer.clone(),
            audience: self.token_audience.clone(),
            skew: self.token_skew,
            claims: auth::Claims {
                tenant: self.claim_tenant.clone(),
                subject: self.claim_subject.clone(),
                roles: self.claim_roles.clone(),
                scopes: self.claim_scopes.clone(),
                technician: self.claim_technician.clone(),
            },
        };
        auth::Tokens::new(settings).map_err(|(setting, what)| Wrong::new(setting, what, example))
    }

    /// Takes the keys that stand in the data folder, for what is not set otherwise.
    #[must_use]
    pub fn with_kept_keys(mut self) -> Self {
        let (master, secret) = (self.data_dir.join("master.key"), self.data_dir.join("token.secret"));
        if self.master_key.is_none() && self.master_key_file.is_none() && master.exists() {
            self.master_key_file = Some(master);
        }
        if self.token_secret.is_none()
            && self.token_secret_file.is_none()
            && self.token_public_key_file.is_none()
            && secret.exists()
        {
            self.token_secret_file = Some(secret);
        }
        self
    }

    /// Makes the data folder with keys of its own, readable by nobody else, and takes them.
    pub fn with_own_keys(self) -> std::io::Result<Self> {
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
        Ok(self.with_kept_keys())
    }
}
