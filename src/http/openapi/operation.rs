//! What the floor reads of the published document. The build takes it out, so that a server does not go through the whole
//! document at each start and have all of it in memory before anybody asks for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Operations by path and by the name of their method, in lower case.
pub type Operations = BTreeMap<String, BTreeMap<String, Operation>>;

/// One operation.
#[derive(Deserialize, Serialize)]
pub struct Operation {
    pub scopes: Vec<String>,
    /// Whether it answers also those who are not signed in.
    pub is_open: bool,
    /// Query parameters.
    pub query: Vec<String>,
    /// Whether its handler takes what may be at fault: a query, a body, a condition.
    pub tells_faults: bool,
    /// Media types of its successes.
    pub formats: Vec<String>,
    pub tag: String,
}
