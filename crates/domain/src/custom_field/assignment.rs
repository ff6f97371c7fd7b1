//! Assignment: sets the values of a row, named by the keys of its fields.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use access::Action;
use entity::{
    custom_field_definition::{Model as Definition, OwnerType},
    custom_field_value::{Entity, Model as Row},
};
use error::{
    Code, Error, Result,
    excerpt::{MAX_CLIENT_CHARS, excerpt, list_names},
};
use sea_orm::{Value as Sql, prelude::Uuid};
use serde_json::Value as Json;
use store::{Deleted, Filter, Predicate, Tx, table::enum_text, tx::key_owner};

use super::{
    constraint::Constraints,
    owner::{owner_column, owner_id, set_owner_id, with_owner},
    value::{Value, index, index_normalization},
};
use crate::{
    lookup::FieldsOfType,
    reference::{self, Reference},
    validator::Validator,
};

/// The value of one field of a row, as a client writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueInput {
    /// The key of the field.
    pub key: String,
    /// The new value; absent clears the field.
    pub value: Option<Json>,
}

/// The fields of some types of rows, and the current values of some of their rows.
#[derive(Default)]
pub struct LoadedFields {
    fields: Vec<Arc<Definition>>,
    /// Whether the caller may read them.
    may_read: bool,
    current: HashMap<Uuid, Vec<Row>>,
}

/// The writes of the values of a row: validated, and not yet executed.
#[derive(Default)]
#[must_use]
pub struct ValueWrites(Vec<ValueWrite>);

struct ValueWrite {
    owner_type: OwnerType,
    before: Option<Row>,
    /// Absent: the field is cleared.
    after: Option<Row>,
    /// The blind index's name, normalization and text of a sensitive field.
    index: Option<(String, store::table::Normalization, Option<String>)>,
}

/// The most values in one input.
const MAX_VALUES_PER_INPUT: usize = 200;

/// Prepares the values of a row, which is new without an `owner`: one statement for the fields, one for the current values;
/// none, if an existing row gets no values.
pub async fn prepare(
    tx: &Tx,
    validator: &mut Validator,
    owner_type: OwnerType,
    owner: Option<Uuid>,
    inputs: &[ValueInput],
) -> Result<ValueWrites> {
    if owner.is_some() && inputs.is_empty() {
        return Ok(ValueWrites::default());
    }
    let mut fields = LoadedFields::read(tx, &[owner_type]).await?;
    fields.load_values(tx, owner_type, owner.as_slice()).await?;
    fields.prepare(validator, owner_type, owner, inputs)
}

/// Sets values on the row that a reference names. Returns the id of the row, and the values that are set.
pub async fn set_values(
    tx: &Tx,
    owner_type: OwnerType,
    reference: &Reference,
    expected_version: Option<i32>,
    inputs: &[ValueInput],
) -> Result<(Uuid, Vec<Row>)> {
    let loaded = with_owner!(owner_type, E => {
        let row = reference::load_for_update::<E>(tx, reference, expected_version, Deleted::Exclude).await;
        row.and_then(|row| Ok((row.id, key_owner::<E>(&row)?)))
    });
    let (owner, key_owner) = loaded.map_err(|error| match error {
        Error::Invalid(mut violations) => {
            for violation in &mut violations {
                violation.path = vec!["owner".to_owned()];
            }
            Error::Invalid(violations)
        }
        other => other,
    })?;
    let mut validator = Validator::new();
    let values = prepare(tx, &mut validator, owner_type, Some(owner), inputs).await?;
    validator.finish()?;
    Ok((owner, values.write(tx, owner, key_owner).await?))
}

/// The current values of a row, in the order in which the inputs name their fields.
pub async fn current_values(tx: &Tx, owner_type: OwnerType, owner: Uuid, inputs: &[ValueInput]) -> Result<Vec<Row>> {
    let mut fields = LoadedFields::read(tx, &[owner_type]).await?;
    fields.load_values(tx, owner_type, &[owner]).await?;
    let rows = fields.current.remove(&owner).unwrap_or_default();
    let value_of = |key: &str| {
        let field = fields.fields.iter().find(|field| field.key == key)?;
        rows.iter().find(|row| row.definition_id == field.id && row.deleted_at.is_none()).cloned()
    };
    Ok(inputs.iter().filter_map(|input| value_of(&input.key)).collect())
}

impl LoadedFields {
    /// Reads the live fields of some types of rows, in one statement. They bind every writer, also one without permission to
    /// read them. A key-share lock keeps others from narrowing them until the transaction ends.
    pub async fn read(tx: &Tx, owner_types: &[OwnerType]) -> Result<Self> {
        let names: Vec<_> = owner_types.iter().map(enum_text).collect();
        let may_read = tx.caller().may(Action::CustomFieldRead);
        Ok(Self { fields: tx.look_up::<FieldsOfType>(&names).await?, may_read, current: HashMap::new() })
    }

    /// Loads the values of some rows of a type, soft-deleted ones included, in one statement.
    pub async fn load_values(&mut self, tx: &Tx, owner_type: OwnerType, owners: &[Uuid]) -> Result<()> {
        if owners.is_empty() || self.fields.is_empty() {
            return Ok(());
        }
        let owners = owners.iter().copied().map(Sql::from).collect();
        let of_owners = Filter::Column(owner_column(owner_type), Predicate::In(owners));
        let find = tx.find_unrestricted::<Entity>().deleted(Deleted::Include).filter(of_owners);
        for row in tx.lock_key_share(&find).await? {
            if let Some(owner) = owner_id(owner_type, &row) {
                self.current.entry(owner).or_default().push(row);
            }
        }
        Ok(())
    }

    /// Prepares the values of a row, which is new without an `owner`. A new row gets the defaults of fields without an input.
    /// Required fields are neither left out nor cleared.
    pub fn prepare(
        &self,
        validator: &mut Validator,
        owner_type: OwnerType,
        owner: Option<Uuid>,
        inputs: &[ValueInput],
    ) -> Result<ValueWrites> {
        let mut writes = ValueWrites::default();
        let current = owner.and_then(|owner| self.current.get(&owner)).map_or(&[][..], Vec::as_slice);
        let mut keys_seen = HashSet::new();
        validator.check_max_items("customFields", inputs.len(), MAX_VALUES_PER_INPUT);
        for (index, ValueInput { key, value }) in inputs.iter().enumerate().take(MAX_VALUES_PER_INPUT) {
            let path = |validator: &Validator, part: &str| {
                let mut path = validator.path("customFields");
                path.extend([index.to_string(), part.to_owned()]);
                path
            };
            let quoted = excerpt(key, MAX_CLIENT_CHARS);
            if !keys_seen.insert(key.as_str()) {
                let message = format!("The custom field {quoted:?} is given twice.");
                validator.fail_at(Code::Taken, path(validator, "key"), message);
                continue;
            }
            let field = self.fields.iter().find(|field| field.owner_type == owner_type && field.key == *key);
            let Some(field) = field else {
                if !self.may_read {
                    let message = format!("There is no custom field {quoted:?} here.");
                    validator.fail_at(Code::NotFound, path(validator, "key"), message);
                    continue;
                }
                let mut keys: Vec<_> = self
                    .fields
                    .iter()
                    .filter(|field| field.owner_type == owner_type)
                    .map(|field| field.key.as_str())
                    .collect();
                keys.sort_unstable();
                let keys = if keys.is_empty() { "it has none".to_owned() } else { list_names(&keys) };
                let message = format!("There is no custom field {quoted:?} here; the fields are: {keys}.");
                validator.fail_at(Code::NotFound, path(validator, "key"), message);
                continue;
            };
            let before = current.iter().find(|row| row.definition_id == field.id);
            match value.as_ref().filter(|value| !Value::is_none(field.field_type, value)) {
                None if field.required => {
                    let message = format!("The custom field {key} is required and cannot be cleared.");
                    validator.fail_at(Code::Required, path(validator, "value"), message);
                }
                None => {
                    writes.0.extend(
                        before.filter(|row| row.deleted_at.is_none()).map(|row| ValueWrite::clear(owner_type, row)),
                    );
                }
                Some(value) => match Constraints::of(field)?.read(value) {
                    Ok(value) => writes.0.push(ValueWrite::set(field, before, &value)),
                    Err((code, message)) => validator.fail_at(code, path(validator, "value"), message),
                },
            }
        }
        if owner.is_none() {
            let of_owner_type = self.fields.iter().filter(|field| field.owner_type == owner_type);
            for field in of_owner_type.filter(|field| !keys_seen.contains(field.key.as_str())) {
                match &field.default {
                    Some(default) => {
                        let default = serde_json::from_str(default).map_err(Error::internal)?;
                        let value =
                            Constraints::of(field)?.read(&default).map_err(|(_, message)| Error::internal(message))?;
                        writes.0.push(ValueWrite::set(field, None, &value));
                    }
                    None if field.required => {
                        let message = format!("The custom field {} is required.", field.key);
                        validator.fail(Code::Required, "customFields", message);
                    }
                    None => {}
                }
            }
            // The order of their ids would tell which values are defaults.
            writes.0.sort_by_key(ValueWrite::field);
        }
        Ok(writes)
    }
}

impl ValueWrites {
    /// Writes the values of a row, sealed with the data key of the customer it belongs to. Returns the values that are set.
    pub async fn write(self, tx: &Tx, owner: Uuid, key_owner: Option<Uuid>) -> Result<Vec<Row>> {
        let mut set = Vec::new();
        for ValueWrite { owner_type, before, after, index } in self.0 {
            let is_indexed = before.is_some();
            let (written, changed) = match (before, after) {
                (Some(before), Some(after)) => {
                    let before =
                        if before.deleted_at.is_some() { tx.restore::<Entity>(&before).await? } else { before };
                    let (version, updated_at) = (before.version, before.updated_at);
                    let after = Row { deleted_at: None, deleted_with: None, version, updated_at, ..after };
                    let written = tx.update::<Entity>(&before, after).await?;
                    let changed = written != before;
                    (written, changed)
                }
                (None, Some(mut row)) => {
                    row.key_owner_id = key_owner;
                    set_owner_id(owner_type, &mut row, owner);
                    (tx.insert::<Entity>(row).await?, true)
                }
                (Some(before), None) => {
                    tx.delete::<Entity>(&before, Uuid::now_v7()).await?;
                    continue;
                }
                (None, None) => continue,
            };
            if let Some((field, normalization, text)) = index.filter(|_| changed) {
                tx.index_text(written.id, field, normalization, is_indexed, text.as_deref())?;
            }
            set.push(written);
        }
        Ok(set)
    }
}

impl ValueWrite {
    fn set(field: &Definition, before: Option<&Row>, value: &Value) -> Self {
        let new = || Row { definition_id: field.id, field_type: field.field_type, ..Row::default() };
        let mut after = before.cloned().unwrap_or_else(new);
        value.store(field, &mut after);
        let index =
            field.sensitive.then(|| (index(field.id), index_normalization(field.field_type), value.index_text()));
        Self { owner_type: field.owner_type, before: before.cloned(), after: Some(after), index }
    }

    /// The id of the field.
    fn field(&self) -> Option<Uuid> {
        self.after.as_ref().or(self.before.as_ref()).map(|row| row.definition_id)
    }

    fn clear(owner_type: OwnerType, row: &Row) -> Self {
        Self { owner_type, before: Some(row.clone()), after: None, index: None }
    }
}
