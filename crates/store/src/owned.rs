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
    /// Whether its rows have a version, times and a change record of their own. Parts of an owner have none.
    pub records: bool,
    /// Whose key seals its personal columns.
    pub subject: Subject,
    /// Columns of ciphertext, and what they hold.
    pub sealed: &'static [(&'static str, Form)],
    /// Columns that stand in clear but may be personal: they are sealed in the change log.
    pub personal: &'static [&'static str],
    /// Columns `x` with a folded companion `x_key`.
    pub folded: &'static [&'static str],
    /// Columns that the schema calls otherwise.
    pub renamed: &'static [(&'static str, &'static str)],
    /// What of it the blind index knows.
    pub tokens: &'static [Token],
    /// The column that names the customer whose `updatedAt` a write touches.
    pub touches: Option<&'static str>,
    /// Which rows exist for a caller at all, beyond tenant and liveness.
    pub rule: Rule,
}

/// Whose data key seals a row.
#[derive(Debug)]
pub enum Subject {
    /// The tenant's.
    Tenant,
    /// That of the customer the row is.
    Row,
    /// That of the customer a column names; the tenant's where it is null.
    Column(&'static str),
}

/// What a sealed column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Text.
    Text,
    /// JSON.
    Json,
}

/// One field of the blind index.
#[derive(Debug)]
pub struct Token {
    /// The field's name: it has a key of its own.
    pub field: &'static str,
    /// Where its text stands in the personal part of the row's image (a JSON pointer, RFC 6901).
    pub pointer: &'static str,
    /// How its text is normalised.
    pub kind: TokenKind,
}

/// How the text of an indexed field is normalised before it is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Folded words.
    Words,
    /// Folded as one word.
    Email,
    /// Digits, without the leading 1 of North America.
    Phone,
}

/// A rule about which rows exist for a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// All of the tenant.
    None,
    /// To a technician, only service records they are assigned to.
    OwnWork,
    /// Changes that are linked.
    Linked,
    /// Values of those rows that exist for the caller themselves.
    OfOwner,
}

/// A table whose every row belongs to one tenant.
pub trait Owned: EntityTrait<Model: Row<Entity = Self>, Column: Iterable + IdenStatic> {
    /// What the store knows about it.
    const TABLE: &'static Table;
}

/// A row of such a table.
pub trait Row: ModelTrait + Default + PartialEq + Send + Sync + 'static {
    /// The row's id.
    fn id(&self) -> Uuid;
}

const PLAIN: Table = Table {
    name: "",
    prefix: "",
    read: Action::TenantRead,
    write: Action::TenantWrite,
    records: true,
    subject: Subject::Tenant,
    sealed: &[],
    personal: &[],
    folded: &[],
    renamed: &[],
    tokens: &[],
    touches: None,
    rule: Rule::None,
};

const fn token(field: &'static str, pointer: &'static str, kind: TokenKind) -> Token {
    Token { field, pointer, kind }
}

macro_rules! owned {
    ($($table:ident: $read:ident, $write:ident { $($fact:ident: $value:expr),* $(,)? })*) => { $(
        impl Row for entity::$table::Model {
            fn id(&self) -> Uuid {
                self.id
            }
        }
        impl Owned for entity::$table::Entity {
            const TABLE: &'static Table = &Table {
                name: stringify!($table),
                read: Action::$read,
                write: Action::$write,
                $($fact: $value,)*
                ..PLAIN
            };
        }
    )*
        /// Every table of the registry.
        pub const TABLES: &[&Table] = &[$(<entity::$table::Entity as Owned>::TABLE,)*];
    };
}

use Form::{Json, Text};
use TokenKind::{Email, Phone, Words};

owned! {
    tenant: TenantRead, TenantWrite { prefix: "tenant" }
    customer: CustomerRead, CustomerWrite {
        prefix: "cust",
        subject: Subject::Row,
        sealed: &[
            ("name_sealed", Text), ("contact_info", Json), ("emergency_contact", Text), ("tax_id", Text), ("notes", Text),
        ],
        personal: &["name", "name_order"],
        folded: &["number", "industry", "mc_number", "dot_number"],
        renamed: &[("kind", "type")],
        tokens: &[
            token("customer.name", "/name", Words),
            token("customer.email", "/contactInfo/email", Email),
            token("customer.phone", "/contactInfo/phone", Phone),
            token("customer.primaryContact", "/contactInfo/primaryContact", Words),
        ],
    }
    address: AddressRead, AddressWrite {
        prefix: "addr",
        subject: Subject::Column("customer_id"),
        sealed: &[
            ("street", Text), ("street2", Text), ("zip_code", Text), ("coordinates", Json), ("instructions", Text),
        ],
        folded: &["name", "city", "state"],
        renamed: &[("kind", "type")],
        touches: Some("customer_id"),
    }
    contact: ContactRead, ContactWrite {
        prefix: "cont",
        subject: Subject::Column("customer_id"),
        sealed: &[("name", Text), ("email", Text), ("phone", Text), ("mobile", Text), ("notes", Text)],
        personal: &["name_order"],
        folded: &["role"],
        tokens: &[
            token("contact.name", "/name", Words),
            token("contact.email", "/email", Email),
            token("contact.phone", "/phone", Phone),
            token("contact.mobile", "/mobile", Phone),
        ],
        touches: Some("customer_id"),
    }
    asset: AssetRead, AssetWrite {
        prefix: "asset",
        folded: &["name", "unit_number", "category", "make", "model", "serial_number"],
    }
    customer_asset: AssetRead, AssetWrite {
        prefix: "custasset",
        subject: Subject::Column("customer_id"),
        folded: &["contract_number"],
        renamed: &[("starts_at", "from")],
        touches: Some("customer_id"),
    }
    load: LoadRead, LoadWrite {
        prefix: "load",
        subject: Subject::Column("customer_id"),
        folded: &["load_number", "commodity", "equipment_type"],
        touches: Some("customer_id"),
    }
    load_stop: LoadRead, LoadWrite { records: false, subject: Subject::Column("subject_id"), sealed: &[("notes", Text)] }
    load_reference: LoadRead, LoadWrite { records: false, folded: &["value"] }
    load_charge: LoadRead, LoadWrite { records: false }
    load_status: LoadRead, LoadWrite { records: false }
    service_record: ServiceRead, ServiceWrite {
        prefix: "serv",
        subject: Subject::Column("customer_id"),
        sealed: &[("notes", Text)],
        folded: &["service_type"],
        touches: Some("customer_id"),
        rule: Rule::OwnWork,
    }
    service_technician: ServiceRead, ServiceWrite { records: false }
    service_equipment: ServiceRead, ServiceWrite { records: false }
    service_part: ServiceRead, ServiceWrite { records: false }
    custom_field_definition: CustomFieldRead, CustomFieldWrite {
        prefix: "field",
        folded: &["title"],
        renamed: &[("kind", "type")],
    }
    custom_field_value: CustomFieldRead, CustomFieldRead {
        prefix: "value",
        subject: Subject::Column("subject_id"),
        sealed: &[("sealed", Json), ("displaced_sealed", Json)],
        // A field may be made sensitive later: what the log says of its values is sealed from the first one on.
        personal: &["boolean", "number", "text", "date", "json", "amount", "currency", "displaced"],
        folded: &["text"],
        touches: Some("subject_id"),
        renamed: &[("kind", "type")],
        rule: Rule::OfOwner,
    }
    change: ChangeRead, ChangeRead {
        prefix: "change",
        records: false,
        subject: Subject::Column("subject_id"),
        sealed: &[("before_sealed", Json), ("after_sealed", Json)],
        rule: Rule::Linked,
    }
}

impl Table {
    /// The table of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().copied().find(|table| table.name == name)
    }

    /// The table whose ids begin so.
    pub fn of_id(id: &str) -> Option<&'static Self> {
        let (prefix, _) = id.rsplit_once('_')?;
        TABLES.iter().copied().find(|table| table.prefix == prefix && !prefix.is_empty())
    }

    /// A row's id as it is written outside: `cust_01h455vb4pex5vsknk084sn02q`.
    pub fn id(&self, id: Uuid) -> String {
        format!("{}_{}", self.prefix, base32(id))
    }

    /// The id of a row of this table, from outside.
    pub fn parse(&self, id: &str) -> Option<Uuid> {
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
pub fn stored<T: ActiveEnum<Value = String>>(value: &T) -> String {
    value.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_as_type_ids() {
        let table = <entity::customer::Entity as Owned>::TABLE;
        // From the TypeID specification's list of valid values.
        let id = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        assert_eq!(table.id(id), "cust_01h455vb4pex5vsknk084sn02q");
        assert_eq!(table.parse("cust_01h455vb4pex5vsknk084sn02q"), Some(id));
        for wrong in [
            "cont_01h455vb4pex5vsknk084sn02q",
            "cust_81h455vb4pex5vsknk084sn02q",
            "cust_",
            "cust",
            "cust_01h455vb4pex5vsknk084sn02u",
            "cust_01h455vb4pex5vsknk084sn02é",
        ] {
            assert_eq!(table.parse(wrong), None, "{wrong}");
        }
    }
}
