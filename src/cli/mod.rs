//! The command line: `fieldgate serve` and the commands of an operator.

mod keys;
mod token;

use std::{error::Error, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use clap::{Parser, Subcommand};
use error::catalogue;
use file_storage::FileStorage;
use migration::{Migrator, MigratorTrait};
use store::{Database, tenant::Draft, vault::Vault};
use tokio::{net::TcpListener, runtime::Builder};

use self::{keys::KeysAction, token::TokenCommand};
use crate::{
    config::{self, InvalidSetting, Settings},
    demo, graphql,
    http::{self, App, auth::Authenticator, telemetry},
    setting::Secret,
    tasks,
};

type CommandResult = Result<(), Box<dyn Error>>;

/// The stack of a worker thread: nested resolvers recurse, and the deepest document must not overflow it.
const STACK_BYTES: usize = 8 << 20;

/// One GraphQL schema over everything a company knows about its own customers.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = config::help())]
pub struct Cli {
    /// The configuration file [default: fieldgate.toml in the current folder, if it exists].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the embedded database [default: fieldgate-data].
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The URL of the database, such as `postgres://USER:PASSWORD@HOST/NAME?sslmode=verify-full` [default: SQLite in the
    /// data folder]. Other users of the machine see the command line: a password belongs in the setting `database_url_file`.
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<Secret>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve {
        /// The port, on the loopback interface only; the setting `listen` allows any address.
        #[arg(long)]
        port: Option<u16>,
    },
    /// Run a server with demo data of two tenants, and print tokens for it. Needs no configuration, and a database of its own.
    Demo {
        /// The port, on the loopback interface only.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// The amount of data; 1 is about a hundred customers per tenant.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
        scale: u32,
    },
    /// Migrate the database's tables.
    Migrate {
        #[command(subcommand)]
        direction: Direction,
    },
    /// Manage tenants.
    Tenant {
        #[command(subcommand)]
        action: TenantAction,
    },
    /// Sign a token and print it, and nothing else, to standard output; or revoke tokens.
    Token(TokenCommand),
    /// Print the GraphQL schema.
    Schema,
    /// Print every error code with its meaning and the client's remedy.
    Errors,
    /// Manage the master keys, under which personal data is encrypted.
    Keys {
        #[command(subcommand)]
        action: KeysAction,
    },
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Direction {
    /// Apply the pending migrations.
    Up,
    /// Drop all tables and their data.
    Down {
        /// Confirm it: without this, nothing is dropped.
        #[arg(long)]
        yes: bool,
    },
    /// List the applied and the pending migrations.
    Status,
}

#[derive(Debug, Subcommand)]
enum TenantAction {
    /// Create a tenant.
    Create {
        /// Its name in tokens and commands: lowercase letters, digits and hyphens.
        slug: String,
        /// The company's name.
        #[arg(long)]
        name: Option<String>,
        /// TRUCKING, SERVICE or both.
        #[arg(long, value_delimiter = ',', default_value = "TRUCKING,SERVICE")]
        industries: Vec<String>,
        /// ISO 3166-1 alpha-2 country.
        #[arg(long, default_value = "US")]
        country: String,
        /// ISO 4217 currency.
        #[arg(long, default_value = "USD")]
        currency: String,
        /// IANA time zone.
        #[arg(long, default_value = "America/Chicago")]
        time_zone: String,
        /// LB or KG.
        #[arg(long, default_value = "LB")]
        weight_unit: String,
        /// MI or KM.
        #[arg(long, default_value = "MI")]
        distance_unit: String,
    },
}

/// Runs the command of a command line on a runtime of its own. It is not async: the compiler would compile the whole
/// program again for the crate that awaits it.
pub fn run(cli: Cli) -> CommandResult {
    config::create_files_privately();
    let runtime = Builder::new_multi_thread().enable_all().thread_stack_size(STACK_BYTES).build()?;
    runtime.block_on(run_command(cli))
}

async fn run_command(cli: Cli) -> CommandResult {
    let mut settings = config::read(cli.config.as_deref())?;
    settings.data_dir = cli.data_dir.unwrap_or(settings.data_dir);
    if matches!(cli.command, Command::Demo { .. }) && cli.database_url.is_none() && settings.has_database() {
        let reason =
            "the demo writes only into a database of its own: unset this, or name that one with --database-url.";
        return Err(InvalidSetting::new("database_url", reason).into());
    }
    if let Some(url) = cli.database_url {
        (settings.database_url, settings.database_url_file) = (Some(url), None);
    }
    match cli.command {
        Command::Serve { port } => {
            if let Some(port) = port {
                settings.listen = format!("127.0.0.1:{port}");
            }
            serve(settings).await
        }
        Command::Demo { port, scale } => {
            settings.listen = format!("127.0.0.1:{port}");
            settings.http.show_statements = true;
            settings.token_max_ttl = settings.token_max_ttl.max(demo::TOKEN_LIFETIME);
            Box::pin(run_demo(settings.with_created_keys()?, scale)).await
        }
        Command::Migrate { direction } => migrate(&settings, direction).await,
        Command::Tenant { action } => create_tenant(&settings.with_stored_keys(), action).await,
        Command::Token(command) => token::run(&settings.with_stored_keys(), command).await,
        Command::Errors => {
            print!("{}", catalogue::page());
            Ok(())
        }
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(())
        }
        Command::Keys { action } => keys::run(settings, action).await,
    }
}

async fn serve(settings: Settings) -> CommandResult {
    telemetry::init(&settings.telemetry).map_err(|reason| InvalidSetting::new("log", reason))?;
    let settings = settings.with_stored_keys();
    if let Some(warning) = settings.database_warning() {
        tracing::warn!("{warning}");
    }
    let db = connect(&settings).await?;
    if settings.migrate {
        Migrator::up(db.connection(), None).await?;
    }
    report_exposed_files(&settings);
    keys::ensure_present(&db).await?;
    let files = settings.open_file_storage()?;
    let (authenticator, http) = (settings.build_authenticator()?, settings.http_settings()?);
    let listener = bind(&settings).await?;
    if let Some(warning) = settings.listen_warning(listener.local_addr()?) {
        tracing::warn!("{warning}");
    }
    tracing::info!("listening on http://{}", listener.local_addr()?);
    run_server(listener, db, files, authenticator, (http, settings.file_retention())).await
}

async fn run_demo(settings: Settings, scale: u32) -> CommandResult {
    telemetry::init(&settings.telemetry).map_err(|reason| InvalidSetting::new("log", reason))?;
    // The port is bound before the data is written: if it is in use, the command fails at once.
    let listener = bind(&settings).await?;
    let db = connect(&settings).await?;
    report_exposed_files(&settings);
    if !Migrator::get_applied_migrations(db.connection()).await?.is_empty() {
        demo::ensure_own_database(&db).await?;
    }
    Migrator::up(db.connection(), None).await?;
    keys::ensure_present(&db).await?;
    let files = settings.open_file_storage()?;
    let tenants = demo::seed(&db, &files, scale).await?;
    let authenticator = settings.build_authenticator()?;
    let companies = demo::sign_tokens(&tenants, &authenticator)?;
    demo::print_welcome(&format!("http://{}", listener.local_addr()?), &companies)?;
    let http = http::Settings { demo: Some(Arc::new(companies)), ..settings.http_settings()? };
    run_server(listener, db, files, authenticator, (http, settings.file_retention())).await
}

/// Serves until the process is asked to stop.
async fn run_server(
    listener: TcpListener,
    db: Arc<Database>,
    files: FileStorage,
    authenticator: Authenticator,
    settings: (http::Settings, Duration),
) -> CommandResult {
    let (settings, file_retention) = settings;
    let trusted_documents = settings.trusted.manifest.clone();
    let app = App::new(db.clone(), files.clone(), authenticator, settings);
    let tasks = tasks::start(&db, &files, file_retention);
    http::serve(listener, app, http::shutdown_signal()).await?;
    tasks.stop().await;
    trusted_documents.log_hits();
    tracing::info!("stopped");
    Ok(())
}

async fn migrate(settings: &Settings, direction: Direction) -> CommandResult {
    if matches!(direction, Direction::Down { yes: false }) {
        return Err("this drops all tables and their data; say so with `fieldgate migrate down --yes`".into());
    }
    // A migration seals nothing: any key will do.
    let vault = Vault::open(&Vault::generate())?;
    std::fs::create_dir_all(&settings.data_dir)?;
    let db = Database::connect(&settings.database_settings()?, vault).await?;
    match direction {
        Direction::Up => Migrator::up(db.connection(), None).await?,
        Direction::Down { .. } => Migrator::down(db.connection(), None).await?,
        Direction::Status => {}
    }
    for migration in Migrator::get_applied_migrations(db.connection()).await? {
        println!("applied  {}", migration.name());
    }
    for migration in Migrator::get_pending_migrations(db.connection()).await? {
        println!("pending  {}", migration.name());
    }
    Ok(())
}

async fn create_tenant(settings: &Settings, action: TenantAction) -> CommandResult {
    let TenantAction::Create { slug, name, industries, country, currency, time_zone, weight_unit, distance_unit } =
        action;
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty() || slug.len() > 40 || !slug.chars().all(is_allowed) {
        return Err("a slug has 1 to 40 lowercase letters, digits and hyphens, such as lonestar".into());
    }
    let db = connect(settings).await?;
    Migrator::up(db.connection(), None).await?;
    let name = name.unwrap_or_else(|| slug.clone());
    let draft = Draft { slug, name, industries, country, currency, time_zone, weight_unit, distance_unit };
    let slug = draft.slug.clone();
    match db.create_tenant(draft).await? {
        Some(tenant) => {
            println!("{} {}", tenant.row.id, tenant.row.slug);
            eprintln!("next: fieldgate token --tenant {slug} --role ADMIN");
            Ok(())
        }
        None => Err(format!("the tenant {slug} exists already").into()),
    }
}

async fn connect(settings: &Settings) -> Result<Arc<Database>, Box<dyn Error>> {
    let vault = settings.open_vault()?;
    if !settings.has_database() {
        std::fs::create_dir_all(&settings.data_dir)?;
    }
    let database = settings.database_settings()?;
    let db = Database::connect(&database, vault).await.map_err(|error| {
        let hint = if settings.verifies_database_by_default() {
            ". The URL has no sslmode, so that the certificate of the host is verified (sslmode=verify-full); \
             sslrootcert=FILE names an authority of your own"
        } else {
            ""
        };
        InvalidSetting::new("database_url", format!("the database cannot be reached: {error:?}{hint}"))
    })?;
    Ok(Arc::new(db))
}

/// Logs which files of the database other users of the machine can reach.
fn report_exposed_files(settings: &Settings) {
    for report in settings.exposed_files() {
        tracing::warn!("{report}");
    }
}

async fn bind(settings: &Settings) -> Result<TcpListener, InvalidSetting> {
    let invalid = |reason: String| InvalidSetting::new("listen", reason);
    let address: SocketAddr =
        settings.listen.parse().map_err(|_| invalid(format!("\"{}\" is not an address and port.", settings.listen)))?;
    TcpListener::bind(address).await.map_err(|error| invalid(format!("{address} cannot be listened on: {error}.")))
}
