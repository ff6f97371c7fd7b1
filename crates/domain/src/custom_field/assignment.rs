//! Setting: the values of a row, given by the keys of its fields.

use std::collections::{HashMap, HashSet};

use entity::{
    custom_field_definition::{self, Model as Definition, Owner},
    custom_field_value::{Entity, Model as Row},
};
use error::{Code, Error, Result};
use sea_orm::{Value as Sql, prelude::Uuid};
use serde_json::Value as Json;
use store::{Deleted, Filter, Predicate, Table, Tx, table::enum_text, tx::key_owner};

use super::{
    constraint::Constraints,
    owner::{owner_column, owner_id, owner_of, set_owner_id, with_owner},
    value::{Value, index, index_normalization},
};
use crate::{reference, validator::Validator};

/// What a client gives for one field of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueInput {
    /// The key of the field.
    pub key: String,
    /// Its value; nothing clears it.
    pub value: Option<Json>,
}

/// The fields of some entities, and the values that some of their rows have.
#[derive(Default)]
pub struct LoadedFields {
    fields: Vec<Definition>,
    present: HashMap<Uuid, Vec<Row>>,
}

/// What a row's fields come to, checked and not yet written.
#[derive(Default)]
#[must_use]
pub struct ValueWrites(Vec<ValueWrite>);

struct ValueWrite {
    entity: Owner,
    before: Option<Row>,
    /// Nothing clears the field.
    after: Option<Row>,
    /// The blind index's name, normalization and text of a sensitive field.
    index: Option<(String, store::table::Normalization, Option<String>)>,
}

/// The most values in one input.
const MAX_VALUES_PER_INPUT: usize = 200;

/// Reads what was given for a row, new where there is no owner yet: one statement for the fields, one for the values that
/// are there; none, if nothing was given for a row that stands already.
pub async fn prepare(
    tx: &Tx,
    validator: &mut Validator,
    entity: Owner,
    owner: Option<Uuid>,
    given: &[ValueInput],
) -> Result<ValueWrites> {
    if owner.is_some() && given.is_empty() {
        return Ok(ValueWrites::default());
    }
    let mut fields = LoadedFields::read(tx, &[entity]).await?;
    fields.load_values(tx, entity, owner.as_slice()).await?;
    fields.prepare(validator, entity, owner, given)
}

/// Sets values on the row of a typed id.
pub async fn set_values(tx: &Tx, id: &str, given: &[ValueInput]) -> Result<Vec<Row>> {
    let entity = Table::for_id(id).and_then(owner_of);
    let Some(entity) = entity else {
        return Err(Error::invalid(
            Code::NotFound,
            &["entity"],
            format!("\"{id}\" is not the id of a row with custom fields."),
        ));
    };
    let found = with_owner!(entity, Of => {
        let row = reference::load_for_update::<Of>(tx, id, None, Deleted::Exclude).await;
        row.and_then(|row| Ok((row.id, key_owner::<Of>(&row)?)))
    });
    let (owner, key_owner) = found.map_err(|error| match error {
        Error::Invalid(mut violations) => {
            for violation in &mut violations {
                violation.path = vec!["entity".to_owned()];
            }
            Error::Invalid(violations)
        }
        other => other,
    })?;
    let mut validator = Validator::new();
    let values = prepare(tx, &mut validator, entity, Some(owner), given).await?;
    validator.finish()?;
    values.write(tx, owner, key_owner).await
}

/// The values that a row has of some fields, in the order they are named.
pub async fn current_values(tx: &Tx, entity: Owner, owner: Uuid, given: &[ValueInput]) -> Result<Vec<Row>> {
    let mut fields = LoadedFields::read(tx, &[entity]).await?;
    fields.load_values(tx, entity, &[owner]).await?;
    let rows = fields.present.remove(&owner).unwrap_or_default();
    let of = |key: &str| {
        let field = fields.fields.iter().find(|field| field.key == key)?;
        rows.iter().find(|row| row.definition_id == field.id && row.deleted_at.is_none()).cloned()
    };
    Ok(given.iter().filter_map(|given| of(&given.key)).collect())
}

impl LoadedFields {
    /// The live fields of some entities, in one statement. They bind every writer, also one who may not see them, and
    /// are held until the end, so that nobody narrows them meanwhile.
    pub async fn read(tx: &Tx, entities: &[Owner]) -> Result<Self> {
        let of = entities.iter().map(|entity| Sql::from(enum_text(entity))).collect();
        let find = tx
            .find_unrestricted::<custom_field_definition::Entity>()
            .filter(Filter::Column("entity", Predicate::In(of)));
        Ok(Self { fields: tx.lock_key_share(&find).await?, present: HashMap::new() })
    }

    /// The values that some rows of an entity have or had, in one statement.
    pub async fn load_values(&mut self, tx: &Tx, entity: Owner, owners: &[Uuid]) -> Result<()> {
        if owners.is_empty() || self.fields.is_empty() {
            return Ok(());
        }
        let of = Filter::Column(owner_column(entity), Predicate::In(owners.iter().copied().map(Sql::from).collect()));
        for row in tx.lock_key_share(&tx.find_unrestricted::<Entity>().deleted(Deleted::Include).filter(of)).await? {
            if let Some(owner) = owner_id(entity, &row) {
                self.present.entry(owner).or_default().push(row);
            }
        }
        Ok(())
    }

    /// Reads what was given for a row, new where there is no owner yet. A new row gets defaults, and every row keeps what
    /// is required.
    pub fn prepare(
        &self,
        validator: &mut Validator,
        entity: Owner,
        owner: Option<Uuid>,
        given: &[ValueInput],
    ) -> Result<ValueWrites> {
        let mut values = ValueWrites::default();
        let present = owner.and_then(|owner| self.present.get(&owner)).map_or(&[][..], Vec::as_slice);
        let mut named = HashSet::new();
        validator.at_most("customFields", given.len(), MAX_VALUES_PER_INPUT);
        for (index, ValueInput { key, value }) in given.iter().enumerate().take(MAX_VALUES_PER_INPUT) {
            let at = |part: &str| vec!["customFields".to_owned(), index.to_string(), part.to_owned()];
            let below = |validator: &Validator, part| validator.path("").into_iter().chain(at(part)).collect();
            if !named.insert(key.as_str()) {
                validator.fail_at(
                    Code::Taken,
                    below(validator, "key"),
                    format!("The custom field {key:?} is given twice."),
                );
                continue;
            }
            let field = self.fields.iter().find(|field| field.entity == entity && field.key == *key);
            let Some(field) = field else {
                let mut keys: Vec<_> =
                    self.fields.iter().filter(|field| field.entity == entity).map(|field| field.key.as_str()).collect();
                keys.sort_unstable();
                let keys = if keys.is_empty() { "it has none".to_owned() } else { keys.join(", ") };
                let message = format!("There is no custom field {key:?} here; the fields are: {keys}.");
                validator.fail_at(Code::NotFound, below(validator, "key"), message);
                continue;
            };
            let before = present.iter().find(|row| row.definition_id == field.id);
            match value {
                None if field.required => {
                    let message = format!("The custom field {key} is required and cannot be cleared.");
                    validator.fail_at(Code::Required, below(validator, "value"), message);
                }
                None => {
                    values.0.extend(
                        before.filter(|row| row.deleted_at.is_none()).map(|row| ValueWrite::clear(entity, row)),
                    );
                }
                Some(value) => match Constraints::of(field)?.read(value) {
                    Ok(value) => values.0.push(ValueWrite::set(field, before, &value)),
                    Err((code, message)) => validator.fail_at(code, below(validator, "value"), message),
                },
            }
        }
        if owner.is_none() {
            let left = self.fields.iter().filter(|field| field.entity == entity && !named.contains(field.key.as_str()));
            for field in left {
                match &field.default {
                    Some(default) => {
                        let default = serde_json::from_str(default).map_err(Error::internal)?;
                        let value =
                            Constraints::of(field)?.read(&default).map_err(|(_, message)| Error::internal(message))?;
                        values.0.push(ValueWrite::set(field, None, &value));
                    }
                    None if field.required => {
                        let message = format!("The custom field {} is required.", field.key);
                        validator.fail(Code::Required, "customFields", message);
                    }
                    None => {}
                }
            }
        }
        Ok(values)
    }
}

impl ValueWrites {
    /// Writes the values of a row under the key of the customer it belongs to; gives those that are set now.
    pub async fn write(self, tx: &Tx, owner: Uuid, key_owner: Option<Uuid>) -> Result<Vec<Row>> {
        let mut set = Vec::new();
        for ValueWrite { entity, before, after, index } in self.0 {
            let known = before.is_some();
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
                    set_owner_id(entity, &mut row, owner);
                    (tx.insert::<Entity>(row).await?, true)
                }
                (Some(before), None) => {
                    tx.delete::<Entity>(&before, Uuid::now_v7()).await?;
                    continue;
                }
                (None, None) => continue,
            };
            if let Some((field, normalization, text)) = index.filter(|_| changed) {
                tx.index_text(written.id, field, normalization, known, text.as_deref())?;
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
        value.put(field, &mut after);
        let index = field.sensitive.then(|| (index(field), index_normalization(field.field_type), value.indexed()));
        Self { entity: field.entity, before: before.cloned(), after: Some(after), index }
    }

    fn clear(entity: Owner, row: &Row) -> Self {
        Self { entity, before: Some(row.clone()), after: None, index: None }
    }
}
