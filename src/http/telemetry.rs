//! Logs: readable in a terminal, JSON where a machine reads them.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people if standard error is a terminal, else JSON.
    #[default]
    Auto,
    /// For people.
    Terminal,
    /// One JSON object a line.
    Json,
}

/// Begins to log to standard error what a filter lets through, such as `info,fieldgate=debug`.
pub fn begin(filter: &str, format: Format) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let begun = match format {
        Format::Json => lines.json().flatten_event(true).try_init(),
        Format::Auto if !terminal => lines.json().flatten_event(true).try_init(),
        Format::Auto | Format::Terminal => lines.with_ansi(terminal).compact().try_init(),
    };
    begun.map_err(|error| error.to_string())
}
