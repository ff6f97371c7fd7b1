//! Download addresses: who may download which file until when, sealed under the tenant's key.
//!
//! An address names the tenant, the document, the caller with the rights of the token, the id of the token, and its own end. It
//! is short-lived and never outlives the token. What it says is checked at every use: the gateway asks for the revocations
//! of the tenant, and reads the document as the caller whom the address names.

use access::{Caller, Role, Token};
use chrono::{DateTime, TimeDelta, Utc};
use error::{Error, Result};
use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};

use super::{Store, Tenant};

/// The longest life of an address.
const LIFETIME: TimeDelta = TimeDelta::minutes(5);
/// What the seal of an address is bound to.
const PURPOSE: &str = "download";

/// The address of a file.
#[derive(Clone, Debug)]
pub struct DownloadAddress {
    /// The last segment of its path.
    pub segment: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// What an address says.
#[derive(Debug, Serialize, Deserialize)]
pub struct Download {
    document: Uuid,
    subject: String,
    technician: String,
    roles: Vec<String>,
    scopes: Option<Vec<String>>,
    token_id: Option<String>,
    token_issued_at: i64,
    /// In seconds since 1970.
    expires_at: i64,
}

impl Store {
    /// An address of a document's file for the caller. None if the caller has no token that could end or be revoked.
    pub fn download_address(&self, document: Uuid) -> Result<Option<DownloadAddress>> {
        let caller = self.caller();
        let Some(token) = &caller.token else { return Ok(None) };
        let expires_at = (self.now() + LIFETIME).timestamp().min(token.expires_at);
        let download = Download {
            document,
            subject: caller.subject.clone(),
            technician: caller.technician.clone(),
            roles: caller.roles.iter().map(|role| role.name().to_owned()).collect(),
            scopes: caller.scopes.clone(),
            token_id: token.id.clone(),
            token_issued_at: token.issued_at,
            expires_at,
        };
        let content = serde_json::to_vec(&download).map_err(Error::internal)?;
        let segment = self.tenant().keys.seal_cursor(&content, PURPOSE)?;
        let expires_at = DateTime::from_timestamp(expires_at, 0).unwrap_or(DateTime::UNIX_EPOCH);
        Ok(Some(DownloadAddress { segment: format!("{}.{segment}", caller.tenant.simple()), expires_at }))
    }
}

impl Download {
    /// The id of the tenant that an address names, and the rest of the address.
    pub fn split(segment: &str) -> Option<(Uuid, &str)> {
        let (tenant, sealed) = segment.split_once('.')?;
        Some((Uuid::try_parse(tenant).ok()?, sealed))
    }

    /// What an address of a tenant says, unless it is forged.
    pub fn open(tenant: &Tenant, sealed: &str) -> Option<Self> {
        serde_json::from_slice(&tenant.keys.open_cursor(sealed, PURPOSE).ok()?).ok()
    }

    /// The document.
    pub fn document(&self) -> Uuid {
        self.document
    }

    /// When the address ends.
    pub fn expires_at(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.expires_at, 0).unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// The caller whom the address names, who can read only.
    pub fn into_caller(self, tenant: Uuid, request_id: String, has_client_request_id: bool) -> Caller {
        let Self { subject, technician, scopes, token_id, token_issued_at, expires_at, .. } = self;
        let token = Token { id: token_id, issued_at: token_issued_at, expires_at };
        Caller {
            tenant,
            subject,
            roles: self.roles.iter().filter_map(|role| Role::named(role)).collect(),
            scopes,
            technician,
            token: Some(token),
            read_only: true,
            request_id,
            has_client_request_id,
        }
    }
}
