//! Reads the settings from their sources: a file, then the environment.

use std::path::Path;

use config::{Config, ConfigError, Environment, File, FileFormat, Map, Source, Value};

use super::{error::InvalidSetting, secret_file, settings::Settings, trusted_file};
use crate::setting::{SettingGroup, SettingSource, SettingValue};

/// Reads the settings: the named file, or `fieldgate.toml` if it exists, then the environment.
pub fn read(file: Option<&Path>) -> Result<Settings, InvalidSetting> {
    let path = file.unwrap_or(Path::new("fieldgate.toml"));
    let (settings, secrets) =
        read_sources(File::from(path).format(FileFormat::Toml).required(file.is_some()), environment())?;
    if let Ok(metadata) = path.metadata() {
        trusted_file::check(path, &metadata).map_err(InvalidSetting::unreadable)?;
    }
    let is_secret = |name: &&&'static str| **name != "database_url" || settings.has_password();
    if let Some(name) = secrets.iter().find(is_secret) {
        let metadata = path.metadata().map_err(InvalidSetting::unreadable)?;
        secret_file::check(path, &metadata).map_err(|reason| InvalidSetting::new(name, reason))?;
    }
    Ok(settings)
}

/// Reads the settings from a text in TOML, without the environment.
pub fn parse(toml: &str) -> Result<Settings, InvalidSetting> {
    let nothing = environment().source(Some(Map::new()));
    read_sources(File::from_str(toml, FileFormat::Toml), nothing).map(|(settings, _)| settings)
}

/// The environment's settings. Their values are texts: each type parses its own.
fn environment() -> Environment {
    Environment::with_prefix("FIELDGATE").prefix_separator("_")
}

/// The settings, and the names of those secrets that are in the file.
fn read_sources(
    file: impl Source + Send + Sync + 'static,
    environment: Environment,
) -> Result<(Settings, Vec<&'static str>), InvalidSetting> {
    let config = Config::builder().add_source(file).add_source(environment).build();
    let values = config.and_then(|config| config.collect()).map_err(InvalidSetting::unreadable)?;
    let mut values = Values { left: values, secrets: Vec::new() };
    let mut settings = Settings::default();
    settings.read(&mut values)?;
    match values.left.into_iter().min_by(|(a, _), (b, _)| a.cmp(b)) {
        Some((name, value)) => Err(InvalidSetting::unknown(&name, value.origin().unwrap_or("the configuration"))),
        None => Ok((settings, values.secrets)),
    }
}

/// The values of all sources.
struct Values {
    /// The values that no setting has taken yet.
    left: Map<String, Value>,
    /// The secrets that a file had.
    secrets: Vec<&'static str>,
}

/// The origin of a value of the environment.
const ENVIRONMENT: &str = "the environment";

impl SettingSource for Values {
    type Error = InvalidSetting;

    fn take<T: SettingValue>(&mut self, name: &'static str) -> Result<Option<T>, InvalidSetting> {
        let Some(value) = self.left.remove(name) else { return Ok(None) };
        if T::IS_SECRET && value.origin() != Some(ENVIRONMENT) {
            self.secrets.push(name);
        }
        let origin = value.origin().map(|origin| format!(" (from {origin})")).unwrap_or_default();
        T::read(value).map(Some).map_err(|error| {
            let reason = match error {
                _ if T::IS_SECRET => "expected a text in quotes".to_owned(),
                ConfigError::Type { unexpected, expected, .. } => format!("expected {expected}, not {unexpected}"),
                error => error.to_string(),
            };
            InvalidSetting::new(name, format!("{reason}{origin}."))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{
        config::settings::list,
        http::trusted_documents::Mode,
        setting::{Secret, Setting},
    };

    fn read_both(toml: &str, variables: &[(&str, &str)]) -> Result<Settings, InvalidSetting> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        read_sources(File::from_str(toml, FileFormat::Toml), environment().source(Some(variables)))
            .map(|(read, _)| read)
    }

    #[test]
    fn the_environment_overrides_the_file_and_the_file_the_defaults() {
        let settings = read_both(
            "limit_depth = 20\nlimit_fields = 7\nheader_timeout = 5",
            &[("FIELDGATE_LIMIT_DEPTH", "25"), ("FIELDGATE_RATE_CAPACITY", "9"), ("OTHER_LIMIT_DEPTH", "1")],
        )
        .unwrap();
        assert_eq!((settings.http.limits.depth, settings.http.limits.fields), (25, 7));
        assert_eq!((settings.http.rate.capacity, settings.http.rate.per_second), (9, 10_000));
        assert_eq!(settings.http.header_timeout.as_secs(), 5);
    }

    #[test]
    fn every_type_of_setting_is_read_from_the_environment() {
        let settings = read_both(
            "",
            &[
                ("FIELDGATE_TOKEN_SECRET", "01234567890123456789012345678901"),
                ("FIELDGATE_MIGRATE", "FALSE"),
                ("FIELDGATE_TOKEN_ALGORITHMS", "RS256, ES256"),
                ("FIELDGATE_CORS_ORIGINS", "https://a.example,https://b.example:8443"),
                ("FIELDGATE_TRUSTED_DOCUMENTS", "enforce"),
                ("FIELDGATE_TRUSTED_EXPLORERS", ""),
                ("FIELDGATE_STOP_TIMEOUT", "7"),
            ],
        )
        .unwrap();
        assert_eq!(settings.token_secret.as_ref().map(Secret::expose), Some("01234567890123456789012345678901"));
        assert!(!settings.migrate);
        assert_eq!(settings.token_algorithms, ["RS256", "ES256"]);
        assert_eq!(settings.http.cors_origins, ["https://a.example", "https://b.example:8443"]);
        assert_eq!((settings.http.trusted.mode, settings.http.trusted.explorers.len()), (Mode::Enforce, 0));
        assert_eq!(settings.http.stop_timeout.as_secs(), 7);
    }

    #[test]
    fn a_text_stays_as_it_is_written() {
        for text in ["0123", "1e5", "true", "01234567890123456789012345678901", "1.10", "null", "0x1f", " a ", "[1]"] {
            let names = ["TOKEN_SECRET", "TOKEN_ISSUER", "CLAIM_TENANT", "DATABASE_URL", "MASTER_KEY", "LOG"];
            let variables = names.map(|name| (format!("FIELDGATE_{name}"), text));
            let variables: Vec<_> = variables.iter().map(|(name, text)| (name.as_str(), *text)).collect();
            let settings = read_both("", &variables).unwrap();
            let secrets = [&settings.token_secret, &settings.database_url, &settings.master_key];
            assert_eq!(secrets.map(|secret| secret.as_ref().map(Secret::expose)), [Some(text); 3]);
            assert_eq!(settings.token_issuer.as_deref(), Some(text));
            assert_eq!([settings.claims.tenant, settings.telemetry.filter], [text; 2]);
            let settings = read_both(&format!("token_secret = {text:?}"), &[]).unwrap();
            assert_eq!(settings.token_secret.as_ref().map(Secret::expose), Some(text));
        }
        // In the file, what is not in quotes is no text.
        for value in ["0123.5", "1e5", "true", "12345678901234567"] {
            for setting in ["token_secret", "data_dir", "claim_tenant"] {
                let read = read_both(&format!("{setting} = {value}"), &[]).unwrap_err().to_string();
                assert!(read.contains(setting) || read.contains("TOML"), "{read}");
            }
        }
        let error = read_both("token_secret = 1e5", &[]).unwrap_err().to_string();
        assert!(error.contains("expected a text in quotes"), "{error}");
        let error = read_both("token_public_key_files = [7]", &[]).unwrap_err().to_string();
        assert!(error.contains("expected a text in quotes"), "{error}");
    }

    #[test]
    fn an_invalid_setting_is_named_with_its_source_and_an_example() {
        let error = |toml: &str, variables: &[(&str, &str)]| read_both(toml, variables).unwrap_err().to_string();
        let errors = [
            error("limit_depht = 20", &[]),
            error("", &[("FIELDGATE_LIMIT_DEPHT", "20")]),
            error("[limit]\ndepth = 20", &[]),
            error("limit_depth = \"deep\"", &[]),
            error("", &[("FIELDGATE_REQUESTS", "-1")]),
            error("requests = 5000000000", &[]),
            error("migrate = \"perhaps\"", &[]),
            error("log_format = \"xml\"", &[]),
            error("cors_origins = [\"app.example\"]", &[]),
            error("", &[("FIELDGATE_INTROSPECTION", "KING")]),
            error("limit_depth 20", &[]),
        ];
        insta::assert_snapshot!(errors.join("\n"), @r#"
        limit_depht (from the configuration) is not a setting.
          `fieldgate --help` lists the settings with examples.
        limit_depht (from the environment) is not a setting.
          `fieldgate --help` lists the settings with examples.
        limit (from the configuration) is not a setting.
          `fieldgate --help` lists the settings with examples.
        limit_depth (in fieldgate.toml, or FIELDGATE_LIMIT_DEPTH): expected an integer, not string "deep".
          example: limit_depth = 15
        requests (in fieldgate.toml, or FIELDGATE_REQUESTS): expected an integer, not string "-1" (from the environment).
          example: requests = 128
        requests (in fieldgate.toml, or FIELDGATE_REQUESTS): expected an unsigned 32 bit integer, not 64-bit unsigned integer `5000000000`.
          example: requests = 128
        migrate (in fieldgate.toml, or FIELDGATE_MIGRATE): expected a boolean, not string "perhaps".
          example: migrate = true
        log_format (in fieldgate.toml, or FIELDGATE_LOG_FORMAT): "xml" is not one of auto, terminal, json.
          example: log_format = "auto"
        cors_origins (in fieldgate.toml, or FIELDGATE_CORS_ORIGINS): "app.example" is not an origin: scheme, host and port, and no more.
          example: cors_origins = ["https://app.example"]
        introspection (in fieldgate.toml, or FIELDGATE_INTROSPECTION): "KING" is no role; the roles are ADMIN, MANAGER, DISPATCHER, TECHNICIAN, AGENT, VIEWER (from the environment).
          example: introspection = "all"
        The configuration cannot be read: TOML parse error at line 1, column 13: key with no value, expected `=`
          `fieldgate --help` lists the settings with examples.
        "#);
    }

    #[test]
    fn every_setting_has_one_name_and_an_example_that_can_be_read() {
        let settings = list();
        let names: HashSet<_> = settings.iter().map(|setting| setting.name).collect();
        assert_eq!(names.len(), settings.len());
        for Setting { name, example, .. } in settings {
            parse(&format!("{name} = {example}")).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    #[test]
    fn debug_shows_every_text_but_secrets() {
        let mut secrets = Vec::new();
        for Setting { name, is_secret, .. } in list() {
            let text = format!("wqx-{name}");
            let Ok(settings) = parse(&format!("{name} = \"{text}\"")) else { continue };
            assert_eq!(format!("{settings:?}").contains(&text), !is_secret, "{name}");
            secrets.extend(is_secret.then_some(name));
        }
        assert_eq!(secrets, ["database_url", "s3_secret_access_key", "master_key", "token_secret"]);
        let wrong = |name: &str| parse(&format!("{name} = [\"wqx\"]")).unwrap_err().to_string();
        assert!(secrets.iter().all(|name| !wrong(name).contains("wqx")), "{}", wrong("master_key"));
        let unreadable = parse("token_secret = wqx").unwrap_err().to_string();
        assert!(unreadable.contains("line 1") && !unreadable.contains("wqx"), "{unreadable}");
    }

    #[test]
    fn the_documentation_has_every_limit_with_its_default() {
        let documentation = include_str!("../../docs/limits.md");
        for Setting { name, example, .. } in Settings::default().http.list() {
            if example.parse::<u64>().is_ok() {
                let forms = [
                    format!("| `{name}` | {example}"),
                    format!("`{name}` ({example}"),
                    format!("| `{name}` | a quarter of"),
                ];
                assert!(forms.iter().any(|form| documentation.contains(form)), "docs/limits.md has no {}", forms[0]);
            }
        }
    }
}
