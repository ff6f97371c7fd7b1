//! `POST /files`: a new document with its file, which streams into the storage as it arrives.

use std::sync::Arc;

use access::{Action, Caller};
use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use chrono::TimeDelta;
use error::{Error, catalogue};
use file_storage::TRANSFER_BYTES;
use multer::{Field, Multipart};
use serde_json::json;
use store::{Store, Tenant, request_memory::HeldBytes};
use tokio::time::timeout_at;

use super::{
    form::{self, unreadable},
    response::Refusal,
};
use crate::{
    files::{Upload, Uploaded, discard},
    graphql::execution::budget,
    http::{
        admission, app::App, concurrency_limit::Permit, rejection::Rejection, request_body, request_id::RequestId,
        response::MediaType, task::run_to_completion,
    },
};

/// The cost of an upload, as of a mutation with some statements.
const COST: u64 = 100;
/// The time between the latest end of an upload and the end of its file: that of the transaction that keeps it.
const COMMIT_TIME: TimeDelta = TimeDelta::minutes(5);
/// The bytes of a form besides its file.
const FORM_BYTES: u64 = 64 << 10;

/// A request of an authenticated caller to upload a file.
struct UploadRequest {
    app: App,
    store: Store,
    /// The memory of the transfer, while it lasts.
    _memory: HeldBytes,
}

/// Uploads the file of a new document.
pub async fn upload(
    State(app): State<App>,
    Extension(id): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (request, boundary) = match UploadRequest::admit(&app, &id, &headers).await {
        Ok(admitted) => admitted,
        Err(response) => {
            request_body::discard(&headers, body, &app.settings);
            return *response;
        }
    };
    let parts = form::parts(boundary, body);
    // It goes on without its client, so that what has arrived of a file is deleted at once.
    let received = run_to_completion(Box::pin(async move { request.receive(parts).await })).await;
    match received.unwrap_or_else(|| Err(Rejection::internal().into())) {
        Ok(uploaded) => created(&uploaded),
        Err(refusal) => {
            tracing::info!(request_id = id.as_str(), code = refusal.code(), "an upload was refused");
            refusal.into_response(&id)
        }
    }
}

impl UploadRequest {
    /// Checks what the head of the request tells.
    async fn admit(app: &App, id: &RequestId, headers: &HeaderMap) -> Result<(Self, String), Box<Response>> {
        let (caller, tenant) = app.authenticator.authenticate(headers, &app.db, MediaType::Json, id).await?;
        let boundary = form::boundary(headers).map_err(Refusal::from);
        let admitted = boundary.and_then(|boundary| Ok((Self::admit_caller(app, caller, tenant, headers)?, boundary)));
        admitted.map_err(|refusal| Box::new(refusal.into_response(id)))
    }

    fn admit_caller(app: &App, caller: Caller, tenant: Arc<Tenant>, headers: &HeaderMap) -> Result<Self, Refusal> {
        caller.require(Action::DocumentWrite)?;
        let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length > app.settings.file_limit.saturating_add(FORM_BYTES)) {
            return Err(too_large(app).into());
        }
        admission::debit_cost(app, &caller, COST)?;
        let mut memory = HeldBytes::new(app.request_memory.clone(), caller.tenant);
        if !memory.hold(TRANSFER_BYTES) {
            return Err(Rejection::overloaded().into());
        }
        let budget = Arc::new(budget(&app.settings.limits, app.request_memory.clone(), caller.tenant));
        let store = Store::new(app.db.clone(), caller, tenant, budget);
        Ok(Self { app: app.clone(), store, _memory: memory })
    }

    /// Receives the form, within the time that an upload may take. If it fails, nothing of it is left.
    async fn receive(self, mut parts: Multipart<'static>) -> Result<Uploaded, Refusal> {
        let settings = &self.app.settings;
        let deadline = tokio::time::Instant::now() + settings.file_timeout;
        let (fields, field) = timeout_at(deadline, form::read(&mut parts)).await.map_err(|_| self.late())??;
        let media_type = field.content_type().map(|media_type| media_type.essence_str().to_ascii_lowercase());
        let file = (field.file_name().map(str::to_owned), media_type);
        let life = TimeDelta::from_std(settings.file_timeout).map_err(Error::internal)?;
        let expires_at = self.store.now() + life + COMMIT_TIME;
        let upload = {
            let _permit = self.permit().await?;
            Upload::begin(&self.store, &self.app.files, fields, file, &settings.file_types, expires_at).await?
        };
        let key = upload.key();
        let whole = timeout_at(deadline, self.read_file(upload, field, parts)).await;
        let uploaded = match whole.unwrap_or_else(|_| Err(self.late())) {
            Ok(upload) => self.finish(upload).await,
            Err(refusal) => Err(refusal),
        };
        if uploaded.is_err() {
            discard(&self.app.files, key, &self.app.db).await;
        }
        uploaded
    }

    /// Reads the file to its end, and the end of the form.
    async fn read_file(
        &self,
        mut upload: Upload,
        mut field: Field<'static>,
        mut parts: Multipart<'static>,
    ) -> Result<Upload, Refusal> {
        while let Some(bytes) = field.chunk().await.map_err(|error| unreadable(&error))? {
            if upload.size() + bytes.len() as u64 > self.app.settings.file_limit {
                return Err(too_large(&self.app).into());
            }
            upload.write(&bytes).await?;
        }
        // The parts wait for each other.
        drop(field);
        match parts.next_field().await.map_err(|error| unreadable(&error))? {
            Some(_) => Err(Rejection::bad_request("The file is the last field of the form.").into()),
            None => Ok(upload),
        }
    }

    async fn finish(&self, upload: Upload) -> Result<Uploaded, Refusal> {
        let _permit = self.permit().await?;
        Ok(upload.finish(&self.store).await?)
    }

    /// The right to write, as every request needs it.
    async fn permit(&self) -> Result<Permit, Rejection> {
        self.app.concurrency_limit.acquire(self.store.caller().tenant, self.app.settings.request_timeout).await
    }

    fn late(&self) -> Refusal {
        let message = format!("The file did not arrive within {} s.", self.app.settings.file_timeout.as_secs_f32());
        Rejection::new(catalogue::BODY_TIMEOUT, message).into()
    }
}

fn too_large(app: &App) -> Rejection {
    let message = format!("A file has at most {} bytes.", app.settings.file_limit);
    Rejection::new(catalogue::BODY_TOO_LARGE, message)
}

fn created(uploaded: &Uploaded) -> Response {
    let body = json!({
        "document": {
            "id": uploaded.id,
            "version": uploaded.version,
            "externalReference": uploaded.external_reference,
            "mediaType": uploaded.media_type,
            "size": uploaded.size,
        },
        "userErrors": [],
    });
    MediaType::Json.response(StatusCode::CREATED, body.to_string())
}
