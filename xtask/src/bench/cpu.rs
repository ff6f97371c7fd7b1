//! CPU time of a process and of all below it, as Linux counts it.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use crate::process::Result;

/// The kernel counts in hundredths of a second, whatever its own clock is.
const TICK: Duration = Duration::from_millis(10);

pub struct Meter {
    root: u32,
    before: Duration,
}

impl Meter {
    pub fn start(root: u32) -> Result<Self> {
        Ok(Self { root, before: total(root)? })
    }

    pub fn spent(&self) -> Result<Duration> {
        Ok(total(self.root)?.saturating_sub(self.before))
    }
}

/// What a process, those below it, and those that ended below it have used.
fn total(root: u32) -> Result<Duration> {
    let mut processes = HashMap::new();
    for entry in fs::read_dir("/proc").map_err(|error| format!("/proc cannot be read: {error}"))? {
        let Ok(id) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // A process may have ended since the folder was read.
        if let Some(process) = fs::read_to_string(format!("/proc/{id}/stat")).ok().as_deref().and_then(parsed) {
            processes.insert(id, process);
        }
    }
    if !processes.contains_key(&root) {
        return Err(format!("the process {root} has ended.").into());
    }
    let is_below = |mut id: u32| {
        while id != root {
            match processes.get(&id) {
                Some((parent, _)) => id = *parent,
                None => return false,
            }
        }
        true
    };
    let ticks: u32 = processes.iter().filter(|(id, _)| is_below(**id)).map(|(_, (_, ticks))| ticks).sum();
    Ok(TICK * ticks)
}

/// The parent of a process and its ticks, from proc(5)'s `stat`: user, system, and both of the children that ended.
fn parsed(stat: &str) -> Option<(u32, u32)> {
    // The name stands in brackets and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let ticks = fields.skip(9).take(4).filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    Some((parent, ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ticks_of_a_process_are_read_behind_its_name() {
        let stat = "7 (a) b) S 3 7 7 0 -1 4194560 99 98 97 96 40 30 20 10 20 0 1 0 5 6";
        assert_eq!(parsed(stat), Some((3, 100)));
        assert_eq!(parsed("7 (a"), None);
        assert!(total(std::process::id()).is_ok());
    }
}
