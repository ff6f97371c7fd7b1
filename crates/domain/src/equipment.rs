//! Equipment: a customer asset or an asset, whichever a reference names.

use entity::{asset, customer_asset};
use error::{Code, OfField, Result};
use store::Tx;

use super::{
    reference::{self, Reference},
    validator::Validator,
};

/// An asset, and the customer asset by which it was named.
#[derive(Clone, Debug)]
pub struct Equipment {
    /// The asset.
    pub asset: asset::Model,
    /// The customer asset. None if the reference named the asset.
    pub assignment: Option<customer_asset::Model>,
}

/// Finds the live customer asset of a reference, else the asset, and locks the asset until the transaction ends.
pub async fn find_and_lock(tx: &Tx, validator: &mut Validator, equipment: &Reference) -> Result<Option<Equipment>> {
    let assignments = reference::find_live::<customer_asset::Entity>(tx, [equipment]).await.of_field("equipment")?;
    if let Some(assignment) = assignments.get(equipment) {
        let find = tx.find_unrestricted::<asset::Entity>().ids([assignment.asset_id]);
        let Some(asset) = tx.lock(&find).await?.pop() else {
            validator.fail(Code::Deleted, "equipment", reference::deleted_message::<asset::Entity>());
            return Ok(None);
        };
        return Ok(Some(Equipment { asset, assignment: Some(assignment.clone()) }));
    }
    let assets = reference::find_and_lock::<asset::Entity>(tx, equipment).await?;
    let asset = assets.require(validator, validator.path("equipment"), equipment).cloned();
    Ok(asset.map(|asset| Equipment { asset, assignment: None }))
}
