//! Ids as clients see them: TypeIDs, the prefix of the table and the UUID in base 32.

use sea_orm::prelude::Uuid;

use crate::{registry::TABLES, table::Table};

impl Table {
    /// The table of an id, by the prefix of the id.
    pub fn for_id(id: &str) -> Option<&'static Self> {
        let (prefix, _) = id.rsplit_once('_')?;
        TABLES.iter().copied().find(|table| table.prefix == prefix && !prefix.is_empty())
    }

    /// The id of a row as clients see it: `cust_01h455vb4pex5vsknk084sn02q`.
    pub fn encode_id(&self, id: Uuid) -> String {
        format!("{}_{}", self.prefix, base32(id))
    }

    /// The id of a row of this table, from the id that a client sent.
    pub fn decode_id(&self, id: &str) -> Option<Uuid> {
        unbase32(id.strip_prefix(self.prefix)?.strip_prefix('_')?)
    }
}

/// Crockford's base 32 in lower case, in which TypeID 0.3 writes a UUID: 26 digits, the first of two bits.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn base32(id: Uuid) -> String {
    let bits = id.as_u128();
    (0..26).rev().map(|index| char::from(DIGITS[(bits >> (index * 5)) as usize & 31])).collect()
}

fn unbase32(text: &str) -> Option<Uuid> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    let value = |byte: u8| DIGITS.iter().position(|digit| *digit == byte);
    text.bytes().try_fold(0_u128, |bits, byte| Some(bits << 5 | value(byte)? as u128)).map(Uuid::from_u128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::TenantTable;

    #[test]
    fn ids_are_written_as_type_ids() {
        let table = <entity::customer::Entity as TenantTable>::TABLE;
        // From the TypeID specification's list of valid values.
        let id = Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap();
        assert_eq!(table.encode_id(id), "cust_01h455vb4pex5vsknk084sn02q");
        assert_eq!(table.decode_id("cust_01h455vb4pex5vsknk084sn02q"), Some(id));
        for invalid in [
            "cont_01h455vb4pex5vsknk084sn02q",
            "cust_81h455vb4pex5vsknk084sn02q",
            "cust_",
            "cust",
            "cust_01h455vb4pex5vsknk084sn02u",
            "cust_01h455vb4pex5vsknk084sn02é",
        ] {
            assert_eq!(table.decode_id(invalid), None, "{invalid}");
        }
    }
}
