//! Two servers book the visits of the same plans and are killed in the middle, again and again: every visit is booked once.

use chrono::{Days, NaiveDate};
use rstest_reuse::apply;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};

use super::{booking::today, manager};
use crate::world::{
    Actor, DatabaseKind, World, each_database,
    program::{Server, command},
    random::Random,
};

/// How many plans there are.
const PLANS: u64 = 24;
/// How many visits each plan has.
const VISITS: u64 = 48;
/// In how many days the plans begin: later than the mutation that creates them books visits.
const DAYS_BEFORE_START: u64 = 95;
/// How often both servers are killed.
const KILLS: u64 = 10;
/// By how many days the servers book farther ahead after each kill.
const DAYS_PER_KILL: u64 = 15;

/// The dates of a plan: every day, every second or every third one.
fn dates(plan: u64, today: NaiveDate) -> Vec<NaiveDate> {
    let start = today + Days::new(DAYS_BEFORE_START + plan % 7);
    (0..VISITS).map(|visit| start + Days::new(visit * (1 + plan % 3))).collect()
}

async fn create_plans(manager: &Actor, today: NaiveDate) {
    let plan = |plan: u64| {
        json!({ "customer": "acme", "externalReference": format!("plan-{plan}"), "serviceType": "Filter",
            "frequency": "DAILY", "interval": 1 + plan % 3, "startDate": dates(plan, today)[0].to_string(),
            "occurrenceCount": VISITS, "preferredTime": "10:00", "technicians": ["T-1", "T-2"] })
    };
    let document = "mutation($inputs: [RecurringServiceCreateInput!]!) {
        recurringServiceCreateMany(inputs: $inputs, atomic: true) { userErrors { message } } }";
    let inputs: Vec<_> = (0..PLANS).map(plan).collect();
    let created = manager.execute_with(document, json!({ "inputs": inputs })).await;
    assert_eq!(created.error_codes(), Vec::<&str>::new(), "{created}");
}

/// Starts a server that books visits so many days ahead.
fn start(url: &str, days: u64) -> Server {
    Server::spawn(command(url, &["serve", "--port", "0"]).env("FIELDGATE_BOOK_AHEAD_DAYS", days.to_string()))
}

/// The number of service records, deleted ones too. No other test uses the database.
async fn count_records(world: &World) -> u64 {
    let db = world.db.connection();
    let sql = "SELECT COUNT(*) FROM service_record";
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap().unwrap();
    row.try_get_by_index::<i64>(0).unwrap().unsigned_abs()
}

/// Starts two servers at once, and kills both while they book.
async fn kill_while_booking(world: &World, days: u64, due: u64, random: &mut Random) {
    let booked = count_records(world).await;
    let url = world.database.url.clone();
    let starting = tokio::task::spawn_blocking(move || {
        std::thread::scope(|scope| {
            let other = scope.spawn(|| start(&url, days));
            (start(&url, days), other.join().unwrap())
        })
    });
    let servers = starting.await.unwrap();
    // The kill comes in the first half of what is due, at a random time after a transaction.
    let half = usize::try_from(due.saturating_sub(booked) / 2).unwrap();
    let until = booked + random.below(half + 1) as u64;
    while count_records(world).await < until {
        tokio::task::yield_now().await;
    }
    for _ in 0..random.below(2_000) {
        std::thread::yield_now();
    }
    drop(servers);
}

#[apply(each_database)]
async fn two_servers_that_are_killed_while_they_book_book_every_visit_once(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let manager = manager(&world).await;
    let today: NaiveDate = today(&manager).await.parse().unwrap();
    create_plans(&manager, today).await;
    assert_eq!(count_records(&world).await, 0, "only the servers book visits");
    let (mut random, mut kills_in_the_middle) = (Random::from_seed(9), 0);
    for kill in 1..=KILLS {
        let days = DAYS_BEFORE_START + kill * DAYS_PER_KILL;
        // Midnight may pass during the test, and it is another day in the time zone of the plans.
        let horizon = today + Days::new(days - 2);
        let due = (0..PLANS).flat_map(|plan| dates(plan, today)).filter(|date| *date <= horizon).count() as u64;
        kill_while_booking(&world, days, due, &mut random).await;
        kills_in_the_middle += u64::from(count_records(&world).await < due);
    }
    assert!(kills_in_the_middle > 0, "every kill came after all visits were booked");
    // The last server books the rest, without a rival that could keep a plan locked.
    let _server = start(&world.database.url, DAYS_BEFORE_START + 7 + 3 * VISITS);
    while count_records(&world).await < PLANS * VISITS {
        tokio::task::yield_now().await;
    }
    world.link_changes().await;
    let admin = world.admin();
    for plan in 0..PLANS {
        check_records(&admin, plan, &dates(plan, today)).await;
    }
    assert_eq!(count_records(&world).await, PLANS * VISITS);
    let log = admin.execute("{ changes(last: 1) { totalCount nodes { sequence } } }").await;
    assert_eq!(
        log.data()["changes"]["nodes"][0]["sequence"],
        log.data()["changes"]["totalCount"],
        "no sequence is left out"
    );
}

/// Checks that a plan has one record for each of its dates, whole and as it was created.
async fn check_records(admin: &Actor, plan: u64, dates: &[NaiveDate]) {
    let query = format!(
        "{{ recurringService(ref: \"plan-{plan}\") {{
            serviceRecords(first: 100, deleted: INCLUDE, orderBy: [{{ serviceDate: ASC }}]) {{ totalCount nodes {{
                occurrenceDate status version technicians
                changes(first: 2) {{ nodes {{ action actor fields }} }} }} }} }} }}"
    );
    let response = admin.execute(&query).await;
    let records = &response.data()["recurringService"]["serviceRecords"];
    let expected: Vec<_> = dates.iter().map(NaiveDate::to_string).collect();
    let nodes = records["nodes"].as_array().unwrap();
    let booked: Vec<_> = nodes.iter().map(|record| record["occurrenceDate"].as_str().unwrap_or("none")).collect();
    assert_eq!(booked, expected, "plan-{plan}");
    let fields = &nodes[0]["changes"]["nodes"][0]["fields"];
    for record in nodes {
        let mut rest = record.clone();
        rest.as_object_mut().unwrap().remove("occurrenceDate");
        let created = json!({ "action": "CREATE", "actor": "booking", "fields": fields });
        let whole: Json = json!({ "status": "SCHEDULED", "version": 1, "technicians": ["T-1", "T-2"],
            "changes": { "nodes": [created] } });
        assert_eq!(rest, whole, "plan-{plan} on {}", record["occurrenceDate"]);
    }
}
