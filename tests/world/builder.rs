//! A builder of worlds: which database, which settings, and what the application is changed to before it starts.

use fieldgate::http::{
    self, App,
    auth::{self, Authenticator},
};
use file_storage::{FileStorage, Location};

use super::{
    DatabaseKind, World, create_tenant, create_tenant_of_industry, database::TestDatabase, http_client, http_settings,
    listen, log_buffer::print_warnings, token_settings,
};

/// A world that is not started yet.
pub struct WorldBuilder {
    database: DatabaseKind,
    isolated: bool,
    http: http::Settings,
    tokens: auth::Settings,
    change_app: Box<dyn FnOnce(&mut App) + Send>,
}

impl WorldBuilder {
    pub(super) fn new(database: DatabaseKind) -> Self {
        let (http, tokens) = (http_settings(), token_settings());
        Self { database, isolated: false, http, tokens, change_app: Box::new(|_| {}) }
    }

    /// Uses a database that no other test uses.
    pub fn isolated(self) -> Self {
        Self { isolated: true, ..self }
    }

    /// Changes the HTTP settings of the server.
    pub fn http(mut self, change: impl FnOnce(&mut http::Settings)) -> Self {
        change(&mut self.http);
        self
    }

    /// Sets how the server verifies tokens.
    pub fn tokens(self, tokens: auth::Settings) -> Self {
        Self { tokens, ..self }
    }

    /// Changes the application before its server starts.
    pub fn app(self, change: impl FnOnce(&mut App) + Send + 'static) -> Self {
        Self { change_app: Box::new(change), ..self }
    }

    /// Opens the database, creates the tenants and starts the server.
    pub async fn build(self) -> World {
        print_warnings();
        let database = if self.isolated {
            Box::pin(TestDatabase::isolated(self.database)).await
        } else {
            Box::pin(TestDatabase::shared(self.database)).await
        };
        let db = database.db.clone();
        let tenant = Box::pin(create_tenant(&db, "Lonestar Freight")).await;
        let other_tenant = Box::pin(create_tenant_of_industry(&db, "Cascade Service", "SERVICE")).await;
        let files_folder = tempfile::tempdir().unwrap();
        let files = FileStorage::open(Location::Folder(files_folder.path().to_owned())).unwrap();
        let mut app = App::new(db.clone(), files, Authenticator::new(self.tokens).unwrap(), self.http);
        (self.change_app)(&mut app);
        let tokens = app.authenticator.clone();
        let base = listen(app.clone()).await;
        World { db, tenant, other_tenant, tokens, base, app, database, files_folder, client: http_client() }
    }
}
