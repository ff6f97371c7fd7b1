//! An actor: a client with a token, who sends documents and mutations to a server.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::{JsonResponse, http_client};

/// A client with a token.
#[derive(Clone)]
pub struct Actor {
    base: String,
    token: String,
    client: reqwest::Client,
}

impl Actor {
    /// A client with a token at a server that no world started.
    pub fn new(base: &str, token: &str) -> Self {
        Self::with_client(base, token, http_client())
    }

    pub(super) fn with_client(base: &str, token: &str, client: reqwest::Client) -> Self {
        Self { base: base.to_owned(), token: token.to_owned(), client }
    }

    /// The same client at another server.
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// A request to a path of the server with the client's token.
    pub fn http(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token)
    }

    /// A request to a path of the server without a token.
    pub fn http_without_token(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    fn request(&self, body: &Json) -> reqwest::RequestBuilder {
        self.client.post(format!("{}/graphql", self.base)).bearer_auth(&self.token).json(body)
    }

    /// Executes a document without variables.
    pub async fn execute(&self, document: &str) -> JsonResponse {
        self.execute_with(document, json!({})).await
    }

    /// Executes a document with variables.
    pub async fn execute_with(&self, document: &str, variables: Json) -> JsonResponse {
        self.send(&json!({ "query": document, "variables": variables })).await
    }

    /// Sends a body.
    pub async fn send(&self, body: &Json) -> JsonResponse {
        JsonResponse::read(self.request(body).send().await.unwrap()).await
    }

    /// Executes a document with an idempotency key in the header.
    pub async fn execute_with_key(&self, key: &str, document: &str) -> JsonResponse {
        let request = self.request(&json!({ "query": document })).header("Idempotency-Key", key);
        JsonResponse::read(request.send().await.unwrap()).await
    }

    /// Runs a mutation `name(input: Type!)` with `select` below its object, and expects no error of any kind.
    /// Gives the object.
    pub async fn mutate(&self, mutation: &str, input: Json, select: &str) -> Json {
        let response = self.send_mutation(mutation, input, select).await;
        let payload = response.at(&format!("/data/{mutation}"));
        assert_eq!(payload["userErrors"], json!([]), "{mutation}: {response}");
        payload[object(mutation)].clone()
    }

    /// Runs a mutation that may fail, and gives the response.
    pub async fn send_mutation(&self, mutation: &str, input: Json, select: &str) -> JsonResponse {
        let body = mutation_body(mutation, &input, if select.is_empty() { "id" } else { select });
        JsonResponse::read(self.request(&body).send().await.unwrap()).await
    }

    /// Runs a mutation at a server that may be killed meanwhile; none if it gave no complete response.
    pub async fn try_mutate(&self, mutation: &str, input: &Json) -> Option<JsonResponse> {
        // Without a limit, a request whose connection is lost while it is made can wait for ever in the client.
        let request = self.request(&mutation_body(mutation, input, "id")).timeout(std::time::Duration::from_secs(30));
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        Some(JsonResponse::new(status, response.json().await.ok()?))
    }

    /// Runs a mutation that has to fail, and gives its user errors as `CODE path.of.field: message`.
    pub async fn user_errors(&self, mutation: &str, input: Json) -> Vec<String> {
        let response = self.send_mutation(mutation, input, "").await;
        let errors = response.at(&format!("/data/{mutation}/userErrors")).as_array().cloned().unwrap_or_default();
        assert!(!errors.is_empty(), "{mutation} has no user errors: {response}");
        let field = |error: &Json| {
            let path = error["field"].as_array().cloned().unwrap_or_default();
            path.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(".")
        };
        let line = |error: &Json| {
            let [code, message] = ["code", "message"].map(|name| error[name].as_str().unwrap_or_default().to_owned());
            format!("{code} {}: {message}", field(error))
        };
        errors.iter().map(line).collect()
    }
}

/// The body of a mutation with `select` below its object.
fn mutation_body(mutation: &str, input: &Json, select: &str) -> Json {
    let input_type = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let object = object(mutation);
    let query = format!(
        "mutation($input: {input_type}!) {{ {mutation}(input: $input) {{ {object} {{ {select} }} userErrors {{ code message field }} }} }}"
    );
    json!({ "query": query, "variables": { "input": input } })
}

/// The object of a mutation: `customerAssetCreate` returns a `customerAsset`.
fn object(mutation: &str) -> &str {
    let last = mutation.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or(mutation.len());
    &mutation[..last]
}
