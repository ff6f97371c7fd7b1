//! The command line: `fieldgate serve`, and what an operator does besides.

use std::{error::Error, net::SocketAddr, path::PathBuf, sync::Arc};

use access::Role;
use clap::{Args, Parser, Subcommand};
use error::catalogue;
use migration::{Migrator, MigratorTrait};
use store::{Database, tenant::Draft, vault::Vault};
use tokio::net::TcpListener;

use crate::{
    config::{self, Settings, Wrong},
    demo, graphql,
    http::{
        self, App,
        auth::{Grant, Tokens},
        telemetry,
    },
    tasks,
};

type Done = Result<(), Box<dyn Error>>;

/// One GraphQL schema over everything a company knows about its own customers.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = config::SETTINGS)]
pub struct Cli {
    /// The configuration file; fieldgate.toml in this folder, if absent.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The data folder, with the embedded database [default: fieldgate-data].
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Where the database is, such as `postgres://USER:PASSWORD@HOST/NAME` [default: SQLite in the data folder].
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve.
    Serve {
        /// The port to listen on, on this machine only; `listen` sets another address.
        #[arg(long)]
        port: Option<u16>,
    },
    /// Serve demo data of two tenants, with tokens to try it: nothing to set up.
    Demo {
        /// The port to listen on, on this machine only.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// How many times the data; 1 is about a hundred customers.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
        scale: u32,
    },
    /// Make, bring up to date or take down the database's tables.
    Migrate {
        #[command(subcommand)]
        direction: Direction,
    },
    /// Make tenants.
    Tenant {
        #[command(subcommand)]
        action: TenantAction,
    },
    /// Print a token, and nothing else, on standard output.
    Token(TokenArgs),
    /// Print the schema.
    Schema,
    /// Print every code an error can have, and what to do about it.
    Errors,
    /// Make keys.
    Keys {
        #[command(subcommand)]
        action: KeysAction,
    },
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum Direction {
    /// Bring the tables up to date.
    Up,
    /// Drop all tables, with everything in them.
    Down,
    /// Say which migrations are applied.
    Status,
}

#[derive(Debug, Subcommand)]
enum TenantAction {
    /// Make a tenant.
    Create {
        /// The short name by which tokens and commands name it: small letters, digits and hyphens.
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

#[derive(Debug, Args)]
struct TokenArgs {
    /// The tenant's slug.
    #[arg(long)]
    tenant: String,
    /// ADMIN, MANAGER, DISPATCHER, TECHNICIAN, AGENT or VIEWER; several add up.
    #[arg(long, required = true, value_delimiter = ',', value_parser = role)]
    role: Vec<Role>,
    /// Only these scopes of what the roles allow, such as customer:read.
    #[arg(long, value_delimiter = ',')]
    scope: Option<Vec<String>>,
    /// Who the token is for.
    #[arg(long, default_value = "operator")]
    subject: String,
    /// Which technician it is; the subject, if absent.
    #[arg(long)]
    technician: Option<String>,
    /// Whether the token may only read.
    #[arg(long)]
    read_only: bool,
    /// For how long: 90s, 30m, 12h or 7d.
    #[arg(long, default_value = "12h", value_parser = seconds)]
    ttl: u64,
}

#[derive(Clone, Copy, Debug, Subcommand)]
enum KeysAction {
    /// Print a new master key on standard output.
    Generate,
}

/// Runs what the command line says.
pub async fn run(cli: Cli) -> Done {
    let mut settings = config::read(cli.config.as_deref())?;
    settings.data_dir = cli.data_dir.unwrap_or(settings.data_dir);
    settings.database_url = cli.database_url.or(settings.database_url);
    match cli.command {
        Command::Serve { port } => {
            if let Some(port) = port {
                settings.listen = format!("127.0.0.1:{port}");
            }
            serve(settings).await
        }
        Command::Demo { port, scale } => {
            settings.listen = format!("127.0.0.1:{port}");
            settings.show_statements = true;
            demo(settings.with_own_keys()?, scale).await
        }
        Command::Migrate { direction } => migrate(&settings, direction).await,
        Command::Tenant { action } => tenant(&settings.with_kept_keys(), action).await,
        Command::Token(args) => token(&settings.with_kept_keys(), &args).await,
        Command::Errors => {
            print!("{}", catalogue::page());
            Ok(())
        }
        Command::Schema => {
            print!("{}", graphql::sdl());
            Ok(())
        }
        Command::Keys { action: KeysAction::Generate } => {
            println!("{}", Vault::generate());
            Ok(())
        }
    }
}

async fn serve(settings: Settings) -> Done {
    telemetry::begin(&settings.log, settings.log_format).map_err(|what| Wrong::new("log", what, "\"info\""))?;
    let settings = settings.with_kept_keys();
    let db = connect(&settings).await?;
    if settings.migrate {
        Migrator::up(db.connection(), None).await?;
    }
    let tokens = settings.tokens()?;
    let listener = listen(&settings).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    open(listener, db, tokens, settings.doors()?).await
}

async fn demo(settings: Settings, scale: u32) -> Done {
    telemetry::begin(&settings.log, settings.log_format).map_err(|what| Wrong::new("log", what, "\"warn\""))?;
    // The port first: nobody should wait for data and then learn that it is taken.
    let listener = listen(&settings).await?;
    let db = connect(&settings).await?;
    Migrator::up(db.connection(), None).await?;
    let tenants = demo::fill(&db, scale).await?;
    let tokens = settings.tokens()?;
    let companies = demo::companies(&tenants, &tokens)?;
    demo::welcome(&format!("http://{}", listener.local_addr()?), &companies)?;
    let doors = http::Settings { demo: Some(Arc::new(companies)), ..settings.doors()? };
    open(listener, db, tokens, doors).await
}

/// Serves until the process is told to stop.
async fn open(listener: TcpListener, db: Arc<Database>, tokens: Tokens, doors: http::Settings) -> Done {
    let trusted = doors.trusted.manifest.clone();
    let app = App::new(db.clone(), tokens, doors);
    let tasks = tasks::begin(&db);
    http::serve(listener, app, http::stopped()).await?;
    tasks.end().await;
    trusted.log_hits();
    tracing::info!("stopped");
    Ok(())
}

async fn migrate(settings: &Settings, direction: Direction) -> Done {
    // Tables hold no keys: they can be made before there is one.
    let vault = Vault::open(&Vault::generate())?;
    std::fs::create_dir_all(&settings.data_dir)?;
    let db = Database::connect(&settings.database(), vault).await?;
    match direction {
        Direction::Up => Migrator::up(db.connection(), None).await?,
        Direction::Down => Migrator::down(db.connection(), None).await?,
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

async fn tenant(settings: &Settings, action: TenantAction) -> Done {
    let TenantAction::Create { slug, name, industries, country, currency, time_zone, weight_unit, distance_unit } =
        action;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty() || slug.len() > 40 || !slug.chars().all(plain) {
        return Err("a slug has 1 to 40 small letters, digits and hyphens; an example is lonestar".into());
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
        None => Err(format!("there is a tenant {slug} already").into()),
    }
}

async fn token(settings: &Settings, args: &TokenArgs) -> Done {
    let tokens = settings.tokens()?;
    let db = connect(settings).await?;
    let tenant = db.tenant(&args.tenant).await?;
    let tenant =
        tenant.ok_or_else(|| format!("there is no tenant {}; `fieldgate tenant create` makes one", args.tenant))?;
    let known = |scope: &String| access::Action::ALL.iter().any(|action| action.scope() == scope);
    if let Some(unknown) = args.scope.iter().flatten().find(|scope| !known(scope)) {
        let all: Vec<_> = access::Action::ALL.iter().map(|action| action.scope()).collect();
        return Err(format!("there is no scope {unknown}; the scopes are {}", all.join(", ")).into());
    }
    let grant = Grant {
        tenant: tenant.row.id,
        subject: &args.subject,
        roles: &args.role,
        scopes: args.scope.as_deref(),
        technician: args.technician.as_deref(),
        read_only: args.read_only,
        seconds: args.ttl,
    };
    println!("{}", tokens.sign(&grant)?);
    Ok(())
}

async fn connect(settings: &Settings) -> Result<Arc<Database>, Box<dyn Error>> {
    let vault = settings.vault()?;
    if settings.database_url.is_none() {
        std::fs::create_dir_all(&settings.data_dir)?;
    }
    let database = settings.database();
    let db = Database::connect(&database, vault).await.map_err(|error| {
        Wrong::new(
            "database_url",
            format!("the database cannot be reached: {error:?}"),
            "\"postgres://USER:PASSWORD@HOST/NAME\"",
        )
    })?;
    Ok(Arc::new(db))
}

async fn listen(settings: &Settings) -> Result<TcpListener, Wrong> {
    let wrong = |what: String| Wrong::new("listen", what, "\"127.0.0.1:8080\"");
    let address: SocketAddr =
        settings.listen.parse().map_err(|_| wrong(format!("\"{}\" is not an address and port.", settings.listen)))?;
    TcpListener::bind(address).await.map_err(|error| wrong(format!("{address} cannot be listened on: {error}.")))
}

fn role(name: &str) -> Result<Role, String> {
    Role::named(name).ok_or_else(|| {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("the roles are {}", names.join(", "))
    })
}

fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || "a time is a number and s, m, h or d, such as 12h".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let scale = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text.strip_suffix(unit).unwrap_or_default().parse().map_err(|_| wrong())?;
    number.checked_mul(scale).filter(|seconds| (1..=3_650 * 86_400).contains(seconds)).ok_or_else(wrong)
}
