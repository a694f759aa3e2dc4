//! Taking stock, as somebody does who calls the API.

mod check_ins;
mod privacy;
mod taking;
mod trends;
