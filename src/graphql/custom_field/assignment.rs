//! Custom field values in inputs, and the mutation that sets them on any row.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

use access::Action;
use async_graphql::{Context, InputObject, Object};
use domain::custom_field::{self as rules, ValueInput};
use entity::{custom_field_definition::OwnerType, custom_field_value::Model as Row};
use error::{Code, Error, Result, Violation};
use store::{Attempts, Tx, value::row_bytes};

use super::{CustomFieldOwnerType, CustomFieldValue};
use crate::graphql::{
    context::ContextExt,
    entity_object::EntityObject,
    mutation::{IdempotencyInput, UserError, idempotency, mark_replayed, spend_payload},
    scalar::{Json, Ref},
};

/// The value of one custom field.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldInput {
    /// The key of the field.
    key: String,
    /// The value in the form of the field's type: true or false; a day such as `"2026-01-20"`; an option's key, or a
    /// list of keys; a number, as number or string; an amount, as number, string or `{amount, currency}`; text; any
    /// JSON. Null or omitted clears the value, and so does a text of white space.
    value: Option<Json>,
}

/// The custom field values to set on one row.
#[derive(Clone, Debug, InputObject)]
pub struct CustomFieldValuesSetInput {
    /// The row: a customer, contact, address, asset, customer asset, load or service record, or the tenant. With
    /// `ownerType`, its id, external reference or number; without, its id.
    owner: Ref,
    /// The type of the row. Needed where `owner` is not an id.
    owner_type: Option<CustomFieldOwnerType>,
    /// The version that the row must have; another version fails with VERSION_CONFLICT. Values raise the version of their
    /// row.
    expected_version: Option<i32>,
    /// The values, at most 200. A field that is not listed keeps its value.
    values: Vec<CustomFieldInput>,
    #[graphql(flatten)]
    idempotency: IdempotencyInput,
}

/// The result of `customFieldValuesSet`.
pub struct CustomFieldValuesSetPayload {
    values: Option<Vec<Row>>,
    user_errors: Vec<UserError>,
}

/// The result of `customFieldValuesSet`.
#[Object]
impl CustomFieldValuesSetPayload {
    /// The current values of the fields in the input, without cleared ones. Null if nothing was written, except on
    /// VERSION_CONFLICT, which returns the current values. Requires `custom_field:read`; without it the values are written
    /// and not shown.
    async fn values(&self, ctx: &Context<'_>) -> Result<Option<Vec<CustomFieldValue>>> {
        let Some(values) = &self.values else { return Ok(None) };
        let permission = ctx.store().caller().require(Action::CustomFieldRead);
        Ok(ctx.null_if_forbidden(permission)?.map(|()| objects(values)))
    }

    /// The reasons why nothing was written. Empty on success.
    async fn user_errors(&self) -> &[UserError] {
        &self.user_errors
    }
}

/// Custom field values as inputs of the domain.
pub fn value_inputs(input: Option<Vec<CustomFieldInput>>) -> Vec<ValueInput> {
    let value_input = |CustomFieldInput { key, value }| ValueInput { key, value: value.map(|value| value.0) };
    input.into_iter().flatten().map(value_input).collect()
}

fn objects(rows: &[Row]) -> Vec<CustomFieldValue> {
    rows.iter().map(|row| CustomFieldValue::of(Arc::new(row.clone()))).collect()
}

/// The mutation of custom field values.
#[derive(Default)]
pub struct ValueMutation;

#[Object]
impl ValueMutation {
    /// Sets and clears custom field values of one row. Requires the permission to write the row, for example
    /// `customer:write` for a customer.
    async fn custom_field_values_set(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The row and the values to set.")] input: CustomFieldValuesSetInput,
    ) -> Result<Option<CustomFieldValuesSetPayload>> {
        set_values(ctx, input).await.map(Some)
    }
}

async fn set_values(ctx: &Context<'_>, input: CustomFieldValuesSetInput) -> Result<CustomFieldValuesSetPayload> {
    let path = ["input".to_owned()];
    let failure =
        |violation| CustomFieldValuesSetPayload { values: None, user_errors: vec![UserError::at(&path, violation)] };
    let reference = input.owner.0;
    let Some(owner_type) = input.owner_type.map(OwnerType::from).or_else(|| rules::owner_type_of_id(&reference)) else {
        let message =
            format!("\"{reference}\" is not the id of a row with custom fields; give `ownerType` with a reference.");
        return Ok(failure(Violation::new(Code::NotFound, &["owner"], message)));
    };
    let idempotency = match idempotency(ctx, input.idempotency.idempotency_key.as_deref(), None)? {
        Ok(idempotency) => idempotency,
        Err(violation) => return Ok(failure(violation)),
    };
    let values = value_inputs(Some(input.values));
    let mut attempts = Attempts::default();
    let (replayed, current, result) = loop {
        let (replayed, current) = (AtomicBool::new(false), OnceLock::new());
        let write_values = async |tx: &Tx| {
            if let Some(idempotency) = &idempotency
                && let Some(row) = tx.claim_idempotency_key(idempotency).await?
            {
                replayed.store(true, Ordering::Relaxed);
                return rules::current_values(tx, owner_type, row, &values).await;
            }
            let result = rules::set_values(tx, owner_type, &reference, input.expected_version, &values).await;
            if let Err(Error::Stale(_, row)) = &result {
                let stored = rules::current_values(tx, owner_type, *row, &values).await?;
                current.get_or_init(|| stored);
            }
            let (row, rows) = result?;
            if let Some(idempotency) = &idempotency {
                tx.record_result(idempotency, row).await?;
            }
            Ok(rows)
        };
        let result = ctx.store().write(rules::table_of(owner_type).write, write_values).await;
        if let Some(result) = attempts.result(result) {
            break (replayed, current, result);
        }
    };
    match result {
        Ok(rows) => {
            if replayed.into_inner() {
                mark_replayed(ctx, None);
            }
            let bytes = rows.iter().map(row_bytes).sum();
            spend_payload::<CustomFieldValue>(ctx, rows.len(), bytes).await;
            Ok(CustomFieldValuesSetPayload { values: Some(rows), user_errors: Vec::new() })
        }
        Err(Error::Stale(violation, _)) => {
            Ok(CustomFieldValuesSetPayload { values: current.into_inner(), ..failure(violation) })
        }
        Err(Error::Invalid(mut violations)) => {
            // This input has the values in `values`, the inputs of a type have them in `customFields`.
            for step in violations.iter_mut().filter_map(|violation| violation.path.first_mut()) {
                if step == "customFields" {
                    "values".clone_into(step);
                }
            }
            let user_errors = violations.into_iter().map(|violation| UserError::at(&path, violation)).collect();
            Ok(CustomFieldValuesSetPayload { values: None, user_errors })
        }
        Err(error) => Err(error),
    }
}
