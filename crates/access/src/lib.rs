//! The caller and its permissions: one table of roles and actions, restricted by the scopes of the token.

use std::borrow::Cow;

use error::{Error, Result};
use uuid::Uuid;

/// Makes the enum of actions with their scopes.
///
/// ```ignore
/// actions! {
///     /// Read loads.
///     LoadRead = "load:read";
/// }
/// // becomes
/// pub enum Action {
///     /// Read loads.
///     LoadRead,
/// }
/// impl Action {
///     pub const ALL: &[Self] = &[Self::LoadRead];
///     pub const fn scope(self) -> &'static str {
///         match self {
///             Self::LoadRead => "load:read",
///         }
///     }
/// }
/// ```
macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $scope:literal;)*) => {
        /// What a caller may do or not; `NounVerb`, with its scope as tokens name it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $action,)* }

        impl Action {
            /// Every action, in the order of the policy table.
            pub const ALL: &[Self] = &[$(Self::$action,)*];

            /// The action as a scope of a token: `customer:read`.
            pub const fn scope(self) -> &'static str {
                match self { $(Self::$action => $scope,)* }
            }
        }
    };
}

actions! {
    /// Read customers.
    CustomerRead = "customer:read";
    /// Create, update, delete and restore customers.
    CustomerWrite = "customer:write";
    /// Read addresses.
    AddressRead = "address:read";
    /// Create, update, delete and restore addresses.
    AddressWrite = "address:write";
    /// Read contacts.
    ContactRead = "contact:read";
    /// Create, update, delete and restore contacts.
    ContactWrite = "contact:write";
    /// Read assets and their assignments to customers.
    AssetRead = "asset:read";
    /// Create, update, delete and restore assets; assign and return them.
    AssetWrite = "asset:write";
    /// Read loads.
    LoadRead = "load:read";
    /// Create and update loads, and move them through their states up to COMPLETED.
    LoadWrite = "load:write";
    /// Invoice loads and record their payments; delete and restore loads that are invoiced or paid.
    LoadBill = "load:bill";
    /// Read service records.
    ServiceRead = "service:read";
    /// Create, update, cancel and delete service records.
    ServiceWrite = "service:write";
    /// Start and complete service records; one who is a technician only, those to which they are assigned.
    ServiceWork = "service:work";
    /// Read recurring services.
    RecurringServiceRead = "recurring_service:read";
    /// Create, update, delete and restore recurring services; skip, move and pause their visits, which are booked with them.
    RecurringServiceWrite = "recurring_service:write";
    /// Read rates, and price work by them.
    RateRead = "rate:read";
    /// Create, update, delete and restore rates.
    RateWrite = "rate:write";
    /// Enter meter readings of assets.
    MeterWrite = "meter:write";
    /// Read equipment schedules and what is due.
    ScheduleRead = "schedule:read";
    /// Create, update, skip, delete and restore equipment schedules.
    ScheduleWrite = "schedule:write";
    /// Read documents; their files with `pii:read`, too.
    DocumentRead = "document:read";
    /// Create, upload, update, delete and restore documents.
    DocumentWrite = "document:write";
    /// Read custom field definitions.
    CustomFieldRead = "custom_field:read";
    /// Create, update, delete and restore custom field definitions.
    CustomFieldWrite = "custom_field:write";
    /// Read the tenant's own record.
    TenantRead = "tenant:read";
    /// Update the tenant's settings.
    TenantWrite = "tenant:write";
    /// Read the change log.
    ChangeRead = "change:read";
    /// Read personal data and filter by it.
    PiiRead = "pii:read";
    /// Read how many SQL statements a request took.
    StatementRead = "statement:read";
}

/// The role of a caller within a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Administers the installation of a tenant.
    Admin,
    /// Manages the business.
    Manager,
    /// Plans loads and visits.
    Dispatcher,
    /// Works at the customer's premises.
    Technician,
    /// Answers customers.
    Agent,
    /// Reads everything but personal data.
    Viewer,
}

impl Role {
    /// Every role, the strongest first.
    pub const ALL: &[Self] =
        &[Self::Admin, Self::Manager, Self::Dispatcher, Self::Technician, Self::Agent, Self::Viewer];

    /// The role as tokens and the command line name it.
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

    /// The role of a name, in upper or lower case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name().eq_ignore_ascii_case(name))
    }

    /// The table of what each role may do. `tests/policy.rs` prints it.
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
                    | A::RecurringServiceRead
                    | A::RecurringServiceWrite
                    | A::RateRead
                    | A::MeterWrite
                    | A::ScheduleRead
                    | A::ScheduleWrite
                    | A::DocumentRead
                    | A::DocumentWrite
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
                    | A::MeterWrite
                    | A::ScheduleRead
                    | A::DocumentRead
                    | A::DocumentWrite
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
                    | A::RecurringServiceRead
                    | A::RecurringServiceWrite
                    | A::RateRead
                    | A::ScheduleRead
                    | A::DocumentRead
                    | A::DocumentWrite
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
                    | A::RecurringServiceRead
                    | A::RateRead
                    | A::ScheduleRead
                    | A::DocumentRead
                    | A::CustomFieldRead
                    | A::TenantRead
            ),
        }
    }
}

/// Whether a granted scope includes another one: itself, and the reading of what it writes. A write reads what stands, and
/// answers with it.
fn includes(granted: &str, scope: &str) -> bool {
    // The names are compared before the list is read: this runs for every personal field of every row.
    let is_of_subject = |subject| granted.strip_prefix(subject).is_some_and(|rest| rest.starts_with(':'));
    granted == scope
        || scope.strip_suffix(":read").is_some_and(is_of_subject)
            && Action::ALL.iter().any(|action| action.scope() == granted)
}

/// What identifies a token, by which it is refused when it ends or is revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id (`jti`), if it has one.
    pub id: Option<String>,
    /// When it was issued (`iat`), in seconds since 1970.
    pub issued_at: i64,
    /// When it expires (`exp`), in seconds since 1970.
    pub expires_at: i64,
}

/// The verified bearer of a token, for one request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant of the token. Every row that the request reads or writes belongs to it.
    pub tenant: Uuid,
    /// The subject of the token, as its issuer names it.
    pub subject: String,
    /// The roles; the permissions of several roles add up.
    pub roles: Vec<Role>,
    /// The scopes that restrict what the roles allow; nothing if the token has no scopes.
    pub scopes: Option<Vec<String>>,
    /// The technician that the caller is; empty if it is none.
    pub technician: String,
    /// Whether the token may only read.
    pub read_only: bool,
    /// The token. None for work that no client asks for.
    pub token: Option<Token>,
    /// The id of the request in logs, errors and the change log.
    pub request_id: String,
    /// Whether the client chose the id of the request.
    pub has_client_request_id: bool,
}

impl Caller {
    /// Whether a role allows an action and the scopes include it.
    pub fn may(&self, action: Action) -> bool {
        let scope = action.scope();
        let reads = scope.ends_with(":read");
        self.roles.iter().any(|role| role.may(action))
            && (reads || !self.read_only)
            && self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|granted| includes(granted, scope)))
    }

    /// Fails if the caller may not perform an action.
    pub fn require(&self, action: Action) -> Result<()> {
        if self.may(action) { Ok(()) } else { Err(Error::Forbidden { scope: action.scope(), field: Vec::new() }) }
    }

    /// The id of the request in the change log, marked as the client's if it chose it. No id of the server has the mark.
    pub fn audit_request_id(&self) -> Cow<'_, str> {
        if self.has_client_request_id {
            format!("client:{}", self.request_id).into()
        } else {
            (&*self.request_id).into()
        }
    }

    /// Whether the caller sees only the service records assigned to it: a technician without a further role that reads them.
    pub fn only_own_work(&self) -> bool {
        self.roles.iter().filter(|role| role.may(Action::ServiceRead)).all(|role| *role == Role::Technician)
    }
}
