//! What the log of the server says of each operation: how many steps a poll of it took, and how often it was overtaken.

use serde_json::Value as Json;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The name of the neighbour's operation.
pub const NEIGHBOUR: &str = "NeighbourReadsOneRow";

/// What the log says of an answer whose memory was taken back.
const DROPPED: &str = "an answer was dropped, because its client did not read it and its memory was needed";

/// What operations did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counted {
    /// The most counted steps of a poll.
    pub steps: u64,
    /// The most permits that others were granted while one read of the neighbour waited.
    pub overtaken: u64,
    /// How many reads of the neighbour were logged.
    pub reads: usize,
    /// How many answers were dropped before their clients had read them.
    pub dropped_answers: usize,
}

/// Operations that a server logs.
pub struct OperationLog(UnboundedReceiver<Json>);

impl OperationLog {
    /// A log, and what reads its lines.
    pub fn new() -> (Self, impl FnMut(String) + Send + 'static) {
        let (sender, receiver): (UnboundedSender<Json>, _) = unbounded_channel();
        let read = move |line: String| {
            let line: Json = serde_json::from_str(&line).unwrap_or_default();
            if line["message"] == "graphql" || line["message"] == DROPPED {
                // The receiver may have gone: the server is about to be killed.
                let _ = sender.send(line);
            }
        };
        (Self(receiver), read)
    }

    /// What all operations up to a number of reads of the neighbour did.
    pub async fn count(&mut self, reads: usize) -> Counted {
        let mut counted = Counted::default();
        while counted.reads < reads {
            let line = self.0.recv().await.expect("the server logs each operation before it answers");
            if line["message"] == DROPPED {
                counted.dropped_answers += 1;
                continue;
            }
            counted.steps = counted.steps.max(line["steps"].as_u64().unwrap());
            if line["operation"] == NEIGHBOUR {
                counted.reads += 1;
                counted.overtaken = counted.overtaken.max(line["overtaken"].as_u64().unwrap());
            }
        }
        counted
    }
}
