//! Logging: text in a terminal, JSON elsewhere, and every panic with its backtrace.

use std::{backtrace::Backtrace, io::IsTerminal, panic::PanicHookInfo};

use error::excerpt::{MAX_MESSAGE_CHARS, excerpt};
use serde::Deserializer;
use tracing_subscriber::EnvFilter;

use super::request_id::CURRENT_REQUEST_ID;
use crate::setting::{SettingValue, choice_to_toml, read_choice, settings};

settings! {
    /// What is logged, and in which format.
    pub struct Settings {
        /// Filter of log lines, such as warn or info,fieldgate=debug
        filter as "log": String = "info".to_owned();
        /// Format of log lines: auto, terminal or json
        format as "log_format": LogFormat = LogFormat::Auto;
    }
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text if standard error is a terminal, JSON otherwise.
    Auto,
    /// Text.
    Terminal,
    /// One JSON object per line.
    Json,
}

impl LogFormat {
    const NAMES: &[(&str, Self)] = &[("auto", Self::Auto), ("terminal", Self::Terminal), ("json", Self::Json)];
}

impl SettingValue for LogFormat {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_choice(deserializer, Self::NAMES)
    }

    fn to_toml(&self) -> String {
        choice_to_toml(self, Self::NAMES)
    }
}

/// Starts logging to standard error.
pub fn init(settings: &Settings) -> Result<(), String> {
    let filter = EnvFilter::try_new(&settings.filter).map_err(|error| error.to_string())?;
    let is_terminal = std::io::stderr().is_terminal();
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    let initialized = match settings.format {
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
        let message = excerpt(panic.payload_as_str().unwrap_or("a payload that is not text"), MAX_MESSAGE_CHARS);
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let backtrace = Backtrace::force_capture();
        tracing::error!(request_id, place, %backtrace, "{request_id}: a panic at {place}: {message}");
    }));
}
