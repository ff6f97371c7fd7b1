//! The owner of a document: a customer, an asset, a load or a service record.

use access::Action;
use entity::{asset, customer, document, load, service_record};
use error::{Code, OfField, Result};
use store::Tx;

use crate::{
    reference::{self, Reference},
    validator::Validator,
};

/// The reference to an owner; a document has exactly one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerReference {
    /// The customer.
    pub customer: Option<Reference>,
    /// The asset.
    pub asset: Option<Reference>,
    /// The load.
    pub load: Option<Reference>,
    /// The service record.
    pub service_record: Option<Reference>,
}

impl OwnerReference {
    /// A new row of the owner, which is locked against deletion. It also has the customer of a load or a service record.
    pub async fn find(&self, tx: &Tx, validator: &mut Validator) -> Result<document::Model> {
        let mut row = document::Model::default();
        let given = [&self.customer, &self.asset, &self.load, &self.service_record].into_iter().flatten().count();
        if given != 1 {
            let message = format!(
                "A document belongs to one customer, asset, load or service record; {given} of customer, asset, load and \
                 serviceRecord are given."
            );
            let code = if given == 0 { Code::Required } else { Code::Invalid };
            validator.fail(code, "customer", message);
            return Ok(row);
        }
        if let Some(reference) = &self.customer {
            let found = reference::find::<customer::Entity>(tx, [reference]).await.of_field("customer")?;
            row.customer_id = found.require(validator, validator.path("customer"), reference).map(|owner| owner.id);
        }
        if let Some(reference) = &self.asset {
            let found = reference::find::<asset::Entity>(tx, [reference]).await.of_field("asset")?;
            row.asset_id = found.require(validator, validator.path("asset"), reference).map(|owner| owner.id);
        }
        // A document is seen by those who may read all its owners, and its writer sees what is written.
        for (field, owner) in [("load", &self.load), ("serviceRecord", &self.service_record)] {
            if owner.is_some() {
                tx.caller().require(Action::CustomerRead).of_field(field)?;
            }
        }
        if let Some(reference) = &self.load {
            let found = reference::find::<load::Entity>(tx, [reference]).await.of_field("load")?;
            if let Some(owner) = found.require(validator, validator.path("load"), reference) {
                (row.load_id, row.customer_id) = (Some(owner.id), Some(owner.customer_id));
            }
        }
        if let Some(reference) = &self.service_record {
            let found = reference::find::<service_record::Entity>(tx, [reference]).await.of_field("serviceRecord")?;
            if let Some(owner) = found.require(validator, validator.path("serviceRecord"), reference) {
                (row.service_record_id, row.customer_id) = (Some(owner.id), Some(owner.customer_id));
            }
        }
        Ok(row)
    }

    /// Refuses another owner than that of a document.
    pub async fn ensure_unchanged(&self, tx: &Tx, validator: &mut Validator, row: &document::Model) -> Result<()> {
        let (customer, asset) = (self.customer.as_ref(), self.asset.as_ref());
        reference::ensure_immutable::<customer::Entity>(tx, validator, "customer", customer, row.customer_id).await?;
        reference::ensure_immutable::<asset::Entity>(tx, validator, "asset", asset, row.asset_id).await?;
        let (load, record) = (self.load.as_ref(), self.service_record.as_ref());
        reference::ensure_immutable::<load::Entity>(tx, validator, "load", load, row.load_id).await?;
        let current = row.service_record_id;
        reference::ensure_immutable::<service_record::Entity>(tx, validator, "serviceRecord", record, current).await
    }
}

/// Refuses to restore a document whose owner is deleted.
pub async fn ensure_live(tx: &Tx, row: &document::Model) -> Result<()> {
    if let Some(customer) = row.customer_id {
        reference::ensure_live::<customer::Entity>(tx, customer).await?;
    }
    if let Some(asset) = row.asset_id {
        reference::ensure_live::<asset::Entity>(tx, asset).await?;
    }
    if let Some(load) = row.load_id {
        reference::ensure_live::<load::Entity>(tx, load).await?;
    }
    match row.service_record_id {
        Some(record) => reference::ensure_live::<service_record::Entity>(tx, record).await,
        None => Ok(()),
    }
}
