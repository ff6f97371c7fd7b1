//! Logs: readable in a terminal, JSON where a machine reads them, and every panic in them with its backtrace.

use std::{backtrace::Backtrace, io::IsTerminal, panic::PanicHookInfo};

use tracing_subscriber::EnvFilter;

use super::reply::RequestId;

tokio::task_local! {
    /// The request a task works for.
    pub static REQUEST: RequestId;
}

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
    begun.map_err(|error| error.to_string())?;
    log_panics();
    Ok(())
}

/// Logs every panic from now on, with the request it happened in and its backtrace.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let request_id = REQUEST.try_with(|id| id.text().to_owned()).unwrap_or_default();
        let what = panic.payload_as_str().unwrap_or("something that is no text");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = Backtrace::force_capture();
        tracing::error!(request_id, place, %backtrace, "{request_id}: a panic at {place}: {what}");
    }));
}
