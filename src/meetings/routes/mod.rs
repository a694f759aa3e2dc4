pub mod answers;
pub mod meetings;
pub mod series;
