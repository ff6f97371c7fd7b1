//! The demo's companies and tokens, which only the demo hands out.

use std::{fmt, sync::Arc};

use serde::Serialize;

/// A company of the demo, with a token for each role.
#[derive(Clone, Debug, Serialize)]
pub struct DemoCompany {
    /// The slug of its tenant.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// A token for each role.
    pub tokens: Vec<DemoToken>,
}

/// A token of one role.
#[derive(Clone, Serialize)]
pub struct DemoToken {
    /// The role.
    pub role: &'static str,
    /// The token.
    pub token: String,
}

/// Keeps tokens out of logs.
impl fmt::Debug for DemoToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.role)
    }
}

/// The demo's companies, as a setting.
pub type DemoCompanies = Arc<Vec<DemoCompany>>;
