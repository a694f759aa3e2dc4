//! What processes have used, as Linux counts it.

use std::fs;

/// CPU time in nanoseconds.
#[derive(Clone, Copy)]
pub struct CpuTime(u64);

impl CpuTime {
    pub fn of(pids: &[u32]) -> Self {
        Self(pids.iter().flat_map(|pid| threads(*pid)).sum())
    }

    pub fn since(self, before: Self) -> Self {
        Self(self.0.saturating_sub(before.0))
    }

    pub fn micros(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

/// What each thread of a process has spent on a CPU: the first field of its `schedstat`, to the nanosecond. The times of
/// `stat` are rounded to hundredths of a second.
fn threads(pid: u32) -> Vec<u64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let spent = |statistics: String| statistics.split(' ').next()?.parse().ok();
    threads.filter_map(|thread| spent(fs::read_to_string(thread.path().join("schedstat")).ok()?)).collect()
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
