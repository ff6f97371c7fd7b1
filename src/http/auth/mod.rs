//! Authentication: verifies and signs JSON Web Tokens (RFC 7519), whose claims name the caller.

mod authenticator;
mod claims;
mod failure;
mod jwks;
mod key_set;
mod settings;
mod sign;

pub use self::{
    authenticator::Authenticator,
    failure::AuthenticationError,
    jwks::Address,
    settings::{Claims, Key, KeyFile, Settings, check_times},
    sign::{Grant, SignedToken},
};
