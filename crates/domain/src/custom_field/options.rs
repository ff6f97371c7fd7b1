//! Dropdown options: what a DROPDOWN field offers, as its row stores it.

use std::collections::BTreeMap;

use entity::custom_field_definition::{FieldType, Model as Definition};
use error::{Error, Result};
use serde::{Deserialize, Serialize};

/// Titles by language.
pub type Translations = BTreeMap<String, String>;

/// One option of a DROPDOWN, as its field's row stores it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropdownOption {
    /// Its name in filters and inputs.
    pub key: String,
    /// What people call it.
    pub title: String,
    /// The same in other languages.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub translations: Translations,
}

/// The options of a DROPDOWN; none for a field of another type.
pub fn options(field: &Definition) -> Result<Vec<DropdownOption>> {
    match field.options.as_deref().filter(|_| field.field_type == FieldType::Dropdown) {
        Some(options) => serde_json::from_str(options).map_err(Error::internal),
        None => Ok(Vec::new()),
    }
}
