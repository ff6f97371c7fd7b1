//! Fair shares: a tenant that takes all connections, or SQLite's only writer, lets its neighbours go on. What a neighbour waits
//! for is counted in permits of the other tenant, not in time.

use std::{collections::VecDeque, future::poll_fn, pin::pin, task::Poll};

use fair_semaphore::Permit;
use rstest_reuse::apply;
use serde_json::json;
use store::works_for::WorksFor;
use uuid::Uuid;

use crate::world::{
    DatabaseKind::{self, Sqlite},
    JsonResponse, World, each_database,
};

/// The permits that the tests' databases have.
const CONNECTIONS: usize = 5;

/// How many waiters of the greedy tenant are in front.
const WAITERS: usize = 50;

/// Sends a neighbour's request while a tenant holds these permits and has many waiters, who keep what they get. Each time that
/// the request waits, the tenant gives back one permit. It goes to the neighbour; or, once, to a waiter who came before.
async fn send_beside_a_greedy_tenant(
    world: &World,
    semaphore: &fair_semaphore::FairSemaphore<WorksFor>,
    permits: usize,
    request: impl Future<Output = JsonResponse>,
) -> JsonResponse {
    let (greedy, neighbour) = (Some(world.tenant.row.id), Some(world.other_tenant.row.id));
    let mut held: Vec<Permit<_>> = Vec::new();
    for _ in 0..permits {
        held.push(semaphore.acquire(greedy).await);
    }
    let mut waiters: VecDeque<_> = (0..WAITERS).map(|_| semaphore.acquire(greedy)).collect();
    let waiting = || semaphore.waiting(neighbour) + semaphore.waiting(None);
    let mut request = pin!(request);
    loop {
        tokio::select! {
            biased;
            response = &mut request => {
                drop(waiters);
                return response;
            }
            () = poll_fn(|cx| if waiting() > 0 { Poll::Ready(()) } else { cx.waker().wake_by_ref(); Poll::Pending }) => {
                let before = waiting();
                // On SQLite the request waits once more, for the commit that it left to the next one: the first waiter has the
                // permit then.
                if held.pop().is_none() {
                    drop(waiters.pop_front().expect("a waiter has the permit"));
                }
                if waiting() == before {
                    waiters.pop_front();
                }
                assert_eq!(waiting(), before - 1, "the permit went to two waiters of the greedy tenant");
            }
        }
    }
}

#[apply(each_database)]
async fn a_neighbour_reads_with_the_next_connection(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    world.other_admin().mutate("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "").await;
    let neighbour = world.other_admin();
    let read = neighbour.execute("{ customers(first: 1) { nodes { name } } }");
    let response = send_beside_a_greedy_tenant(&world, world.db.connections(), CONNECTIONS, read).await;
    assert_eq!(response.text("/data/customers/nodes/0/name"), "Acme");
}

#[apply(each_database)]
async fn a_neighbour_writes_next(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let (semaphore, permits) =
        if database == Sqlite { (world.db.writer(), 1) } else { (world.db.connections(), CONNECTIONS) };
    let neighbour = world.other_admin();
    let write = neighbour.send_mutation("customerCreate", json!({ "name": "Acme", "type": "BROKER" }), "number");
    let response = send_beside_a_greedy_tenant(&world, semaphore, permits, write).await;
    assert_eq!(response.text("/data/customerCreate/customer/number"), "C-00001");
}

/// A writer that waits for its turn holds no connection.
#[tokio::test]
async fn readers_go_on_while_writers_of_their_tenant_wait() {
    let world = World::new(Sqlite).await;
    let permit = world.db.writer().acquire(Some(world.tenant.row.id)).await;
    let admin = world.admin();
    let writes = (0..2 * CONNECTIONS).map(|n| {
        let admin = admin.clone();
        async move { admin.mutate("customerCreate", json!({ "name": n.to_string(), "type": "BROKER" }), "").await }
    });
    let writes = futures_util::future::join_all(writes);
    let reads = async {
        while world.db.writer().waiting(Some(world.tenant.row.id)) < 2 * CONNECTIONS {
            tokio::task::yield_now().await;
        }
        let response = admin.execute("{ customers { totalCount } }").await;
        assert_eq!(*response.at("/data/customers/totalCount"), json!(0));
        drop(permit);
    };
    tokio::join!(writes, reads);
    let response = admin.execute("{ customers { totalCount } }").await;
    assert_eq!(*response.at("/data/customers/totalCount"), json!(2 * CONNECTIONS));
}

#[apply(each_database)]
async fn a_client_that_leaves_while_it_waits_leaves_no_trace(database: DatabaseKind) {
    let world = World::builder(database).isolated().build().await;
    let greedy: WorksFor = Some(Uuid::now_v7());
    let own = Some(world.tenant.row.id);
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        held.push(world.db.connections().acquire(greedy).await);
    }
    let admin = world.actor(access::Role::Admin);
    tokio::select! {
        response = admin.execute("{ customers { totalCount } }") => panic!("{response}"),
        () = async { while world.db.connections().waiting(own) == 0 { tokio::task::yield_now().await } } => {}
    }
    while world.db.connections().waiting(own) > 0 {
        tokio::task::yield_now().await;
    }
    drop(held);
    assert_eq!(world.db.connections().held(), 0);
    let response = world.admin().execute("{ customers { totalCount } }").await;
    assert_eq!(*response.at("/data/customers/totalCount"), json!(0));
}

/// Checks need no token, so that anybody could take a connection with each.
#[tokio::test]
async fn readiness_checks_at_the_same_time_share_one_connection() {
    let world = World::new(Sqlite).await;
    let connections = world.db.connections();
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        held.push(connections.acquire(Some(world.tenant.row.id)).await);
    }
    let client = crate::world::http_client();
    let check = || async { client.get(format!("{}/health/ready", world.base)).send().await.unwrap().status().as_u16() };
    let checks = futures_util::future::join_all((0..20).map(|_| check()));
    let mut checks = pin!(checks);
    tokio::select! {
        statuses = &mut checks => panic!("{statuses:?}"),
        () = async { while connections.waiting(None) == 0 { tokio::task::yield_now().await } } => {}
    }
    let mut most = 0;
    drop(held);
    let statuses = tokio::select! {
        statuses = &mut checks => statuses,
        () = async { loop { most = most.max(connections.waiting(None)); tokio::task::yield_now().await } } => vec![],
    };
    assert_eq!(statuses, [200; 20]);
    assert!(most <= 1, "{most} checks waited");
}
