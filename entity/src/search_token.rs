//! Search tokens: the blind index over names, e-mail addresses and telephone numbers.

use sea_orm::entity::prelude::*;

/// One word prefix, or one whole value, of one field of one row, as a keyed hash.
#[sea_orm::model]
#[derive(Clone, Debug, Default, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "search_token")]
pub struct Model {
    /// The tenant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: Uuid,
    /// The keyed hash of the normalised prefix or value.
    #[sea_orm(primary_key, auto_increment = false)]
    pub token: Vec<u8>,
    /// The row.
    #[sea_orm(primary_key, auto_increment = false)]
    pub row_id: Uuid,
    /// The field of the row, by which its tokens are replaced.
    pub field: String,
}

impl ActiveModelBehavior for ActiveModel {}
