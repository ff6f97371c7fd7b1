//! The registry of tables: what each is to its tenant, who may touch it, and what of it is personal.

use access::Action;
use sea_orm::{ActiveEnum, EntityTrait, IdenStatic, Iterable, ModelTrait, prelude::Uuid};

/// What the store knows about a table. A verb never has to remember any of it.
#[derive(Debug)]
pub struct Table {
    /// Its name in the database and in the change log.
    pub name: &'static str,
    /// How its ids begin outside; empty for parts, which have no id outside.
    pub prefix: &'static str,
    /// What a caller needs to see its rows.
    pub read: Action,
    /// What a caller needs to write its rows.
    pub write: Action,
    /// Whether its rows have a version, times and a change record of their own. ChildRowsImage of an owner have none.
    pub audited: bool,
    /// Whose key seals its personal columns.
    pub key_owner: KeyOwner,
    /// Columns of ciphertext, and what they hold.
    pub sealed: &'static [(&'static str, SealedFormat)],
    /// Columns that stand in clear but may be personal: they are sealed in the change log.
    pub personal: &'static [&'static str],
    /// Columns `x` with a folded companion `x_key`.
    pub folded: &'static [&'static str],
    /// Columns that the schema calls otherwise.
    pub schema_names: &'static [(&'static str, &'static str)],
    /// What of it the blind index knows.
    pub indexed: &'static [IndexedField],
    /// Columns that the change log leaves out, besides those that every table has.
    pub unlogged: &'static [&'static str],
    /// The column of a child table that holds the id of the row the child belongs to.
    pub owner_column: Option<&'static str>,
    /// The row whose `updated_at` a write of this table sets.
    pub touches: Option<TouchedRow>,
    /// What a write of one of its rows causes outside the database.
    pub on_change: OnChange,
    /// Which rows exist for a caller, beyond tenant and liveness.
    pub row_rule: RowRule,
}

/// Whose data key seals a row.
#[derive(Debug)]
pub enum KeyOwner {
    /// The tenant's.
    Tenant,
    /// That of the customer the row is.
    Row,
    /// That of the customer a column names; the tenant's where it is null.
    Column(&'static str),
}

/// What a sealed column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedFormat {
    /// Text.
    Text,
    /// JSON.
    Json,
}

/// One field of the blind index.
#[derive(Debug)]
pub struct IndexedField {
    /// The field's name: it has a key of its own.
    pub field: &'static str,
    /// Where its text stands in the personal part of the row's image (a JSON pointer, RFC 6901).
    pub pointer: &'static str,
    /// How its text is normalised.
    pub normalization: Normalization,
}

/// How the text of an indexed field is normalised before it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalization {
    /// Folded words.
    Words,
    /// Folded as one word.
    Email,
    /// Digits, without the leading 1 of North America.
    Phone,
}

/// A row of another table that is updated with a row of this one.
#[derive(Clone, Copy, Debug)]
pub struct TouchedRow {
    /// The other table.
    pub table: &'static str,
    /// The column of this table that holds the other row's id.
    pub column: &'static str,
}

/// What a change of a row causes outside the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnChange {
    /// Nothing.
    Nothing,
    /// The cached settings of the tenant are dropped.
    EvictTenant,
}

/// A rule about which rows exist for a caller.
#[derive(Clone, Copy, Debug)]
pub enum RowRule {
    /// All rows of the tenant.
    None,
    /// For a caller who sees only their own work, only rows that are assigned to them.
    Assigned(Assignment),
    /// Only rows whose column is not null.
    NotNull(&'static str),
    /// Only values of custom fields whose owner exists for the caller.
    OwnerVisible,
}

/// The table that assigns rows to technicians.
#[derive(Clone, Copy, Debug)]
pub struct Assignment {
    /// Its name.
    pub table: &'static str,
    /// Its column with the id of the assigned row.
    pub row: &'static str,
    /// Its column with the technician.
    pub technician: &'static str,
}

/// A table whose every row belongs to one tenant.
pub trait TenantTable: EntityTrait<Model: Row<Entity = Self>, Column: Iterable + IdenStatic> {
    /// What the store knows about it.
    const TABLE: &'static Table;
}

/// A row of such a table.
pub trait Row: ModelTrait + Default + PartialEq + Send + Sync + 'static {
    /// The row's id.
    fn id(&self) -> Uuid;
}

const DEFAULTS: Table = Table {
    name: "",
    prefix: "",
    read: Action::TenantRead,
    write: Action::TenantWrite,
    audited: true,
    key_owner: KeyOwner::Tenant,
    sealed: &[],
    personal: &[],
    folded: &[],
    schema_names: &[],
    indexed: &[],
    unlogged: &[],
    owner_column: None,
    touches: None,
    on_change: OnChange::Nothing,
    row_rule: RowRule::None,
};

/// The customer that a column names.
const fn customer(column: &'static str) -> TouchedRow {
    TouchedRow { table: "customer", column }
}

const fn indexed(field: &'static str, pointer: &'static str, normalization: Normalization) -> IndexedField {
    IndexedField { field, pointer, normalization }
}

macro_rules! tables {
    ($($table:ident: $read:ident, $write:ident { $($fact:ident: $value:expr),* $(,)? })*) => { $(
        impl Row for entity::$table::Model {
            fn id(&self) -> Uuid {
                self.id
            }
        }
        impl TenantTable for entity::$table::Entity {
            const TABLE: &'static Table = &Table {
                name: stringify!($table),
                read: Action::$read,
                write: Action::$write,
                $($fact: $value,)*
                ..DEFAULTS
            };
        }
    )*
        /// Every table of the registry.
        pub const TABLES: &[&Table] = &[$(<entity::$table::Entity as TenantTable>::TABLE,)*];
    };
}

use Normalization::{Email, Phone, Words};
use SealedFormat::{Json, Text};

tables! {
    tenant: TenantRead, TenantWrite { prefix: "tenant", on_change: OnChange::EvictTenant }
    customer: CustomerRead, CustomerWrite {
        prefix: "cust",
        key_owner: KeyOwner::Row,
        sealed: &[
            ("name_sealed", Text), ("contact_info", Json), ("emergency_contact", Text), ("tax_id", Text), ("notes", Text),
        ],
        personal: &["name", "name_order"],
        unlogged: &["name_order"],
        folded: &["number", "industry", "mc_number", "dot_number"],
        schema_names: &[("customer_type", "type")],
        indexed: &[
            indexed("customer.name", "/name", Words),
            indexed("customer.email", "/contactInfo/email", Email),
            indexed("customer.phone", "/contactInfo/phone", Phone),
            indexed("customer.primaryContact", "/contactInfo/primaryContact", Words),
        ],
    }
    address: AddressRead, AddressWrite {
        prefix: "addr",
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[
            ("street", Text), ("street2", Text), ("zip_code", Text), ("coordinates", Json), ("instructions", Text),
        ],
        folded: &["name", "city", "state"],
        schema_names: &[("address_type", "type")],
        touches: Some(customer("customer_id")),
    }
    contact: ContactRead, ContactWrite {
        prefix: "cont",
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[("name", Text), ("email", Text), ("phone", Text), ("mobile", Text), ("notes", Text)],
        personal: &["name_order"],
        unlogged: &["name_order"],
        folded: &["role"],
        schema_names: &[("contact_type", "type")],
        indexed: &[
            indexed("contact.name", "/name", Words),
            indexed("contact.email", "/email", Email),
            indexed("contact.phone", "/phone", Phone),
            indexed("contact.mobile", "/mobile", Phone),
        ],
        touches: Some(customer("customer_id")),
    }
    asset: AssetRead, AssetWrite {
        prefix: "asset",
        folded: &["name", "unit_number", "category", "make", "model", "serial_number"],
    }
    customer_asset: AssetRead, AssetWrite {
        prefix: "custasset",
        key_owner: KeyOwner::Column("customer_id"),
        folded: &["contract_number"],
        schema_names: &[("starts_at", "from")],
        touches: Some(customer("customer_id")),
    }
    load: LoadRead, LoadWrite {
        prefix: "load",
        key_owner: KeyOwner::Column("customer_id"),
        folded: &["load_number", "commodity", "equipment_type"],
        touches: Some(customer("customer_id")),
    }
    load_stop: LoadRead, LoadWrite {
        audited: false,
        owner_column: Some("load_id"),
        key_owner: KeyOwner::Column("key_owner_id"),
        unlogged: &["key_owner_id"],
        sealed: &[("notes", Text)],
        schema_names: &[("stop_type", "type")],
    }
    load_reference: LoadRead, LoadWrite {
        audited: false,
        owner_column: Some("load_id"),
        schema_names: &[("reference_type", "type")],
        folded: &["value"],
    }
    load_charge: LoadRead, LoadWrite {
        audited: false,
        owner_column: Some("load_id"),
        schema_names: &[("charge_type", "type")],
    }
    load_status: LoadRead, LoadWrite { audited: false, owner_column: Some("load_id") }
    service_record: ServiceRead, ServiceWrite {
        prefix: "serv",
        key_owner: KeyOwner::Column("customer_id"),
        sealed: &[("notes", Text)],
        folded: &["service_type"],
        touches: Some(customer("customer_id")),
        row_rule: RowRule::Assigned(Assignment {
            table: "service_technician",
            row: "service_record_id",
            technician: "technician",
        }),
    }
    service_technician: ServiceRead, ServiceWrite { audited: false, owner_column: Some("service_record_id") }
    service_equipment: ServiceRead, ServiceWrite { audited: false, owner_column: Some("service_record_id") }
    service_part: ServiceRead, ServiceWrite { audited: false, owner_column: Some("service_record_id") }
    custom_field_definition: CustomFieldRead, CustomFieldWrite {
        prefix: "field",
        folded: &["title"],
        schema_names: &[("field_type", "type")],
    }
    custom_field_value: CustomFieldRead, CustomFieldRead {
        prefix: "value",
        key_owner: KeyOwner::Column("key_owner_id"),
        unlogged: &["key_owner_id"],
        sealed: &[("sealed", Json), ("displaced_sealed", Json)],
        // A field may be made sensitive later: what the log says of its values is sealed from the first one on.
        personal: &["boolean", "number", "text", "date", "json", "amount", "currency", "displaced"],
        folded: &["text"],
        touches: Some(customer("key_owner_id")),
        schema_names: &[("field_type", "type")],
        row_rule: RowRule::OwnerVisible,
    }
    change: ChangeRead, ChangeRead {
        prefix: "change",
        audited: false,
        key_owner: KeyOwner::Column("key_owner_id"),
        sealed: &[("before_sealed", Json), ("after_sealed", Json)],
        row_rule: RowRule::NotNull("sequence"),
    }
}

impl Table {
    /// The table of a name.
    pub fn by_name(name: &str) -> Option<&'static Self> {
        TABLES.iter().copied().find(|table| table.name == name)
    }

    /// The table whose ids begin so.
    pub fn for_id(id: &str) -> Option<&'static Self> {
        let (prefix, _) = id.rsplit_once('_')?;
        TABLES.iter().copied().find(|table| table.prefix == prefix && !prefix.is_empty())
    }

    /// A row's id as it is written outside: `cust_01h455vb4pex5vsknk084sn02q`.
    pub fn encode_id(&self, id: Uuid) -> String {
        format!("{}_{}", self.prefix, base32(id))
    }

    /// The id of a row of this table, from outside.
    pub fn decode_id(&self, id: &str) -> Option<Uuid> {
        unbase32(id.strip_prefix(self.prefix)?.strip_prefix('_')?)
    }
}

/// Crockford's base 32 in lower case, as TypeID 0.3 writes a UUID: 26 digits, the first of two bits.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn base32(id: Uuid) -> String {
    let bits = id.as_u128();
    (0..26).rev().map(|place| char::from(DIGITS[(bits >> (place * 5)) as usize & 31])).collect()
}

fn unbase32(text: &str) -> Option<Uuid> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    let digit = |digit: u8| DIGITS.iter().position(|known| *known == digit);
    text.bytes().try_fold(0_u128, |bits, byte| Some(bits << 5 | digit(byte)? as u128)).map(Uuid::from_u128)
}

/// The text an enum stands for in the database.
pub fn enum_text<T: ActiveEnum<Value = String>>(value: &T) -> String {
    value.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_names_tables_of_the_registry() {
        for table in TABLES {
            let assignment = match table.row_rule {
                RowRule::Assigned(assignment) => Some(assignment.table),
                RowRule::None | RowRule::NotNull(_) | RowRule::OwnerVisible => None,
            };
            for other in table.touches.map(|touched| touched.table).into_iter().chain(assignment) {
                assert!(Table::by_name(other).is_some(), "{}: {other}", table.name);
            }
        }
    }

    #[test]
    fn ids_are_written_as_type_ids() {
        let table = <entity::customer::Entity as TenantTable>::TABLE;
        // From the TypeID specification's list of valid values.
        let id = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        assert_eq!(table.encode_id(id), "cust_01h455vb4pex5vsknk084sn02q");
        assert_eq!(table.decode_id("cust_01h455vb4pex5vsknk084sn02q"), Some(id));
        for wrong in [
            "cont_01h455vb4pex5vsknk084sn02q",
            "cust_81h455vb4pex5vsknk084sn02q",
            "cust_",
            "cust",
            "cust_01h455vb4pex5vsknk084sn02u",
            "cust_01h455vb4pex5vsknk084sn02é",
        ] {
            assert_eq!(table.decode_id(wrong), None, "{wrong}");
        }
    }
}
