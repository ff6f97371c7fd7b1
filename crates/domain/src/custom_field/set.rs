//! Setting: the values of a row, given by the keys of its fields.

use std::collections::{HashMap, HashSet};

use entity::{
    custom_field_definition::{self, Model as Field, Owner},
    custom_field_value::{Entity, Model as Row},
};
use error::{Code, Error, Result};
use sea_orm::{Value as Sql, prelude::Uuid};
use serde_json::Value as Json;
use store::{Deleted, Filter, Table, Test, Tx, owned::stored, tx::subject};

use super::{
    owner_column, owner_of,
    rule::Rules,
    value::{index, index_kind},
    with_owner,
};
use crate::{check::Check, reference};

/// What a client gives for one field of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Given {
    /// The key of the field.
    pub key: String,
    /// Its value; nothing clears it.
    pub value: Option<Json>,
}

/// The fields of some entities, and the values that some of their rows have.
#[derive(Default)]
pub struct Fields {
    fields: Vec<Field>,
    present: HashMap<Uuid, Vec<Row>>,
}

/// What a row's fields come to, checked and not yet written.
#[derive(Default)]
#[must_use]
pub struct Values(Vec<Write>);

struct Write {
    entity: Owner,
    before: Option<Row>,
    /// Nothing clears the field.
    after: Option<Row>,
    /// The blind index's name, kind and text of a sensitive field.
    index: Option<(String, store::owned::TokenKind, Option<String>)>,
}

/// The most values in one input.
const MOST: usize = 200;

/// Reads what was given for a row, new where there is no owner yet: one statement for the fields, one for the values that
/// are there; none, if nothing was given for a row that stands already.
pub async fn prepare(
    tx: &Tx,
    check: &mut Check,
    entity: Owner,
    owner: Option<Uuid>,
    given: &[Given],
) -> Result<Values> {
    if owner.is_some() && given.is_empty() {
        return Ok(Values::default());
    }
    let mut fields = Fields::read(tx, &[entity]).await?;
    fields.recall(tx, entity, owner.as_slice()).await?;
    fields.prepare(check, entity, owner, given)
}

/// Sets values on the row of a typed id.
pub async fn set_on(tx: &Tx, id: &str, given: &[Given]) -> Result<Vec<Row>> {
    let entity = Table::of_id(id).and_then(owner_of);
    let Some(entity) = entity else {
        return Err(Error::invalid(
            Code::NotFound,
            &["entity"],
            format!("\"{id}\" is not the id of a row with custom fields."),
        ));
    };
    let found = with_owner!(entity, Of => {
        let row = reference::target::<Of>(tx, id, None, Deleted::Exclude).await;
        row.and_then(|row| Ok((row.id, subject::<Of>(&row)?)))
    });
    let (owner, subject) = found.map_err(|error| match error {
        Error::Invalid(mut violations) => {
            for violation in &mut violations {
                violation.path = vec!["entity".to_owned()];
            }
            Error::Invalid(violations)
        }
        other => other,
    })?;
    let mut check = Check::new();
    let values = prepare(tx, &mut check, entity, Some(owner), given).await?;
    check.done()?;
    values.write(tx, owner, subject).await
}

/// The values that a row has of some fields, in the order they are named.
pub async fn standing(tx: &Tx, entity: Owner, owner: Uuid, given: &[Given]) -> Result<Vec<Row>> {
    let mut fields = Fields::read(tx, &[entity]).await?;
    fields.recall(tx, entity, &[owner]).await?;
    let rows = fields.present.remove(&owner).unwrap_or_default();
    let of = |key: &str| {
        let field = fields.fields.iter().find(|field| field.key == key)?;
        rows.iter().find(|row| row.definition_id == field.id && row.deleted_at.is_none()).cloned()
    };
    Ok(given.iter().filter_map(|given| of(&given.key)).collect())
}

impl Fields {
    /// The live fields of some entities, in one statement. They bind every writer, also one who may not see them, and
    /// are held until the end, so that nobody narrows them meanwhile.
    pub async fn read(tx: &Tx, entities: &[Owner]) -> Result<Self> {
        let of = entities.iter().map(|entity| Sql::from(stored(entity))).collect();
        let find = tx.bound::<custom_field_definition::Entity>().filter(Filter::Column("entity", Test::In(of)));
        Ok(Self { fields: tx.keep(&find).await?, present: HashMap::new() })
    }

    /// The values that some rows of an entity have or had, in one statement.
    pub async fn recall(&mut self, tx: &Tx, entity: Owner, owners: &[Uuid]) -> Result<()> {
        if owners.is_empty() || self.fields.is_empty() {
            return Ok(());
        }
        let of = Filter::Column(owner_column(entity), Test::In(owners.iter().copied().map(Sql::from).collect()));
        for row in tx.keep(&tx.bound::<Entity>().deleted(Deleted::Include).filter(of)).await? {
            self.present.entry(owner_id(entity, &row)).or_default().push(row);
        }
        Ok(())
    }

    /// Reads what was given for a row, new where there is no owner yet. A new row gets defaults, and every row keeps what
    /// is required.
    pub fn prepare(&self, check: &mut Check, entity: Owner, owner: Option<Uuid>, given: &[Given]) -> Result<Values> {
        let mut values = Values::default();
        let present = owner.and_then(|owner| self.present.get(&owner)).map_or(&[][..], Vec::as_slice);
        let mut named = HashSet::new();
        check.at_most("customFields", given.len(), MOST);
        for (index, Given { key, value }) in given.iter().enumerate().take(MOST) {
            let at = |part: &str| vec!["customFields".to_owned(), index.to_string(), part.to_owned()];
            let below = |check: &Check, part| check.path("").into_iter().chain(at(part)).collect();
            if !named.insert(key.as_str()) {
                check.fail_at(Code::Taken, below(check, "key"), format!("The custom field {key:?} is given twice."));
                continue;
            }
            let field = self.fields.iter().find(|field| field.entity == entity && field.key == *key);
            let Some(field) = field else {
                let mut keys: Vec<_> =
                    self.fields.iter().filter(|field| field.entity == entity).map(|field| field.key.as_str()).collect();
                keys.sort_unstable();
                let keys = if keys.is_empty() { "it has none".to_owned() } else { keys.join(", ") };
                let message = format!("There is no custom field {key:?} here; the fields are: {keys}.");
                check.fail_at(Code::NotFound, below(check, "key"), message);
                continue;
            };
            let before = present.iter().find(|row| row.definition_id == field.id);
            match value {
                None if field.required => {
                    let message = format!("The custom field {key} is required and cannot be cleared.");
                    check.fail_at(Code::Required, below(check, "value"), message);
                }
                None => {
                    values.0.extend(before.filter(|row| row.deleted_at.is_none()).map(|row| Write::clear(entity, row)));
                }
                Some(value) => match Rules::of(field)?.read(value) {
                    Ok(value) => values.0.push(Write::set(field, before, &value)),
                    Err((code, message)) => check.fail_at(code, below(check, "value"), message),
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
                            Rules::of(field)?.read(&default).map_err(|(_, message)| Error::internal(message))?;
                        values.0.push(Write::set(field, None, &value));
                    }
                    None if field.required => {
                        let message = format!("The custom field {} is required.", field.key);
                        check.fail(Code::Required, "customFields", message);
                    }
                    None => {}
                }
            }
        }
        Ok(values)
    }
}

impl Values {
    /// Writes the values of a row under the key of the customer it belongs to; gives those that are set now.
    pub async fn write(self, tx: &Tx, owner: Uuid, subject: Option<Uuid>) -> Result<Vec<Row>> {
        let mut set = Vec::new();
        for Write { entity, before, after, index } in self.0 {
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
                    row.subject_id = subject;
                    *owner_mut(entity, &mut row) = Some(owner);
                    (tx.insert::<Entity>(row).await?, true)
                }
                (Some(before), None) => {
                    tx.delete::<Entity>(&before, Uuid::now_v7()).await?;
                    continue;
                }
                (None, None) => continue,
            };
            if let Some((field, kind, text)) = index.filter(|_| changed) {
                tx.index_text(written.id, field, kind, known, text.as_deref())?;
            }
            set.push(written);
        }
        Ok(set)
    }
}

impl Write {
    fn set(field: &Field, before: Option<&Row>, value: &super::Value) -> Self {
        let new = || Row { definition_id: field.id, kind: field.kind, ..Row::default() };
        let mut after = before.cloned().unwrap_or_else(new);
        value.put(field, &mut after);
        let index = field.sensitive.then(|| (index(field), index_kind(field.kind), value.indexed()));
        Self { entity: field.entity, before: before.cloned(), after: Some(after), index }
    }

    fn clear(entity: Owner, row: &Row) -> Self {
        Self { entity, before: Some(row.clone()), after: None, index: None }
    }
}

fn owner_mut(entity: Owner, row: &mut Row) -> &mut Option<Uuid> {
    match entity {
        Owner::Customer => &mut row.customer_id,
        Owner::Contact => &mut row.contact_id,
        Owner::Address => &mut row.address_id,
        Owner::Asset => &mut row.asset_id,
        Owner::CustomerAsset => &mut row.customer_asset_id,
        Owner::Load => &mut row.load_id,
        Owner::ServiceRecord => &mut row.service_record_id,
        Owner::Tenant => &mut row.company_id,
    }
}

fn owner_id(entity: Owner, row: &Row) -> Uuid {
    owner_mut(entity, &mut row.clone()).unwrap_or_default()
}
