//! My hours, as a ledger and as a table, and certificates of them.

mod certificates;
mod ledger;
mod print;
