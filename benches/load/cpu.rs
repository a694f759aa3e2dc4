//! What processes have used, as Linux counts it.

use std::fs;

/// CPU time in ticks of a hundredth of a second.
#[derive(Clone, Copy)]
pub struct CpuTime(u64);

impl CpuTime {
    pub fn of(pids: &[u32]) -> Self {
        Self(pids.iter().map(|pid| ticks(*pid).unwrap_or(0)).sum())
    }

    pub fn since(self, before: Self) -> Self {
        Self(self.0.saturating_sub(before.0))
    }

    pub fn micros(self) -> f64 {
        self.0 as f64 * 10_000.0
    }
}

/// User and system time, with that of children that have ended (proc(5), fields 14 to 17).
fn ticks(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    Some(fields[11..15].iter().filter_map(|field| field.parse::<u64>().ok()).sum())
}

/// A PostgreSQL server on this machine. Others that run beside it are none of ours.
pub struct Postmaster(u32);

impl Postmaster {
    /// The server that `backend` belongs to.
    pub fn of(backend: u32) -> Self {
        Self(parent(backend).expect("the backend runs on this machine"))
    }

    /// All its processes now.
    pub fn pids(&self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").unwrap();
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
        pids.filter(|pid| *pid == self.0 || parent(*pid) == Some(self.0)).collect()
    }
}

/// The parent of a process (proc(5), field 4).
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
}

pub fn resident_megabytes(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}

/// Resident memory of a process without the pages of its SQLite file, which the kernel maps and takes back as it likes.
pub fn resident_megabytes_of_its_own(pid: u32) -> f64 {
    let maps = fs::read_to_string(format!("/proc/{pid}/smaps")).unwrap();
    let (mut of_database, mut kilobytes) = (false, 0.0);
    for line in maps.lines() {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["Rss:", size, _] if !of_database => kilobytes += size.parse::<f64>().unwrap(),
            [range, permissions, ..] if range.contains('-') && permissions.len() == 4 => {
                of_database = line.contains(".db");
            }
            _ => {}
        }
    }
    kilobytes / 1024.0
}
