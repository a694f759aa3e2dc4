//! Series, meetings, and who says they come.

mod answers;
mod editing;
mod life;
mod permissions;
mod series;
