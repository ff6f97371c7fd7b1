//! Logging: text in a terminal, JSON elsewhere, and every panic with its backtrace.

use std::{backtrace::Backtrace, io::IsTerminal, panic::PanicHookInfo};

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use super::request_id::CURRENT_REQUEST_ID;

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text if standard error is a terminal, JSON otherwise.
    #[default]
    Auto,
    /// Text.
    Terminal,
    /// One JSON object per line.
    Json,
}

/// Starts logging to standard error. A filter is, for example, `info,fieldgate=debug`.
pub fn init(filter: &str, format: LogFormat) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|error| error.to_string())?;
    let is_terminal = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let initialized = match format {
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
        LogFormat::Auto if !is_terminal => subscriber.json().flatten_event(true).try_init(),
        LogFormat::Auto | LogFormat::Terminal => subscriber.with_ansi(is_terminal).compact().try_init(),
    };
    initialized.map_err(|error| error.to_string())?;
    log_panics();
    Ok(())
}

/// Logs every further panic, with its request id and backtrace.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic: &PanicHookInfo<'_>| {
        let request_id = CURRENT_REQUEST_ID.try_with(|id| id.as_str().to_owned()).unwrap_or_default();
        let message = panic.payload_as_str().unwrap_or("a payload that is not text");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = Backtrace::force_capture();
        tracing::error!(request_id, place, %backtrace, "{request_id}: a panic at {place}: {message}");
    }));
}
