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

/// Every process of a PostgreSQL server on this machine.
pub fn postgres_pids() -> Vec<u32> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes
        .filter(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim() == "postgres"))
        .collect()
}

pub fn resident_megabytes(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
}
