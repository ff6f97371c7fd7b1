//! The catalogue of errors: every code, with its HTTP status, whether to retry, and what it means for a client.
//!
//! Invariant: a code keeps its meaning. A code that is no longer used is never given to another error.

use std::fmt::Write;

/// One code and what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// The HTTP status of a refused request; 200 if the error is one of a field in an otherwise valid response.
    pub status: u16,
    /// Whether the same request may succeed when it is sent again.
    pub retryable: bool,
    /// When the error occurs.
    pub when: &'static str,
    /// What the client should do.
    pub advice: &'static str,
}

/// An error that occurs again when the same request is sent again.
const fn permanent(code: &'static str, status: u16, when: &'static str, advice: &'static str) -> Entry {
    Entry { code, status, retryable: false, when, advice }
}

/// An error that may not occur again when the same request is sent again.
const fn retryable(code: &'static str, status: u16, when: &'static str, advice: &'static str) -> Entry {
    Entry { code, status, retryable: true, when, advice }
}

/// Makes a constant for each code, and the list of them.
///
/// ```ignore
/// entries! { ERRORS; BUSY = retryable(200, "Other writers changed the same rows.", "Try again."); }
/// // becomes
/// /// Other writers changed the same rows.
/// pub const BUSY: Entry = retryable("BUSY", 200, "Other writers changed the same rows.", "Try again.");
/// /// Every code of the list.
/// pub const ERRORS: &[Entry] = &[BUSY];
/// ```
macro_rules! entries {
    ($list:ident; $($code:ident = $constructor:ident($status:literal, $when:literal, $advice:expr $(,)?);)*) => {
        $(
            #[doc = $when]
            pub const $code: Entry = $constructor(stringify!($code), $status, $when, $advice);
        )*

        /// Every code of the list.
        pub const $list: &[Entry] = &[$($code,)*];
    };
}

const LESS: &str =
    "Request fewer rows or fields, or in several operations; `limit`, `maximum` and `actual` say what is too much.";
const LIMIT: &str = "Request less, or in several operations; `limit`, `maximum` and `actual` say what is too much.";

// The codes of `errors[].extensions.code`.
entries! { ERRORS;
    BAD_REQUEST = permanent(400, "The request or its document is invalid.", "The message says where.");
    BATCH_REFUSED = permanent(400, "The body is an array of operations.", "Send them one by one.");
    LIMIT_BRACKETS = permanent(400, "The brackets of the document are nested too deeply.", LIMIT);
    LIMIT_TOKENS = permanent(400, "The document has too many tokens.", LIMIT);
    LIMIT_FRAGMENTS = permanent(400, "The document has too many fragments.", LIMIT);
    LIMIT_FRAGMENT_CYCLES = permanent(400, "A fragment is spread inside itself.", "Remove the cycle.");
    LIMIT_ROOT_FIELDS = permanent(400, "The operation has too many root fields.", LIMIT);
    LIMIT_INTROSPECTION = permanent(400, "The lists of the introspection are nested too deeply.", LIMIT);
    LIMIT_DEPTH = permanent(400, "Fields are nested too deeply.", LIMIT);
    LIMIT_ALIASES = permanent(400, "The document has too many aliases.", LIMIT);
    LIMIT_DIRECTIVES = permanent(400, "The document has too many directives.", LIMIT);
    LIMIT_FIELDS = permanent(400, "The document has too many fields, with its fragments expanded.", LIMIT);
    LIMIT_SELECTIONS = permanent(400, "The document has too many fields and spreads, with its fragments expanded.", LIMIT);
    LIMIT_PAGE_SIZE = permanent(400, "A page has too many rows.", "Request smaller pages, one after the other.");
    LIMIT_ITEMS = permanent(400, "`inputs` of a mutation, or `ids` of `nodes`, has too many items.", LIMIT);
    LIMIT_FILTER_SIZE = permanent(400, "A `where` has too many objects and values.", LIMIT);
    LIMIT_FILTER_EDGES = permanent(400, "Edges are nested too deeply in a `where`.", LIMIT);
    LIMIT_FILTER_LOOKUPS = permanent(400, "A `where` has too many predicates on edges, custom fields, personal text and words.", LIMIT);
    LIMIT_INPUT_ITEMS = permanent(400, "The lists in the inputs of an operation have too many items in total.", LIMIT);
    LIMIT_ARGUMENTS = permanent(400, "The arguments have too many bytes, with the values of their variables.", LIMIT);
    LIMIT_STATEMENTS = permanent(400, "The operation needs too many SQL statements.", LESS);
    LIMIT_ROWS = permanent(400, "The operation reads too many rows.", LESS);
    LIMIT_READ_BYTES = permanent(400, "The operation reads too many bytes of texts and encrypted values.", LESS);
    LIMIT_VALUES = permanent(400, "The answer has too many fields.", LESS);
    LIMIT_ANSWER_BYTES = permanent(400, "The answer has too many bytes.", LESS);
    LIMIT_CPU_TIME = permanent(400, "The operation computes for too long.", LESS);
    LIMIT_DATABASE_TIME = permanent(400, "The statements of the operation read for too long.", LESS);
    LIMIT_MEMORY = permanent(200, "The answer of a mutation and those of other operations take too much memory.", "The mutation was executed: read what it wrote.");
    LIMIT_COST = permanent(400, "The estimated cost of the operation is too high.", LIMIT);
    DOCUMENT_UNKNOWN = permanent(400, "The manifest has no document with this `documentId`, or the server has no manifest.", "Send the text as `query` if that is allowed; otherwise update the manifest.");
    PERSISTED_QUERY_NOT_FOUND = permanent(400, "The manifest has no document with this `sha256Hash`.", "Send the text too, as Apollo's clients do; if that is not allowed, update the manifest.");
    PERSISTED_QUERY_NOT_SUPPORTED = permanent(400, "The server has no manifest.", "Send the text and no hash, as Apollo's clients do.");
    DOCUMENT_NOT_TRUSTED = permanent(403, "This caller may only execute documents of the manifest.", "Send the id of a document of the manifest.");
    INTROSPECTION_FORBIDDEN = permanent(403, "This caller may not introspect the schema.", "The message names the roles that may; the published schema needs no permission.");
    UNAUTHENTICATED = permanent(401, "The request has no valid token.", "Get a new token; the message names the reason.");
    NOT_FOUND = permanent(404, "There is no resource at this address.", "GraphQL is at /graphql.");
    METHOD_NOT_ALLOWED = permanent(405, "The request is a mutation by GET, or uses a method that `Allow` does not name.", "Send it by POST.");
    NOT_ACCEPTABLE = permanent(406, "`Accept` names no media type that the server can produce.", "Accept application/json.");
    BODY_TIMEOUT = retryable(408, "The body did not arrive in time.", "Send it again.");
    BODY_TOO_LARGE = permanent(413, "The body is too long.", "Send it in parts.");
    VARIABLES_TOO_LARGE = permanent(413, "The variables are too long.", "Send them in parts.");
    URI_TOO_LONG = permanent(414, "The query string is too long.", "Send it by POST.");
    RANGE_NOT_SATISFIABLE = permanent(416, "The file has no byte of the range.", "`Content-Range` says how many it has.");
    HEADERS_TOO_LARGE = permanent(431, "The headers are too many or too long.", "Send fewer or shorter headers, and queries by POST.");
    UNSUPPORTED_MEDIA_TYPE = permanent(415, "The body is not application/json; that of an upload is not multipart/form-data.", "Send the header Content-Type.");
    RATE_LIMITED = retryable(429, "The client has used up its rate limit.", "Wait as long as `Retry-After` says, or request less.");
    INTERNAL = retryable(500, "An internal error occurred.", "Try again; if it persists, report the request id.");
    OVERLOADED = retryable(503, "The server is at capacity.", "Wait as long as `Retry-After` says.");
    UNAVAILABLE = retryable(503, "The database does not answer.", "Wait as long as `Retry-After` says.");
    TIMEOUT = retryable(503, "The operation took too long.", "Request less. For a mutation the error is not retryable, because the mutation continues: read its result.");
    FORBIDDEN = permanent(200, "The caller may not do this, or may not follow this edge.", "`scope` names the missing permission, and `field` the part of the input that needs it, if the rest does not.");
    BAD_CURSOR = permanent(200, "The cursor belongs to another list, order or tenant.", "Start at the first page.");
    BAD_INPUT = permanent(200, "An argument of a query is invalid.", "The message says what is valid.");
    BUSY = retryable(200, "Other writers changed the same rows in each attempt, or the write took too long.", "Try again, or write less at once.");
}

/// The entry of a code of `errors[].extensions.code`.
pub fn entry(code: &str) -> Option<&'static Entry> {
    ERRORS.iter().find(|entry| entry.code == code)
}

/// The codes of `userErrors[].code` of a mutation, whose response has the status 200.
pub mod user {
    use super::{Entry, permanent, retryable};

    entries! { USER_ERRORS;
        REQUIRED = permanent(200, "A required value is missing.", "Provide it.");
        INVALID = permanent(200, "A value has the wrong format.", "The message says what is valid.");
        OUT_OF_RANGE = permanent(200, "A number, a length or a list is too small or too large.", "The message names the bounds.");
        NOT_FOUND = permanent(200, "The row, or a row that it refers to, does not exist for the caller.", "Check the id.");
        TAKEN = permanent(200, "Another row already has this value.", "Choose another value, or use the upsert.");
        DELETED = permanent(200, "The row, a row that it refers to, or the row that has its value, is deleted.", "Restore it first.");
        VERSION_CONFLICT = permanent(200, "The row has changed since it was read.", "The payload has the current row: decide again.");
        IN_USE = permanent(200, "Another row still refers to the row.", "The message names it.");
        STATE = permanent(200, "The row's state does not allow this.", "The message names what it allows.");
        CYCLE = permanent(200, "The row would contain itself.", "Choose another parent.");
        OVERLAP = permanent(200, "Two periods overlap that must not.", "The message names the other one.");
        IMMUTABLE = permanent(200, "The value cannot change after the row was created.", "Create another row.");
        KEY_REUSED = permanent(200, "The idempotency key was sent with another input.", "Use a new key for a new input.");
        ABORTED = permanent(200, "Another input of an atomic list was rejected.", "Correct that input and send all inputs again.");
        BUSY = retryable(200, "Other writers changed the same rows; this input of a list was not written.", "Send it again.");
        INTERNAL = retryable(200, "An internal error occurred; this input of a list was not written.", "Send it again.");
        FORBIDDEN = permanent(200, "The caller may not do this; this input of a list was not written.", "The message names the missing permission.");
    }
}

pub use user::USER_ERRORS;

/// The catalogue as a page of the documentation, in Markdown.
pub fn page() -> String {
    let mut page = "# Errors\n\nEvery code of an error. A code keeps its meaning. `fieldgate errors` prints this page.\n\n## errors\n\n\
                    Errors of the request and of fields: `errors[].extensions {code, retryable, requestId}`. The status 200 \
                    means that the rest of the response is valid. A client that accepts only `application/json` gets 200 \
                    instead of 400, as the specification GraphQL over HTTP requires.\n\n"
        .to_owned();
    table(&mut page, ERRORS);
    page.push_str(
        "\n## userErrors\n\nErrors of a mutation's input, in its payload: `code`, `message` and the path `field`. All errors that \
         are found before the first write are reported together.\n\n",
    );
    table(&mut page, USER_ERRORS);
    page
}

fn table(page: &mut String, entries: &[Entry]) {
    page.push_str("| code | status | retryable | when | what to do |\n|---|---|---|---|---|\n");
    for Entry { code, status, retryable, when, advice } in entries {
        let retryable = if *retryable { "yes" } else { "no" };
        // Writing to a String does not fail.
        let _ = writeln!(page, "| `{code}` | {status} | {retryable} | {when} | {advice} |");
    }
}
