//! A closed loop: each connection sends its next request when the response to the one before has arrived.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::adapter::Request;
use super::client::Connection;
use crate::process::Result;

/// What a run of the loop has seen.
#[derive(Default)]
pub struct Outcome {
    pub elapsed: Duration,
    /// The latencies of all responses, in order.
    pub latencies: Vec<Duration>,
    /// Responses with errors, and one of them.
    pub errors: usize,
    pub error: Option<String>,
}

impl Outcome {
    pub fn percentile(&self, percent: usize) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        self.latencies.get(last * percent / 100).copied().unwrap_or_default()
    }
}

/// Sends the requests in turn on some connections, again from the first when all are sent.
pub fn run(address: &str, requests: &[Request], connections: usize, time: Duration) -> Result<Outcome> {
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    let run_connection = || {
        let connection = Connection::new(address);
        let mut outcome = Outcome::default();
        while start.elapsed() < time {
            let request = &requests[next.fetch_add(1, Ordering::Relaxed) % requests.len()];
            let sent = Instant::now();
            let problem = match connection.send(request) {
                Ok((200, body)) if !body.contains("\"errors\":[") => None,
                Ok((status, body)) => Some(format!("status {status}: {}", body.chars().take(300).collect::<String>())),
                Err(error) => Some(error.to_string()),
            };
            outcome.latencies.push(sent.elapsed());
            outcome.errors += usize::from(problem.is_some());
            outcome.error = outcome.error.or(problem);
        }
        outcome
    };
    let outcomes: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..connections).map(|_| scope.spawn(run_connection)).collect();
        let joined = threads.into_iter().map(thread::ScopedJoinHandle::join);
        joined.collect()
    });
    let mut all = Outcome { elapsed: start.elapsed(), ..Outcome::default() };
    for outcome in outcomes {
        let outcome = outcome.map_err(|_| "a thread of the load generator panicked.")?;
        all.latencies.extend(outcome.latencies);
        all.errors += outcome.errors;
        all.error = all.error.or(outcome.error);
    }
    all.latencies.sort_unstable();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_latencies() {
        let latencies = (1..=100).map(Duration::from_millis).collect();
        let outcome = Outcome { latencies, ..Outcome::default() };
        assert_eq!([0, 50, 99, 100].map(|percent| outcome.percentile(percent).as_millis()), [1, 50, 99, 100]);
        assert_eq!(Outcome::default().percentile(99), Duration::ZERO);
    }
}
