//! The catalogue: every code an error can have, with what it means for a client. A code is never used for something else.

use std::fmt::Write;

/// One code.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// The HTTP status of a request that is refused with it; 200 where it is an error of one field of an answer.
    pub status: u16,
    /// Whether the same request may succeed a moment later.
    pub retryable: bool,
    /// When it is given.
    pub when: &'static str,
    /// What to do.
    pub advice: &'static str,
}

const fn entry(code: &'static str, status: u16, when: &'static str, advice: &'static str) -> Entry {
    Entry { code, status, retryable: false, when, advice }
}

const fn again(code: &'static str, status: u16, when: &'static str, advice: &'static str) -> Entry {
    Entry { code, status, retryable: true, when, advice }
}

const LIMIT: &str = "Ask for less, or in parts; `limit`, `maximum` and `actual` say what is too much.";

/// The codes of `errors[].extensions.code`.
pub const ERRORS: &[Entry] = &[
    entry("BAD_REQUEST", 400, "The request or its document cannot be understood.", "Read the message: it says where."),
    entry("BATCH_REFUSED", 400, "The body is an array of operations.", "Send them one by one."),
    entry("LIMIT_BRACKETS", 400, "Brackets of the document nest too deep.", LIMIT),
    entry("LIMIT_TOKENS", 400, "The document has too many tokens.", LIMIT),
    entry("LIMIT_FRAGMENTS", 400, "The document has too many fragments.", LIMIT),
    entry("LIMIT_FRAGMENT_CYCLES", 400, "A fragment is spread inside itself.", "Take the circle apart."),
    entry("LIMIT_ROOT_FIELDS", 400, "The operation has too many fields of its own.", LIMIT),
    entry("LIMIT_INTROSPECTION", 400, "Lists of the introspection nest too deep.", LIMIT),
    entry("LIMIT_DEPTH", 400, "Fields nest too deep.", LIMIT),
    entry("LIMIT_ALIASES", 400, "The document has too many aliases.", LIMIT),
    entry("LIMIT_DIRECTIVES", 400, "The document has too many directives.", LIMIT),
    entry("LIMIT_FIELDS", 400, "The document has too many fields, fragments opened.", LIMIT),
    entry("LIMIT_SELECTIONS", 400, "The document has too many fields and spreads, fragments opened.", LIMIT),
    entry("LIMIT_PAGE_SIZE", 400, "A page has too many rows.", "Ask for smaller pages, one after the other."),
    entry("LIMIT_ITEMS", 400, "`inputs` of a mutation, or `ids` of `nodes`, has too many items.", LIMIT),
    entry("LIMIT_FILTER_SIZE", 400, "A `where` has too many objects and values.", LIMIT),
    entry("LIMIT_FILTER_EDGES", 400, "Edges nest too deep in a `where`.", LIMIT),
    entry(
        "LIMIT_FILTER_LOOKUPS",
        400,
        "A `where` has too many tests of edges, custom fields, personal text and words.",
        LIMIT,
    ),
    entry("LIMIT_INPUT_ITEMS", 400, "The lists in the inputs of an operation have too many items together.", LIMIT),
    entry("LIMIT_ARGUMENTS", 400, "The arguments have too many bytes, their variables filled in.", LIMIT),
    entry("LIMIT_COST", 400, "The operation may cost too much.", LIMIT),
    entry(
        "DOCUMENT_UNKNOWN",
        400,
        "The manifest has no document of this `documentId`, or the server has no manifest.",
        "Send the text as `query`, where that is allowed; else bring the manifest up to date.",
    ),
    entry(
        "PERSISTED_QUERY_NOT_FOUND",
        400,
        "The manifest has no document of this `sha256Hash`.",
        "Send the text too, as Apollo's clients do; where that is not allowed, bring the manifest up to date.",
    ),
    entry(
        "PERSISTED_QUERY_NOT_SUPPORTED",
        400,
        "The server has no manifest.",
        "Send the text and no hash, as Apollo's clients do.",
    ),
    entry(
        "DOCUMENT_NOT_TRUSTED",
        403,
        "Only documents of the manifest run, for this caller.",
        "Send the id of a document that the manifest has.",
    ),
    entry(
        "INTROSPECTION_FORBIDDEN",
        403,
        "The schema is not shown to this caller.",
        "The message names the roles; or read the published schema.",
    ),
    entry(
        "UNAUTHENTICATED",
        401,
        "There is no token, or it is not valid.",
        "Get a new token; the message names the reason.",
    ),
    entry("NOT_FOUND", 404, "Nothing answers at this address.", "GraphQL is at /graphql."),
    entry("METHOD_NOT_ALLOWED", 405, "A mutation by GET, or another method than `Allow` names.", "Send it by POST."),
    entry("NOT_ACCEPTABLE", 406, "`Accept` names no type that can be written.", "Accept application/json."),
    again("BODY_TIMEOUT", 408, "The body did not arrive in time.", "Send it again."),
    entry("BODY_TOO_LARGE", 413, "The body is too long.", "Send it in parts."),
    entry("VARIABLES_TOO_LARGE", 413, "The variables are too long.", "Send them in parts."),
    entry("URI_TOO_LONG", 414, "The query string is too long.", "Send it by POST."),
    entry(
        "HEADERS_TOO_LARGE",
        431,
        "The head has too many bytes or headers.",
        "Send fewer headers, and queries by POST.",
    ),
    entry("UNSUPPORTED_MEDIA_TYPE", 415, "The body is not application/json.", "Send the header Content-Type."),
    again(
        "RATE_LIMITED",
        429,
        "The client has spent what it may.",
        "Wait as long as `Retry-After` says, or ask for less.",
    ),
    again("INTERNAL", 500, "Something went wrong on our side.", "Try again; if it stays, report the request id."),
    again("OVERLOADED", 503, "The server is doing as much as it can.", "Wait as long as `Retry-After` says."),
    again("UNAVAILABLE", 503, "The database does not answer.", "Wait as long as `Retry-After` says."),
    again(
        "TIMEOUT",
        503,
        "A query took too long.",
        "Ask for less. Of a mutation it is not retryable: it goes on; read what it did.",
    ),
    entry(
        "FORBIDDEN",
        200,
        "The caller may not do this, or not follow this edge.",
        "The message names the permission.",
    ),
    entry("BAD_CURSOR", 200, "The cursor is not of this list, order and tenant.", "Begin at the first page."),
    entry("BAD_INPUT", 200, "An argument of a query cannot be followed.", "The message says what would be right."),
    again("BUSY", 200, "Somebody else wrote the same rows, again and again.", "Try again."),
];

/// The codes of `userErrors[].code` of a mutation, whose answer has the status 200.
pub const USER_ERRORS: &[Entry] = &[
    entry("REQUIRED", 200, "A value must be given.", "Give it."),
    entry("INVALID", 200, "A value has the wrong shape.", "The message says what would be right."),
    entry("OUT_OF_RANGE", 200, "A number, length or list is too small or too large.", "The message names the bounds."),
    entry("NOT_FOUND", 200, "A reference, or the row itself, names nothing the caller can see.", "Check the id."),
    entry("TAKEN", 200, "Another row has this value already.", "Choose another one, or use the upsert."),
    entry("DELETED", 200, "The row is deleted.", "Restore it first."),
    entry(
        "VERSION_CONFLICT",
        200,
        "The row has changed since it was read.",
        "The payload has it as it is now: decide again.",
    ),
    entry("IN_USE", 200, "Something else still needs the row.", "The message names what."),
    entry("STATE", 200, "The row's state does not allow this.", "The message names what it allows."),
    entry("CYCLE", 200, "The row would contain itself.", "Choose another parent."),
    entry("OVERLAP", 200, "Two periods that must not overlap do.", "The message names the other one."),
    entry("IMMUTABLE", 200, "The value was fixed when the row was made.", "Make another row."),
    entry("KEY_REUSED", 200, "The idempotency key was sent with another input.", "A new input takes a new key."),
    entry("ABORTED", 200, "Another input of an atomic list was refused.", "Correct that one and send all again."),
    again("BUSY", 200, "Somebody else wrote the same rows; this input of a list was not written.", "Send it again."),
    again("INTERNAL", 200, "Something went wrong on our side; this input of a list was not written.", "Send it again."),
];

/// The catalogue as a page of the documentation.
pub fn page() -> String {
    let mut page = "# Errors\n\nEvery code an error can have. A code is never used for something else. This page is made by \
                    `fieldgate errors`.\n\n## errors\n\nOutside the business: `errors[].extensions {code, retryable, requestId}`. \
                    The status 200 means that the rest of the answer stands. Who accepts `application/json` and nothing else \
                    gets 200 instead of 400, as GraphQL over HTTP asks for.\n\n"
        .to_owned();
    table(&mut page, ERRORS);
    page.push_str(
        "\n## userErrors\n\nOf a mutation's input, in its payload: `code`, `message` and the path `field`. All that can be \
         known before the first write are told at once.\n\n",
    );
    table(&mut page, USER_ERRORS);
    page
}

fn table(page: &mut String, entries: &[Entry]) {
    page.push_str("| code | status | retryable | when | what to do |\n|---|---|---|---|---|\n");
    for Entry { code, status, retryable, when, advice } in entries {
        let retryable = if *retryable { "yes" } else { "no" };
        // Writing to a text does not fail.
        let _ = writeln!(page, "| `{code}` | {status} | {retryable} | {when} | {advice} |");
    }
}
