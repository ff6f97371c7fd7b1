//! Images: a row as the change log shows it, and what derives from its plain text: folds, seals and tokens.

use std::borrow::Cow;

use entity::Sealed;
use error::{Error, Result};
use sea_orm::{IdenStatic, Iterable, ModelTrait, Value, prelude::Uuid};
use serde_json::{Map, Value as Json};

use super::{Tx, column, set};
use crate::{
    change_log::{self, camel_case},
    fold::fold,
    search,
    table::{Normalization, Row, SealedFormat, TenantTable},
    vault::DataKey,
};

/// A row in the forms a write needs.
pub(super) struct Image {
    /// What can never be personal.
    pub(super) open: Map<String, Json>,
    /// What may be.
    pub(super) personal: Map<String, Json>,
}

impl Tx {
    /// Every column of a row as it appears in the log.
    pub(super) fn image<E: TenantTable>(&self, row: &E::Model, key: &DataKey) -> Result<Image> {
        let table = E::TABLE;
        let mut image = Image { open: Map::new(), personal: Map::new() };
        for column in E::Column::iter() {
            let name = column.as_str();
            if change_log::is_excluded(table, name) {
                continue;
            }
            let value = row.get(column);
            if let Some((sealed_name, form)) = table.sealed.iter().find(|(sealed, _)| *sealed == name) {
                let Value::Bytes(Some(bytes)) = value else { continue };
                let sealed = Sealed(bytes);
                let text = match sealed.as_plain() {
                    Some(plain) => plain.to_owned(),
                    None => key.open(&sealed, self.seal_context(table.name, sealed_name, row.id()))?,
                };
                let shown = match form {
                    SealedFormat::Text => Json::String(text),
                    SealedFormat::Json => serde_json::from_str(&text).map_err(Error::internal)?,
                };
                image.personal.insert(camel_case(name.strip_suffix("_sealed").unwrap_or(name)), shown);
            } else if table.personal.contains(&name) {
                let (name, shown) = change_log::image_field(table, name, &value);
                if shown != Json::Null {
                    image.personal.insert(name, shown);
                }
            } else {
                let (name, shown) = change_log::image_field(table, name, &value);
                // Of the columns that are one edge together, one holds an id.
                if shown != Json::Null || !image.open.contains_key(&name) {
                    image.open.insert(name, shown);
                }
            }
        }
        Ok(image)
    }

    /// A sealed value that did not change keeps its ciphertext.
    pub(super) fn keep_sealed<E: TenantTable>(
        &self,
        before: &E::Model,
        after: &mut E::Model,
        key: &DataKey,
    ) -> Result<()> {
        for (name, _) in E::TABLE.sealed {
            let Some(column) = column::<E>(name) else { continue };
            let (Value::Bytes(Some(old)), Value::Bytes(Some(new))) = (before.get(column), after.get(column)) else {
                continue;
            };
            let (old, new) = (Sealed(old), Sealed(new));
            let Some(plain) = new.as_plain() else { continue };
            if key.open(&old, self.seal_context(E::TABLE.name, name, before.id()))? == plain {
                after.set(column, Value::Bytes(Some(old.0)));
            }
        }
        Ok(())
    }

    pub(super) fn seal<E: TenantTable>(&self, row: &mut E::Model, key: &DataKey) -> Result<()> {
        for (name, _) in E::TABLE.sealed {
            let Some(column) = column::<E>(name) else { continue };
            let Value::Bytes(Some(bytes)) = row.get(column) else { continue };
            if let Some(plain) = Sealed(bytes).as_plain() {
                let sealed = key.seal(plain, self.seal_context(E::TABLE.name, name, row.id()))?;
                row.set(column, Value::Bytes(Some(sealed.0)));
            }
        }
        Ok(())
    }

    /// Replaces the tokens of the indexed fields whose text changed.
    pub(super) fn index<E: TenantTable>(&self, row: Uuid, before: Option<&Image>, after: &Image) -> Result<()> {
        let text = |image: &Image, pointer: &str| {
            // A pointer into the personal part; a map is looked into as JSON.
            let mut parts = pointer.trim_start_matches('/').splitn(2, '/');
            let first = image.personal.get(parts.next().unwrap_or_default())?;
            let found = match parts.next() {
                Some(rest) => first.pointer(&format!("/{rest}"))?,
                None => first,
            };
            found.as_str().map(str::to_owned)
        };
        for token in E::TABLE.indexed {
            let old = before.and_then(|image| text(image, token.pointer));
            let new = text(after, token.pointer);
            if old == new {
                continue;
            }
            self.tokens(row, token.field.into(), token.normalization, old.is_some(), new.as_deref())?;
        }
        Ok(())
    }

    /// Puts the text of a row's field that no registry can name, because a tenant made it, into the blind index; nothing
    /// takes it out. `known` says that an earlier text may stand there.
    pub fn index_text(
        &self,
        row: Uuid,
        field: String,
        normalization: Normalization,
        known: bool,
        text: Option<&str>,
    ) -> Result<()> {
        self.tokens(row, field.into(), normalization, known, text)
    }

    fn tokens(
        &self,
        row: Uuid,
        field: Cow<'static, str>,
        normalization: Normalization,
        known: bool,
        text: Option<&str>,
    ) -> Result<()> {
        let tokens = match text {
            Some(text) => search::index_tokens(&self.session.tenant.keys, &field, normalization, text)?,
            None => Vec::new(),
        };
        let mut pending = self.pending();
        pending.tokens.retain(|(_, of, indexed)| *of != row || *indexed != field);
        if known {
            pending.stale_tokens.push((row, field.clone()));
        }
        pending.tokens.extend(tokens.into_iter().map(|hash| (hash, row, field.clone())));
        Ok(())
    }
}

impl Image {
    /// Adds the image of a list of parts.
    pub(super) fn add(&mut self, name: &str, part: (Json, Json)) {
        add(&mut self.open, &mut self.personal, name, part);
    }
}

/// Adds a list of parts to both halves of an image.
pub(super) fn add(open: &mut Map<String, Json>, personal: &mut Map<String, Json>, name: &str, part: (Json, Json)) {
    let said = part.1.as_array().is_some_and(|parts| parts.iter().any(|part| part != &Json::Object(Map::new())));
    if said {
        personal.insert(name.to_owned(), part.1);
    }
    open.insert(name.to_owned(), part.0);
}

/// Writes the folded companion of every text that has one.
pub(super) fn fold_into<E: TenantTable>(row: &mut E::Model) -> Result<()> {
    for name in E::TABLE.folded {
        let Some(text) = column::<E>(name) else { continue };
        let folded = match row.get(text) {
            Value::String(Some(text)) => Value::String(Some(fold(&text))),
            _ => Value::String(None),
        };
        set::<E>(row, &format!("{name}_key"), folded)?;
    }
    Ok(())
}
