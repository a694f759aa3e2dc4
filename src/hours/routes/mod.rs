pub mod certificates;
pub mod hours;
