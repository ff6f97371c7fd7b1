//! Who is calling and what they may do: one table of roles and actions, narrowed by the token's scopes.

use error::{Error, Result};
use uuid::Uuid;

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $scope:literal;)*) => {
        /// Something a caller may or may not do; `NounVerb`, with its scope as tokens write it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $action,)* }

        impl Action {
            /// Every action, in the order of the policy table.
            pub const ALL: &[Self] = &[$(Self::$action,)*];

            /// The action as a token's scope: `customer:read`.
            pub const fn scope(self) -> &'static str {
                match self { $(Self::$action => $scope,)* }
            }
        }
    };
}

actions! {
    /// See customers.
    CustomerRead = "customer:read";
    /// Make, change, delete and restore customers.
    CustomerWrite = "customer:write";
    /// See addresses.
    AddressRead = "address:read";
    /// Make, change, delete and restore addresses.
    AddressWrite = "address:write";
    /// See contacts.
    ContactRead = "contact:read";
    /// Make, change, delete and restore contacts.
    ContactWrite = "contact:write";
    /// See assets and who has them.
    AssetRead = "asset:read";
    /// Make, change, delete and restore assets; assign and return them.
    AssetWrite = "asset:write";
    /// See loads.
    LoadRead = "load:read";
    /// Make and change loads and move them through their states up to COMPLETED.
    LoadWrite = "load:write";
    /// Invoice loads and record their payment.
    LoadBill = "load:bill";
    /// See service records.
    ServiceRead = "service:read";
    /// Make, change, cancel and delete service records.
    ServiceWrite = "service:write";
    /// Start and complete the service records one is assigned to.
    ServiceWork = "service:work";
    /// See custom field definitions.
    CustomFieldRead = "custom_field:read";
    /// Define custom fields.
    CustomFieldWrite = "custom_field:write";
    /// See the tenant's own record.
    TenantRead = "tenant:read";
    /// Change the tenant's settings.
    TenantWrite = "tenant:write";
    /// Read the change log.
    ChangeRead = "change:read";
    /// Read personal data, and search by it.
    PiiRead = "pii:read";
    /// See how many SQL statements a request took.
    StatementRead = "statement:read";
}

/// What somebody is to a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Runs the installation for a tenant.
    Admin,
    /// Runs the business.
    Manager,
    /// Plans loads and visits.
    Dispatcher,
    /// Does the work at the customer.
    Technician,
    /// Answers customers.
    Agent,
    /// Looks on, without personal data.
    Viewer,
}

impl Role {
    /// Every role, the strongest first.
    pub const ALL: &[Self] =
        &[Self::Admin, Self::Manager, Self::Dispatcher, Self::Technician, Self::Agent, Self::Viewer];

    /// The role as tokens and the command line write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "ADMIN",
            Self::Manager => "MANAGER",
            Self::Dispatcher => "DISPATCHER",
            Self::Technician => "TECHNICIAN",
            Self::Agent => "AGENT",
            Self::Viewer => "VIEWER",
        }
    }

    /// The role of a name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name().eq_ignore_ascii_case(name))
    }

    /// The one table: what each role may do. `tests/policy.rs` prints it whole.
    pub fn may(self, action: Action) -> bool {
        use Action as A;
        match self {
            Self::Admin => true,
            Self::Manager => !matches!(action, A::TenantWrite | A::StatementRead),
            Self::Dispatcher => matches!(
                action,
                A::CustomerRead
                    | A::CustomerWrite
                    | A::AddressRead
                    | A::AddressWrite
                    | A::ContactRead
                    | A::ContactWrite
                    | A::AssetRead
                    | A::AssetWrite
                    | A::LoadRead
                    | A::LoadWrite
                    | A::ServiceRead
                    | A::ServiceWrite
                    | A::ServiceWork
                    | A::CustomFieldRead
                    | A::TenantRead
                    | A::PiiRead
            ),
            Self::Technician => matches!(
                action,
                A::CustomerRead
                    | A::AddressRead
                    | A::ContactRead
                    | A::AssetRead
                    | A::ServiceRead
                    | A::ServiceWork
                    | A::CustomFieldRead
                    | A::TenantRead
                    | A::PiiRead
            ),
            Self::Agent => matches!(
                action,
                A::CustomerRead
                    | A::CustomerWrite
                    | A::AddressRead
                    | A::AddressWrite
                    | A::ContactRead
                    | A::ContactWrite
                    | A::AssetRead
                    | A::LoadRead
                    | A::ServiceRead
                    | A::ServiceWrite
                    | A::CustomFieldRead
                    | A::TenantRead
                    | A::PiiRead
            ),
            Self::Viewer => matches!(
                action,
                A::CustomerRead
                    | A::AddressRead
                    | A::ContactRead
                    | A::AssetRead
                    | A::LoadRead
                    | A::ServiceRead
                    | A::CustomFieldRead
                    | A::TenantRead
            ),
        }
    }
}

/// The verified bearer of a token, for one request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant of the token. Every row the request sees or writes is this tenant's.
    pub tenant: Uuid,
    /// Who it is, in the words of whoever issued the token.
    pub subject: String,
    /// What they are to the tenant; several roles add up.
    pub roles: Vec<Role>,
    /// If given, only these scopes of what the roles allow.
    pub scopes: Option<Vec<String>>,
    /// Which technician they are, where they are one.
    pub technician: String,
    /// Whether the token may only read.
    pub read_only: bool,
    /// Names the request in logs, errors and the change log.
    pub request_id: String,
}

impl Caller {
    /// Whether the caller may do something: a role allows it, and the scopes do not leave it out.
    pub fn may(&self, action: Action) -> bool {
        let scope = action.scope();
        let reads = scope.ends_with(":read");
        self.roles.iter().any(|role| role.may(action))
            && (reads || !self.read_only)
            && self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|given| given == scope))
    }

    /// Refuses what the caller may not do.
    pub fn require(&self, action: Action) -> Result<()> {
        if self.may(action) { Ok(()) } else { Err(Error::Forbidden(action.scope())) }
    }

    /// Whether the caller sees only what they are assigned to: a technician, and nothing more.
    pub fn only_own_work(&self) -> bool {
        self.roles.iter().filter(|role| role.may(Action::ServiceRead)).all(|role| *role == Role::Technician)
    }
}
