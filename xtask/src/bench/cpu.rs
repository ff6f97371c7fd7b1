//! CPU time and memory of a process and its descendants, read from /proc.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use crate::process::Result;

/// The unit of CPU time in /proc: a hundredth of a second, whatever the frequency of the kernel's clock.
const TICK: Duration = Duration::from_millis(10);

pub struct Meter {
    root: u32,
    before: Duration,
}

impl Meter {
    pub fn start(root: u32) -> Result<Self> {
        Ok(Self { root, before: cpu_time(root)? })
    }

    pub fn elapsed(&self) -> Result<Duration> {
        Ok(cpu_time(self.root)?.saturating_sub(self.before))
    }
}

/// The CPU time of a process and of its descendants, ended ones included.
fn cpu_time(root: u32) -> Result<Duration> {
    Ok(TICK * descendants(root)?.into_values().sum())
}

/// The bytes that a process and its descendants have in memory.
pub fn memory(root: u32) -> Result<u64> {
    let of_process = |id: &u32| {
        // A process may end meanwhile.
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        parse_memory(&status)
    };
    Ok(descendants(root)?.keys().filter_map(of_process).sum())
}

/// A process and its descendants, each with its ticks.
fn descendants(root: u32) -> Result<HashMap<u32, u32>> {
    let mut processes = HashMap::new();
    for entry in fs::read_dir("/proc").map_err(|error| format!("/proc cannot be read: {error}"))? {
        let Ok(id) = entry?.file_name().to_string_lossy().parse::<u32>() else { continue };
        // A process may end between the reading of the directory and of its file.
        if let Some(process) = fs::read_to_string(format!("/proc/{id}/stat")).ok().as_deref().and_then(parse_stat) {
            processes.insert(id, process);
        }
    }
    if !processes.contains_key(&root) {
        return Err(format!("the process {root} has ended.").into());
    }
    let is_descendant = |mut id: u32| {
        while id != root {
            match processes.get(&id) {
                Some((parent, _)) => id = *parent,
                None => return false,
            }
        }
        true
    };
    Ok(processes.iter().filter(|(id, _)| is_descendant(**id)).map(|(id, (_, ticks))| (*id, *ticks)).collect())
}

/// The resident bytes, from `/proc/<id>/status`.
fn parse_memory(status: &str) -> Option<u64> {
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?;
    Some(kibibytes.parse::<u64>().ok()? << 10)
}

/// The parent of a process and its ticks (user and system, of itself and of ended children), from `/proc/<id>/stat`.
fn parse_stat(stat: &str) -> Option<(u32, u32)> {
    // The name is in brackets and may hold any character, brackets too.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let ticks = fields.skip(9).take(4).filter_map(|ticks| ticks.parse::<u32>().ok()).sum();
    Some((parent, ticks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_parsed_after_the_process_name() {
        let stat = "7 (a) b) S 3 7 7 0 -1 4194560 99 98 97 96 40 30 20 10 20 0 1 0 5 6";
        assert_eq!(parse_stat(stat), Some((3, 100)));
        assert_eq!(parse_stat("7 (a"), None);
        assert!(cpu_time(std::process::id()).is_ok());
    }

    #[test]
    fn memory_is_read_in_bytes() {
        assert_eq!(parse_memory("Name:\ta\nVmRSS:\t    1024 kB\nThreads:\t1\n"), Some(1 << 20));
        assert_eq!(parse_memory("Name:\ta kernel thread\n"), None);
        assert!(memory(std::process::id()).is_ok_and(|bytes| bytes > 0));
    }
}
