//! The adversary: generated requests that multiply, and connections that do what no client does, against a server with its
//! default limits. Nothing ends the process, fills its memory, gets an answer beyond its bound, or shuts another tenant out.

mod attack;
mod body;
mod connection;
mod log;
mod round;

use std::{
    collections::VecDeque,
    panic::AssertUnwindSafe,
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use rstest_reuse::apply;

use self::round::{Figures, Round};
use crate::world::{DatabaseKind, each_database_in_parallel};

/// How many cases there are in a round, unless `ADVERSARY_CASES` says otherwise.
const CASES: usize = 250;

/// How many of a hundred cases attack by connections, too.
const CONNECTION_PERCENT: usize = 30;

/// Seeds of attacks that once were successful, and in how many of a hundred cases they attack by connections.
const KEPT: &[(u64, usize)] = &[
    // Objects in variables took more memory than was counted.
    (100, 100),
    (203, 100),
    (222, 100),
    (226, 100),
    // An answer was dropped while its client read it. The first of the two leaves requests that run during the second.
    (1_795_831_191_540, CONNECTION_PERCENT),
    (1_795_831_191_541, CONNECTION_PERCENT),
];

#[apply(each_database_in_parallel)]
async fn no_request_hurts_the_server_or_another_tenant(database: DatabaseKind) {
    let begun = Instant::now();
    let time = variable("ADVERSARY_MINUTES").map(|minutes| Duration::from_secs(60 * minutes));
    let is_over = || time.is_none_or(|time| begun.elapsed() >= time);
    let cases = variable("ADVERSARY_CASES").map_or(CASES, |cases| usize::try_from(cases).unwrap());
    let first = variable("ADVERSARY_SEED");
    let kept = if first.is_none() || time.is_some() { KEPT } else { &[] };
    let mut fresh = (first.unwrap_or(1)..).map(|seed| (seed, CONNECTION_PERCENT));
    let mut seeds: VecDeque<(u64, usize)> = kept.iter().copied().chain(fresh.by_ref().take(cases)).collect();
    let (mut figures, mut failed) = (Figures::default(), Vec::new());
    loop {
        // Each round has its own rows, because attacks write: after thousands of them the disk would be full.
        let mut round = Round::begin(database).await;
        let mut is_broken = false;
        while let Some((seed, connection_percent)) = seeds.pop_front() {
            match AssertUnwindSafe(round.case(seed, connection_percent)).catch_unwind().await {
                Ok(case) => figures += case,
                Err(_) => {
                    let repeat = "To repeat it, alone or with what the case before leaves: cargo xtask deep --seed";
                    let before = seed.saturating_sub(1);
                    println!("{database:?}: seed {seed} fails. {repeat} {seed}, or --seed {before} --cases 2");
                    failed.push(seed);
                    is_broken = true;
                    break;
                }
            }
            if time.is_some() && is_over() {
                break;
            }
        }
        if is_broken {
            drop(round);
        } else {
            figures += round.end().await;
        }
        println!("{database:?}, {} s: {figures}", begun.elapsed().as_secs());
        if seeds.is_empty() && time.is_some() {
            seeds.extend(fresh.by_ref().take(cases));
        }
        if seeds.is_empty() || time.is_some() && is_over() {
            break;
        }
    }
    assert!(failed.is_empty(), "seeds {failed:?} were successful on {database:?}");
}

/// A number in the environment, by which `cargo xtask deep` has other cases, and more of them.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|number| number.parse().unwrap())
}
