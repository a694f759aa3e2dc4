//! Hours and certificates on the wire.

mod certificates;
pub mod csv;
mod hours;
pub mod pdf;

pub use certificates::{
    Certificate, CertificateCheck, CertificateCheckStatus, CertificateCreate, CertificatePage, Opened,
};
pub use hours::{HourEntry, HourFilter, HourPage, HourTotals};
