//! The vault: the hierarchy of keys, and how a value is sealed, opened and indexed.
//!
//! Master key (outside the database) -> tenant key -> data key of a customer, or of the rest of the tenant -> value.
//! Every seal is AES-256-GCM-SIV (RFC 8452) and authenticates tenant, table, column and row of the value, so that
//! ciphertext moved to another one does not open. Texts are padded: the length of a ciphertext tells little about its own.
//! HKDF-SHA-256 (RFC 5869) derives index and cursor keys from the tenant key.

pub mod chunk;

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit, Nonce,
    aead::{Aead, Generate, Key as AeadKey, Payload},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::Sealed;
use error::{Error, Result};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use lru::LruCache;
use sea_orm::prelude::Uuid;
use sha2::{Digest, Sha256};

use crate::padding::{pad, unpad};

/// The first byte of what this version seals. Another format has another one.
const FORMAT: u8 = 1;
/// The position of the key id, after the format. Key id and nonce precede the ciphertext.
const KEY_ID: std::ops::Range<usize> = 1..17;
/// The position of the nonce.
const NONCE: std::ops::Range<usize> = 17..29;
/// How many opened keys the cache holds: about 700 bytes each.
const MAX_CACHED_KEYS: NonZeroUsize = NonZeroUsize::new(1 << 14).unwrap();
/// The prefix of a master key in a file or an environment variable.
const MASTER_PREFIX: &str = "fgk1_";
/// How many bytes of a keyed hash the blind index stores: 128 bits do not collide by chance.
const TOKEN_BYTES: usize = 16;

/// The master keys, and a cache of the data keys that were used last.
pub struct Vault {
    masters: Vec<Master>,
    by_owner: Mutex<LruCache<(Uuid, Option<Uuid>), DataKey>>,
    by_id: Mutex<LruCache<(Uuid, Uuid), DataKey>>,
}

struct Master {
    id: MasterKeyId,
    cipher: Aes256GcmSiv,
}

/// The id of a master key: the first four bytes of its SHA-256 hash, which every key that it wraps carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MasterKeyId(pub [u8; 4]);

/// The opened keys of one tenant.
pub struct TenantKeys {
    tenant: Uuid,
    wrap: Aes256GcmSiv,
    cursor: Aes256GcmSiv,
    root: Hkdf<Sha256>,
}

/// An opened data key.
#[derive(Clone)]
pub struct DataKey {
    /// Its id, which every value sealed by it carries.
    pub id: Uuid,
    cipher: Arc<Aes256GcmSiv>,
}

/// The place of a sealed value, to which its seal is bound.
#[derive(Clone, Copy, Debug)]
pub struct SealContext {
    /// The tenant.
    pub tenant: Uuid,
    /// The table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The row.
    pub row: Uuid,
}

impl Vault {
    /// A vault of master keys as text, separated by lines or commas. The first one wraps, all of them unwrap.
    pub fn open(masters: &str) -> Result<Self, String> {
        let masters = masters
            .split([',', '\n'])
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(|line| {
                let bytes = line.strip_prefix(MASTER_PREFIX).and_then(|key| URL_SAFE_NO_PAD.decode(key).ok());
                let bytes: [u8; 32] = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
                    format!(
                        "a master key is {MASTER_PREFIX} and 43 characters; make one with `fieldgate keys generate`"
                    )
                })?;
                let digest = Sha256::digest(bytes);
                Ok(Master {
                    id: MasterKeyId([digest[0], digest[1], digest[2], digest[3]]),
                    cipher: Aes256GcmSiv::new(&bytes.into()),
                })
            })
            .collect::<Result<Vec<_>, String>>()?;
        if masters.is_empty() {
            return Err("there is no master key; make one with `fieldgate keys generate`".to_owned());
        }
        let by_owner = Mutex::new(LruCache::new(MAX_CACHED_KEYS));
        Ok(Self { masters, by_owner, by_id: Mutex::new(LruCache::new(MAX_CACHED_KEYS)) })
    }

    /// A new master key, as text.
    pub fn generate() -> String {
        format!("{MASTER_PREFIX}{}", URL_SAFE_NO_PAD.encode(AeadKey::<Aes256GcmSiv>::generate()))
    }

    /// The ids of the master keys, of which the first one wraps.
    pub fn master_keys(&self) -> impl Iterator<Item = MasterKeyId> {
        self.masters.iter().map(|master| master.id)
    }

    /// The id of the master key that wraps.
    pub fn current_master_key(&self) -> MasterKeyId {
        self.masters[0].id
    }

    /// A new tenant key, wrapped by the first master key.
    pub fn new_tenant_key(&self, tenant: Uuid) -> Result<Vec<u8>> {
        self.wrap_tenant_key(tenant, &AeadKey::<Aes256GcmSiv>::generate())
    }

    /// The keys of a tenant, opened with the master key that wrapped them.
    pub fn tenant_keys(&self, tenant: Uuid, wrapped: &[u8]) -> Result<TenantKeys> {
        let key = self.unwrap_tenant_key(tenant, wrapped)?;
        let root = Hkdf::<Sha256>::new(Some(tenant.as_bytes()), &key);
        let cursor = Aes256GcmSiv::new(&derive(&root, "cursor")?.into());
        Ok(TenantKeys { tenant, wrap: Aes256GcmSiv::new(&derive(&root, "wrap")?.into()), cursor, root })
    }

    /// The same tenant key, wrapped by the first master key.
    pub fn rewrap_tenant_key(&self, tenant: Uuid, wrapped: &[u8]) -> Result<Vec<u8>> {
        self.wrap_tenant_key(tenant, &self.unwrap_tenant_key(tenant, wrapped)?)
    }

    fn wrap_tenant_key(&self, tenant: Uuid, key: &[u8]) -> Result<Vec<u8>> {
        let master = &self.masters[0];
        let nonce = Nonce::generate();
        let mut wrapped = vec![FORMAT];
        wrapped.extend_from_slice(&master.id.0);
        wrapped.extend_from_slice(&nonce);
        wrapped.extend(encrypt(&master.cipher, &nonce, key, &tenant_aad(tenant))?);
        Ok(wrapped)
    }

    fn unwrap_tenant_key(&self, tenant: Uuid, wrapped: &[u8]) -> Result<[u8; 32]> {
        let unopened =
            || Error::internal(format!("the key of tenant {tenant} does not open with the master keys given"));
        let (head, sealed) = wrapped.split_at_checked(17).ok_or_else(unopened)?;
        let master = self.masters.iter().find(|master| master.id.0 == head[1..5]).ok_or_else(unopened)?;
        let nonce = Nonce::try_from(&head[5..17]).map_err(|_| unopened())?;
        let key = decrypt(&master.cipher, &nonce, sealed, &tenant_aad(tenant)).ok_or_else(unopened)?;
        key.try_into().map_err(|_| unopened())
    }

    /// The data key of an owner, if it is in the cache.
    pub fn cached_key_of(&self, tenant: Uuid, key_owner: Option<Uuid>) -> Option<DataKey> {
        lock(&self.by_owner).get(&(tenant, key_owner)).cloned()
    }

    /// The data key of an id, if it is in the cache.
    pub fn cached_key(&self, tenant: Uuid, id: Uuid) -> Option<DataKey> {
        lock(&self.by_id).get(&(tenant, id)).cloned()
    }

    /// Opens a data key and adds it to the cache.
    pub fn open_key(&self, keys: &TenantKeys, row: &entity::data_key::Model) -> Result<DataKey> {
        let key = keys.open_data_key(row)?;
        lock(&self.by_owner).put((keys.tenant, row.customer_id), key.clone());
        lock(&self.by_id).put((keys.tenant, row.id), key.clone());
        Ok(key)
    }
}

impl TenantKeys {
    /// A new data key, wrapped by the tenant's key.
    pub fn new_data_key(&self, id: Uuid) -> Result<Vec<u8>> {
        let key = AeadKey::<Aes256GcmSiv>::generate();
        let nonce = Nonce::generate();
        let mut wrapped = vec![FORMAT];
        wrapped.extend_from_slice(&nonce);
        wrapped.extend(encrypt(&self.wrap, &nonce, &key, id.as_bytes())?);
        Ok(wrapped)
    }

    /// A data key, unwrapped.
    pub fn open_data_key(&self, row: &entity::data_key::Model) -> Result<DataKey> {
        let id = row.id;
        let unopened = || Error::internal(format!("data key {id} does not open"));
        let (head, sealed) = row.wrapped.split_at_checked(13).ok_or_else(unopened)?;
        let nonce = Nonce::try_from(&head[1..13]).map_err(|_| unopened())?;
        let key = decrypt(&self.wrap, &nonce, sealed, id.as_bytes()).ok_or_else(unopened)?;
        let key: [u8; 32] = key.try_into().map_err(|_| unopened())?;
        Ok(DataKey { id, cipher: Arc::new(Aes256GcmSiv::new(&key.into())) })
    }

    /// The blind index's hash of a normalised text of one field.
    pub fn token(&self, field: &str, text: &str) -> Result<Vec<u8>> {
        let key = derive(&self.root, &format!("index:{field}"))?;
        Ok(hash(&key, text))
    }

    /// The blind index's hashes of many normalised texts of one field.
    pub fn tokens<'a>(&self, field: &str, texts: impl Iterator<Item = &'a str>) -> Result<Vec<Vec<u8>>> {
        let key = derive(&self.root, &format!("index:{field}"))?;
        Ok(texts.map(|text| hash(&key, text)).collect())
    }

    /// Seals the content of a cursor. Equal contents make equal cursors: a client may compare them.
    pub fn seal_cursor(&self, content: &[u8], list: &str) -> Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(encrypt(&self.cursor, &Nonce::default(), content, list.as_bytes())?))
    }

    /// The content of a cursor of this list.
    pub fn open_cursor(&self, cursor: &str, list: &str) -> Result<Vec<u8>> {
        let sealed = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Error::BadCursor)?;
        decrypt(&self.cursor, &Nonce::default(), &sealed, list.as_bytes()).ok_or(Error::BadCursor)
    }
}

impl DataKey {
    /// Seals a text for its context.
    pub fn seal(&self, text: &str, context: SealContext) -> Result<Sealed> {
        let nonce = Nonce::generate();
        let padded = pad(text);
        let mut sealed = Vec::with_capacity(NONCE.end + padded.len() + 16);
        sealed.push(FORMAT);
        sealed.extend_from_slice(self.id.as_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend(encrypt(&self.cipher, &nonce, &padded, &context.aad())?);
        Ok(Sealed(sealed))
    }

    /// Opens a value at its context.
    pub fn open(&self, sealed: &Sealed, context: SealContext) -> Result<String> {
        let unopened = || Error::internal(format!("a sealed value does not open at {context:?}"));
        let nonce = sealed.0.get(NONCE).and_then(|nonce| Nonce::try_from(nonce).ok()).ok_or_else(unopened)?;
        let padded = decrypt(&self.cipher, &nonce, &sealed.0[NONCE.end..], &context.aad()).ok_or_else(unopened)?;
        unpad(padded).ok_or_else(unopened)
    }
}

/// The id of the key that sealed a value.
pub fn key_id(sealed: &Sealed) -> Option<Uuid> {
    sealed.0.get(KEY_ID).and_then(|id| Uuid::from_slice(id).ok())
}

impl SealContext {
    fn aad(&self) -> Vec<u8> {
        let mut aad = Vec::with_capacity(34 + self.table.len() + self.column.len());
        aad.extend_from_slice(self.tenant.as_bytes());
        aad.extend_from_slice(self.row.as_bytes());
        aad.extend_from_slice(self.table.as_bytes());
        aad.push(0);
        aad.extend_from_slice(self.column.as_bytes());
        aad
    }
}

impl fmt::Display for MasterKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Keys are never printed.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} master keys)", self.masters.len())
    }
}

/// Keys are never printed.
impl fmt::Debug for TenantKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TenantKeys({})", self.tenant)
    }
}

fn tenant_aad(tenant: Uuid) -> Vec<u8> {
    [b"tenant", tenant.as_bytes().as_slice()].concat()
}

fn derive(root: &Hkdf<Sha256>, purpose: &str) -> Result<[u8; 32]> {
    let mut key = [0; 32];
    root.expand(purpose.as_bytes(), &mut key).map_err(Error::internal)?;
    Ok(key)
}

fn hash(key: &[u8; 32], text: &str) -> Vec<u8> {
    // HMAC takes a key of any length, so this cannot fail; an empty hash would match nothing.
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes()[..TOKEN_BYTES].to_vec()
}

fn encrypt(cipher: &Aes256GcmSiv, nonce: &Nonce, msg: &[u8], aad: &[u8]) -> Result<Vec<u8>> {
    cipher.encrypt(nonce, Payload { msg, aad }).map_err(Error::internal)
}

fn decrypt(cipher: &Aes256GcmSiv, nonce: &Nonce, msg: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    cipher.decrypt(nonce, Payload { msg, aad }).ok()
}

/// A cache is consistent after every operation on it, so that a panic of another thread does not matter.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_in_its_own_context_only() {
        let vault = Vault::open(&Vault::generate()).unwrap();
        let tenant = Uuid::now_v7();
        let keys = vault.tenant_keys(tenant, &vault.new_tenant_key(tenant).unwrap()).unwrap();
        let row = entity::data_key::Model { id: Uuid::now_v7(), ..Default::default() };
        let row = entity::data_key::Model { wrapped: keys.new_data_key(row.id).unwrap(), ..row };
        let key = vault.open_key(&keys, &row).unwrap();
        let context = SealContext { tenant, table: "contact", column: "email", row: Uuid::now_v7() };
        let sealed = key.seal("ada@example.com", context).unwrap();
        assert_eq!(key_id(&sealed), Some(row.id));
        assert_eq!(key.open(&sealed, context).unwrap(), "ada@example.com");
        for other_context in [
            SealContext { tenant: Uuid::now_v7(), ..context },
            SealContext { table: "customer", ..context },
            SealContext { column: "phone", ..context },
            SealContext { row: Uuid::now_v7(), ..context },
        ] {
            assert!(key.open(&sealed, other_context).is_err(), "{other_context:?}");
        }
        let other = Vault::open(&Vault::generate()).unwrap();
        assert!(other.tenant_keys(tenant, &vault.new_tenant_key(tenant).unwrap()).is_err());
    }
}
