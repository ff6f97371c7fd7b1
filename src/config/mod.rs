//! Configuration: settings from a file, the environment and the command line, the only reader of the environment.
//!
//! A setting `x_y` is `x_y = ...` in `fieldgate.toml` and `FIELDGATE_X_Y` in the environment. The environment overrides the
//! file, and the command line overrides both. Each layer declares its own settings; [`Settings`] gathers them.

mod checked_file;
mod data_file;
mod error;
mod files;
mod http;
mod keys;
mod read;
mod secret_file;
mod settings;
mod transport;
mod trusted_file;

pub use self::{
    data_file::{create_files_privately, protect_redirected_output},
    error::InvalidSetting,
    read::{parse, read},
    settings::{Settings, help},
};
