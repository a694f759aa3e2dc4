//! Every instrument and every version that this service knows.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::{
    file::{self, InstrumentFault},
    instrument::{Instrument, numbers},
};

macro_rules! bundled {
    ($($name:literal),* $(,)?) => {
        &[$((concat!("instruments/", $name, ".toml"), include_str!(concat!("../../instruments/", $name, ".toml")))),*]
    };
}

/// The files that are built in, in the order in which instruments are listed.
const BUNDLED: &[(&str, &str)] = bundled![
    "challenge-check",
    "connection-check",
    "weekly-check-in",
    "proqol-5",
    "who-5",
    "cbi",
    "olbi",
    "pfi",
    "stss",
    "ucla-3",
    "mini-z-1",
    "brs",
    "pss-10",
    "vts",
];

/// Every instrument and version.
#[derive(Debug, Default)]
pub struct Catalogue {
    keys: Vec<String>,
    /// Versions of each key, the newest last.
    instruments: BTreeMap<String, Vec<Arc<Instrument>>>,
}

impl Catalogue {
    /// Those that are built in, and those in the files of a folder whose names end in `.toml`.
    ///
    /// # Errors
    /// The first fault of any file: where it is and how to mend it.
    pub fn load(extra_dir: Option<&Path>) -> Result<Self, InstrumentFault> {
        let mut catalogue = Self::default();
        for (name, text) in BUNDLED {
            catalogue.add(name, text)?;
        }
        for path in extra_dir.map(files_in).transpose()?.unwrap_or_default() {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(&path).map_err(|error| InstrumentFault::unreadable(&path, &error))?;
            catalogue.add(&name, &text)?;
        }
        Ok(catalogue)
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), InstrumentFault> {
        let instrument = file::read(name, text)?;
        let versions = self.instruments.entry(instrument.key.clone()).or_default();
        if versions.iter().any(|known| known.version == instrument.version) {
            return Err(InstrumentFault::twice(name, &instrument));
        }
        if versions.is_empty() {
            self.keys.push(instrument.key.clone());
        }
        versions.push(Arc::new(instrument));
        versions.sort_by_key(|version| numbers(&version.version));
        Ok(())
    }

    /// The newest version of an instrument.
    pub fn newest(&self, key: &str) -> Option<&Arc<Instrument>> {
        self.instruments.get(key)?.last()
    }

    pub fn version(&self, key: &str, version: &str) -> Option<&Arc<Instrument>> {
        self.instruments.get(key)?.iter().find(|instrument| instrument.version == version)
    }

    /// The newest version of each instrument: our own first, then the published ones, then those of the operator.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Instrument>> {
        self.keys.iter().filter_map(|key| self.newest(key))
    }

    /// Every version of every instrument.
    pub fn every_version(&self) -> impl Iterator<Item = &Arc<Instrument>> {
        self.instruments.values().flatten()
    }

    /// Every version of an instrument, the newest last.
    pub fn versions(&self, key: &str) -> &[Arc<Instrument>] {
        self.instruments.get(key).map_or(&[], Vec::as_slice)
    }
}

fn files_in(folder: &Path) -> Result<Vec<std::path::PathBuf>, InstrumentFault> {
    let unreadable = |error: std::io::Error| InstrumentFault::unreadable(folder, &error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
