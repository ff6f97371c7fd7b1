//! Refusals: why work has no rate, or no price.

/// Why work has no price, and the argument that would have to be another one.
#[derive(Debug)]
pub struct Refusal {
    /// The argument.
    pub field: &'static str,
    /// The reason, in words for the client.
    pub message: String,
}

impl Refusal {
    /// A refusal of an argument.
    pub fn new(field: &'static str, message: String) -> Self {
        Self { field, message }
    }
}
