//! Images: a row as the change log shows it, and the seals of its personal columns.

use entity::Sealed;
use error::{Error, Result};
use sea_orm::{IdenStatic, Iterable, ModelTrait, Value, prelude::Uuid};
use serde_json::{Map, Value as Json};

use crate::{
    camel_case::camel_case,
    change_log,
    indexed_field::{IndexedField, Normalization},
    page::find_column,
    table::{Row, SealedFormat, TenantTable},
    vault::{DataKey, SealContext},
};

/// A row as the change log shows it, in two parts.
#[derive(Clone, Default, PartialEq)]
pub struct Image {
    /// The fields that can never be personal.
    pub open: Map<String, Json>,
    /// The fields that may be personal.
    pub personal: Map<String, Json>,
}

impl Image {
    /// Every logged column of a row.
    pub fn of_row<E: TenantTable>(row: &E::Model, key: &DataKey, tenant: Uuid) -> Result<Self> {
        let table = E::TABLE;
        let mut image = Self::default();
        for column in E::Column::iter() {
            let name = column.as_str();
            if change_log::is_excluded(table, name) {
                continue;
            }
            let value = row.get(column);
            if let Some((sealed_name, format)) = table.sealed.iter().find(|(sealed, _)| *sealed == name) {
                let Value::Bytes(Some(bytes)) = value else { continue };
                let sealed = Sealed(bytes);
                let text = match sealed.as_plain() {
                    Some(plain) => plain.to_owned(),
                    None => key.open(&sealed, seal_context::<E>(tenant, sealed_name, row.id()))?,
                };
                let json = match format {
                    SealedFormat::Text => Json::String(text),
                    SealedFormat::Json => serde_json::from_str(&text).map_err(Error::internal)?,
                };
                image.personal.insert(camel_case(name.strip_suffix("_sealed").unwrap_or(name)), json);
            } else if table.personal.contains(&name) {
                let (name, json) = change_log::image_field(table, name, &value);
                if json != Json::Null {
                    image.personal.insert(name, json);
                }
            } else {
                let (name, json) = change_log::image_field(table, name, &value);
                // Several columns can be one field, as the owners of a value are; only one of them holds an id.
                if json != Json::Null || !image.open.contains_key(&name) {
                    image.open.insert(name, json);
                }
            }
        }
        Ok(image)
    }

    /// Adds a list of child rows.
    pub fn add_list(&mut self, name: &str, list: ListImage) {
        list.add_to(name, &mut self.open, &mut self.personal);
    }

    /// The text of a field of the blind index.
    pub fn indexed_text(&self, indexed: &IndexedField) -> Option<&str> {
        let part = if indexed.normalization == Normalization::ClearWords { &self.open } else { &self.personal };
        let mut segments = indexed.pointer.trim_start_matches('/').splitn(2, '/');
        let field = part.get(segments.next().unwrap_or_default())?;
        let value = match segments.next() {
            Some(rest) => field.pointer(&format!("/{rest}"))?,
            None => field,
        };
        value.as_str()
    }
}

/// A list of child rows as the change log shows it: one object for each row in either part.
#[derive(Clone, Debug, Default)]
pub struct ListImage {
    /// The fields that can never be personal.
    pub open: Vec<Json>,
    /// The fields that may be personal.
    pub personal: Vec<Json>,
}

impl ListImage {
    /// Appends a row.
    pub fn push(&mut self, row: Image) {
        self.open.push(Json::Object(row.open));
        self.personal.push(Json::Object(row.personal));
    }

    /// Adds the list to the two parts of an image. The personal part is added only if a row of the list has one.
    pub fn add_to(self, name: &str, open: &mut Map<String, Json>, personal: &mut Map<String, Json>) {
        if self.personal.iter().any(|row| *row != Json::Object(Map::new())) {
            personal.insert(name.to_owned(), Json::Array(self.personal));
        }
        open.insert(name.to_owned(), Json::Array(self.open));
    }
}

/// Seals the plain texts of a row.
pub fn seal<E: TenantTable>(row: &mut E::Model, key: &DataKey, tenant: Uuid) -> Result<()> {
    for (name, _) in E::TABLE.sealed {
        let Some(column) = find_column::<E>(name) else { continue };
        let Value::Bytes(Some(bytes)) = row.get(column) else { continue };
        if let Some(plain) = Sealed(bytes).as_plain() {
            let sealed = key.seal(plain, seal_context::<E>(tenant, name, row.id()))?;
            row.set(column, Value::Bytes(Some(sealed.0)));
        }
    }
    Ok(())
}

/// Takes over the ciphertext of sealed values that did not change.
pub fn keep_sealed<E: TenantTable>(before: &E::Model, after: &mut E::Model, key: &DataKey, tenant: Uuid) -> Result<()> {
    for (name, _) in E::TABLE.sealed {
        let Some(column) = find_column::<E>(name) else { continue };
        let (Value::Bytes(Some(before_bytes)), Value::Bytes(Some(after_bytes))) =
            (before.get(column), after.get(column))
        else {
            continue;
        };
        let (stored, new) = (Sealed(before_bytes), Sealed(after_bytes));
        let Some(plain) = new.as_plain() else { continue };
        if key.open(&stored, seal_context::<E>(tenant, name, before.id()))? == plain {
            after.set(column, Value::Bytes(Some(stored.0)));
        }
    }
    Ok(())
}

/// The place that the seal of a column is bound to.
pub fn seal_context<E: TenantTable>(tenant: Uuid, column: &'static str, row: Uuid) -> SealContext {
    SealContext { tenant, table: E::TABLE.name, column, row }
}
