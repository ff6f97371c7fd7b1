//! Lists of roles as settings.

use access::Role;
use serde::{Deserializer, de::Error};

use crate::setting::SettingValue;

/// Parses the names of roles. The error names the first that is none.
pub fn parse_roles(names: &[String]) -> Result<Vec<Role>, String> {
    let parse = |name: &String| {
        Role::named(name).ok_or_else(|| {
            let roles: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
            format!("\"{name}\" is no role; the roles are {}", roles.join(", "))
        })
    };
    names.iter().map(parse).collect()
}

impl SettingValue for Vec<Role> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_roles(&Vec::<String>::read(deserializer)?).map_err(D::Error::custom)
    }

    fn to_toml(&self) -> String {
        self.iter().map(|role| role.name().to_owned()).collect::<Vec<_>>().to_toml()
    }
}
